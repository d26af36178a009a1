"""What the author wants changed in one issue, and the own edits that come of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from newsletter.composer.digest import arrange_posts
from newsletter.errors import UsageError
from newsletter.models import Issue, OwnEdits, Post, Treatment
from newsletter.text import one_line

#: The longest texts of the author's, in characters. Inboxes show far less of the first two.
LONGEST_SUBJECT = 150
LONGEST_PREHEADER = 200
LONGEST_EXCERPT = 1_000
# How many edits of an issue can be undone.
_MOST_UNDOS = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PARTS = {
    "subject": "subject",
    "preheader": "preheader",
    "note": "note",
    "order": "order",
    "excerpts": "excerpts",
    "treatments": "treatment of posts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EditRequest:
    """What the author wants changed. None and () leave a part as it is, "" takes it away."""

    subject: str | None = None
    preheader: str | None = None
    #: Markdown.
    note: str | None = None
    #: The posts that come first; () for the order that we choose.
    order: tuple[int, ...] | None = None
    #: Excerpts by post.
    excerpts: tuple[tuple[int, str], ...] = ()
    treatments: tuple[tuple[int, Treatment | Literal[""]], ...] = ()

    @property
    def post_ids(self) -> tuple[int, ...]:
        """The posts that it names."""
        named = (*self.excerpts, *self.treatments)
        return tuple(dict.fromkeys((*(self.order or ()), *(post_id for post_id, _ in named))))


def apply_request(edits: OwnEdits, request: EditRequest) -> OwnEdits:
    """Return the own edits with what the author wants changed.

    Raise UsageError for a text that is too long or holds control characters, for a post that is
    named twice, and for two leads.
    """
    if request.order is not None:
        _require_once(request.order, "--order")
    for name, pairs in (("--excerpt", request.excerpts), ("--treat", request.treatments)):
        _require_once([post_id for post_id, _ in pairs], name)
    excerpts = dict(edits.excerpts) | {
        post_id: _clean_line(text, "excerpt", LONGEST_EXCERPT) for post_id, text in request.excerpts
    }
    return OwnEdits(
        subject=_pick_line(edits.subject, request.subject, "subject", LONGEST_SUBJECT),
        preheader=_pick_line(edits.preheader, request.preheader, "preheader", LONGEST_PREHEADER),
        note=edits.note if request.note is None else _clean_note_text(request.note),
        order=edits.order if request.order is None else request.order,
        excerpts=tuple((post_id, text) for post_id, text in excerpts.items() if text),
        treatments=_treatments(edits, request),
    )


def with_edits(issue: Issue, edits: OwnEdits) -> Issue:
    """Return the issue with these own edits in force; the ones before can be undone."""
    return replace(
        issue,
        own_edits=edits,
        earlier_edits=(*issue.earlier_edits, issue.own_edits)[-_MOST_UNDOS:],
        posts=arrange_posts(issue.posts, edits),
    )


def without_last_edit(issue: Issue) -> Issue:
    """Return the issue as it was before its last own edit, of which there must be one."""
    *earlier, edits = issue.earlier_edits
    return replace(
        issue,
        own_edits=edits,
        earlier_edits=tuple(earlier),
        posts=arrange_posts(issue.posts, edits),
    )


def changed_parts(before: OwnEdits, after: OwnEdits) -> tuple[str, ...]:
    """Return the names of the parts that differ."""
    return tuple(
        name for part, name in _PARTS.items() if getattr(before, part) != getattr(after, part)
    )


def join_parts(parts: Sequence[str]) -> str:
    """Return the names of parts as words: subject, note and order."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def shown_as(issue: Issue) -> tuple[tuple[Post, Treatment], ...]:
    """Return the issue's posts in their order, each with how a digest shows it."""
    treatments = [issue.own_edits.treatment(post.id) for post in issue.posts]
    if treatments[:1] == [None]:
        treatments[0] = "lead"
    return tuple(
        (post, treatment or "card") for post, treatment in zip(issue.posts, treatments, strict=True)
    )


def hidden_excerpts(issue: Issue, *, is_full: bool) -> tuple[str, ...]:
    """Return a sentence for each excerpt of the author's that the message does not show."""
    treatment = {post.id: issue.own_edits.treatment(post.id) for post in issue.posts}
    titles = {post.id: post.title for post in issue.posts}
    return tuple(
        f"“{titles[post_id]}” is shown "
        f"{'by its title only' if treatment[post_id] == 'title' else 'in full'}, "
        f"without your excerpt; `--treat {post_id} card` shows it."
        for post_id, _ in issue.own_edits.excerpts
        if post_id in titles
        and (treatment[post_id] == "title" or (is_full and treatment[post_id] != "card"))
    )


def _treatments(edits: OwnEdits, request: EditRequest) -> tuple[tuple[int, Treatment], ...]:
    wanted = dict(request.treatments)
    leads = [post_id for post_id, treatment in wanted.items() if treatment == "lead"]
    if len(leads) > 1:
        raise UsageError("Only one post can lead an issue.", cure="Give one --lead, not several.")
    before = {
        post_id: treatment
        for post_id, treatment in edits.treatments
        if post_id not in wanted and not (leads and treatment == "lead")
    }
    return (
        *before.items(),
        *((post_id, treatment) for post_id, treatment in wanted.items() if treatment),
    )


def _require_once(post_ids: Sequence[int], option: str) -> None:
    twice = next((i for place, i in enumerate(post_ids) if i in post_ids[:place]), None)
    if twice is not None:
        raise UsageError(f"{option} names post {twice} twice.", cure="Name each post once.")


def _pick_line(before: str, wanted: str | None, what: str, longest: int) -> str:
    return before if wanted is None else _clean_line(wanted, what, longest)


def _clean_line(text: str, what: str, longest: int) -> str:
    _require_text(text.strip(), what)
    # SendGrid substitutes <%…%>.
    line = one_line(text).replace("<%", "< %").replace("%>", "% >")
    if len(line) > longest:
        raise UsageError(
            f"The {what} has {len(line)} characters; {longest} are the most.", cure="Shorten it."
        )
    return line


def _clean_note_text(text: str) -> str:
    note = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    _require_text(note.replace("\n", "").replace("\t", ""), "note")
    return note


def _require_text(text: str, what: str) -> None:
    if control := _CONTROL.search(text):
        raise UsageError(
            f"The {what} holds a control character (U+{ord(control[0]):04X}).",
            cure="Take it out: no message could show it.",
        )
