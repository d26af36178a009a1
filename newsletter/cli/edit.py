"""`edit`: the author's own words and order for one issue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
    from newsletter.editorial.own_edits import EditedIssue
    from newsletter.models import Treatment

_TREATMENT = click.Choice(["lead", "card", "title", ""])


@command(
    short_help="Your own words and order for one issue.",
    help="Write and arrange one issue yourself. ISSUE is a number, `next` or `last`.\n\nYour words "
    "and order stay when posts come or change. An edit voids an approval. An empty text takes "
    "your words away again: --subject ''. Without options, print the edits and the posts with "
    "their ids.",
)
@click.argument("issue")
@click.argument("more_ids", nargs=-1, metavar="")
@click.option("--subject", metavar="TEXT", help="The subject, in every edition.")
@click.option("--preheader", metavar="TEXT", help="What inboxes show after it.")
@click.option(
    "--note",
    "note_file",
    metavar="FILE|-",
    help="A few words below the greeting, in Markdown; - reads them from standard input.",
)
@click.option(
    "--order",
    "first_ids",
    metavar="ID…",
    multiple=True,
    help="These posts come first; the others follow, newest first.",
)
@click.option("--lead", "leads", metavar="ID", type=int, multiple=True, help="It comes first.")
@click.option(
    "--excerpt",
    "excerpts",
    type=(int, str),
    metavar="ID TEXT",
    multiple=True,
    help="What the message shows of a post; may be repeated.",
)
@click.option(
    "--treat",
    "treatments",
    type=(int, _TREATMENT),
    metavar="ID lead|card|title",
    multiple=True,
    help="Show a post large and first, as the others, or by its title at the end; may be repeated.",
)
@click.option(
    "--picture",
    "pictures",
    type=(int, str),
    metavar="ID URL|none",
    multiple=True,
    help="Another picture of the post, or none; '' for its first; may be repeated.",
)
@click.option("--pull", "pulled", metavar="ID", type=int, multiple=True, help="Take a post in.")
@click.option(
    "--hold", "held", metavar="ID", type=int, multiple=True, help="Keep a post for a later issue."
)
@click.option(
    "--leave", "left", metavar="ID", type=int, multiple=True, help="Neither --pull nor --hold it."
)
@click.option("--undo", is_flag=True, help="Take the last edit back; again, the one before.")
@click.option("--redo", is_flag=True, help="Make the edit again that you took back.")
@pass_invocation
def edit(
    invocation: Invocation,
    issue: str,
    more_ids: tuple[str, ...],
    subject: str | None,
    preheader: str | None,
    note_file: str | None,
    first_ids: tuple[str, ...],
    leads: tuple[int, ...],
    excerpts: tuple[tuple[int, str], ...],
    treatments: tuple[tuple[int, Treatment | Literal[""]], ...],
    pictures: tuple[tuple[int, str], ...],
    pulled: tuple[int, ...],
    held: tuple[int, ...],
    left: tuple[int, ...],
    undo: bool,
    redo: bool,
) -> None:
    from newsletter.editorial.edit_request import EditRequest
    from newsletter.editorial.own_edits import edit_issue, issue_edits, step_through_edits
    from newsletter.errors import UsageError
    from newsletter.storage.database.engine import snapshot

    if len(leads) > 1:
        raise UsageError("Only one post can lead an issue.", cure="Give one --lead, not several.")
    request = EditRequest(
        subject=subject,
        preheader=preheader,
        note=None if note_file is None else _read_note(note_file),
        order=_parse_order(first_ids, more_ids),
        excerpts=excerpts,
        treatments=(*treatments, *((post_id, _LEAD) for post_id in leads)),
        pictures=tuple((post_id, _PICTURES.get(url, url)) for post_id, url in pictures),
        pull_in=pulled,
        hold_back=held,
        leave_to_us=left,
    )
    is_asked = request != EditRequest()
    if undo + redo + is_asked > 1:
        raise UsageError("--undo and --redo stand alone.", cure="Undo first, then edit.")
    context = invocation.open()
    if undo or redo:
        edited = step_through_edits(context, issue, "undo" if undo else "redo")
    elif is_asked:
        edited = edit_issue(context, issue, request)
    else:
        with snapshot(context.engine) as connection:
            edited = issue_edits(connection, context.config, issue)
    for sentence in (edited.voided, *edited.notes):
        if sentence:
            invocation.say(sentence)
    if (undo or redo or is_asked) and not edited.changed:
        invocation.say(f"Issue {edited.issue.number} reads like that already.")
    invocation.print_result(_format_edits(edited), _edits_json(edited))


_LEAD: Treatment = "lead"
# What stands for no picture, and for the post's own first one.
_PICTURES: dict[str, str | None] = {"none": "", "": None}
# More than the longest note has, whatever its letters.
_MOST_BYTES = 100_000


def _read_note(name: str) -> str:
    """Read a note from a file, or from standard input for "-". Raise UsageError."""
    from pathlib import Path

    from newsletter.errors import UsageError

    if not name:
        return ""
    try:
        if name == "-":
            octets = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                octets = file.read(_MOST_BYTES + 1)
        if len(octets) > _MOST_BYTES:
            raise UsageError(
                f"The note in {name} is far too long.", cure="It is better off in a post."
            )
        return octets.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(
            f"The note {name} cannot be read: {error.strerror}.", cure="Give another file, or -."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"The note in {name} is not text in UTF-8.", cure="Save it as UTF-8."
        ) from error


def _parse_order(first: tuple[str, ...], more: tuple[str, ...]) -> tuple[int, ...] | None:
    """Return the ids after --order, None without it. Raise UsageError."""
    from newsletter.errors import UsageError

    if not first:
        if more:
            raise UsageError(
                f"{more[0]!r} belongs to no option.", cure="Ids of posts stand after --order."
            )
        return None
    if len(first) > 1:
        raise UsageError("Give one --order, not several.", cure="Name all its posts behind it.")
    ids = [name for name in (*first, *more) if name]
    wrong = next((name for name in ids if not (name.isascii() and name.isdecimal())), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no post's id.", cure="`newsletter posts` lists the ids.")
    return tuple(map(int, ids))


def _format_edits(edited: EditedIssue) -> str:
    from newsletter.editorial.edit_request import shown_as

    issue, edits = edited.issue, edited.issue.own_edits
    own = {True: " (yours)", False: ""}
    lines = [
        f"Issue {issue.number} ({issue.status})",
        f"  subject: {issue.subject}{own[bool(edits.subject)]}",
        f"  preheader: {issue.preheader}{own[bool(edits.preheader)]}",
    ]
    if edits.note:
        lines += ["  note:", *(f"    {line}".rstrip() for line in edits.note.splitlines())]
    for post, treatment in shown_as(issue):
        lines.append(f"  [{post.id}] {treatment}: {post.title}")
        if excerpt := edits.excerpt(post.id):
            lines.append(f"      {excerpt}")
        if (picture := dict(edits.pictures).get(post.id)) is not None:
            lines.append(f"      picture: {picture or 'none'}")
    if edits.order:
        lines.append(f"  order: {' '.join(map(str, edits.order))} (yours), then the newest first")
    if undos := len(issue.earlier_edits):
        lines.append(f"  {undos} {'edit' if undos == 1 else 'edits'} can be undone (--undo)")
    if redos := len(issue.later_edits):
        lines.append(f"  {redos} {'edit' if redos == 1 else 'edits'} can be redone (--redo)")
    return "\n".join(lines)


def _edits_json(edited: EditedIssue) -> dict[str, Any]:
    from newsletter.editorial.edit_request import shown_as

    issue, edits = edited.issue, edited.issue.own_edits
    return {
        "issue": issue.number,
        "status": issue.status,
        "subject": issue.subject,
        "preheader": issue.preheader,
        "own": {
            "subject": edits.subject or None,
            "preheader": edits.preheader or None,
            "note": edits.note or None,
            "order": list(edits.order),
            "pulled_in": list(edits.pulled_in),
            "held_back": list(edits.held_back),
        },
        "posts": [
            {
                "id": post.id,
                "title": post.title,
                "treatment": treatment,
                "excerpt": edits.excerpt(post.id) or None,
                "picture": dict(edits.pictures).get(post.id),
            }
            for post, treatment in shown_as(issue)
        ],
        "undos": len(issue.earlier_edits),
        "redos": len(issue.later_edits),
        "changed": list(edited.changed),
        "notes": list(edited.notes),
        "reason": edited.voided,
    }
