"""What the author wants changed in one issue, and the own edits that come of it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from newsletter.composer.digest import arrange_posts
from newsletter.errors import EditConflict, UsageError
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
    "pictures": "pictures",
    "pulled_in": "posts",
    "held_back": "posts",
    "greeting": "greeting",
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
    #: The URL of another picture of the post, "" for none, None for the first one again.
    pictures: tuple[tuple[int, str | None], ...] = ()
    #: Posts to take into the issue that would not be in it.
    pull_in: tuple[int, ...] = ()
    #: Posts to keep for a later issue.
    hold_back: tuple[int, ...] = ()
    #: Posts that are in the issue again, or not, as if the author had not said.
    leave_to_us: tuple[int, ...] = ()

    @property
    def post_ids(self) -> tuple[int, ...]:
        """The posts that it names and that the issue must hold."""
        named = (*self.excerpts, *self.treatments, *self.pictures)
        ids = (*(self.order or ()), *(post_id for post_id, _ in named), *self.hold_back)
        return tuple(dict.fromkeys(ids))

    @property
    def parts(self) -> frozenset[str]:
        """The names of the fields of `OwnEdits` that it may change."""
        is_moving = bool(self.pull_in or self.hold_back or self.leave_to_us)
        return frozenset(
            part
            for part, is_named in (
                ("subject", self.subject is not None),
                ("preheader", self.preheader is not None),
                ("note", self.note is not None),
                ("order", self.order is not None),
                ("excerpts", bool(self.excerpts)),
                ("treatments", bool(self.treatments)),
                ("pictures", bool(self.pictures)),
                ("pulled_in", is_moving),
                ("held_back", is_moving),
            )
            if is_named
        )


def edits_token(edits: OwnEdits) -> str:
    """Return a short hash of the own edits, which detects concurrent changes."""
    return hashlib.sha256(msgspec.json.encode(edits)).hexdigest()[:16]


def require_seen(issue: Issue, seen: str, parts: Collection[str]) -> tuple[str, ...]:
    """Return the names of the parts that somebody else changed since, none of them of `parts`.

    `seen` is the token of the own edits that the author looked at, "" for no page. Raise
    EditConflict if one of `parts` was changed, or nobody can tell any more what was.
    """
    if not seen or seen == edits_token(issue.own_edits):
        return ()
    history = (*issue.later_edits, *issue.earlier_edits)
    before = next((e for e in reversed(history) if edits_token(e) == seen), None)
    if before is None:
        raise EditConflict(
            f"Issue {issue.number} was edited in another window, too long ago to say how.",
            cure="Look at it as it is now, then save yours again.",
        )
    changed = changed_fields(before, issue.own_edits)
    if names := join_parts(_names(part for part in changed if part in parts)):
        raise EditConflict(
            f"Its {names} changed in another window since you looked. Yours is not saved yet.",
            cure="Compare the two, then save yours again.",
        )
    return _names(changed)


def apply_request(edits: OwnEdits, request: EditRequest) -> OwnEdits:
    """Return the own edits with what the author wants changed.

    Raise UsageError for a text that is too long or holds control characters, for a post that is
    named twice, and for two leads.
    """
    if request.order is not None:
        _require_once(request.order, "--order")
    for name, pairs in (
        ("--excerpt", request.excerpts),
        ("--treat", request.treatments),
        ("--picture", request.pictures),
    ):
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
        pictures=_pictures(edits, request),
        pulled_in=_pick_posts(edits.pulled_in, request.pull_in, request, request.hold_back),
        held_back=_pick_posts(edits.held_back, request.hold_back, request, request.pull_in),
        greeting=edits.greeting,
    )


def with_edits(issue: Issue, edits: OwnEdits, *, amend: bool = False) -> Issue:
    """Return the issue with these own edits in force; the ones before can be undone.

    `amend` goes on with the edit before if that one changed the same single part: the words that
    an author types in one go are undone at once.
    """
    earlier = (*issue.earlier_edits, issue.own_edits)
    if amend and issue.earlier_edits:
        last = changed_fields(issue.earlier_edits[-1], issue.own_edits)
        if len(last) == 1 and last == changed_fields(issue.own_edits, edits):
            earlier = issue.earlier_edits
    return replace(
        issue,
        own_edits=edits,
        earlier_edits=earlier[-_MOST_UNDOS:],
        later_edits=(),
        posts=arrange_posts(issue.posts, edits),
    )


def without_last_edit(issue: Issue) -> Issue:
    """Return the issue as it was before its last own edit, of which there must be one."""
    *earlier, edits = issue.earlier_edits
    return replace(
        issue,
        own_edits=edits,
        earlier_edits=tuple(earlier),
        later_edits=(issue.own_edits, *issue.later_edits),
        posts=arrange_posts(issue.posts, edits),
    )


def with_edit_again(issue: Issue) -> Issue:
    """Return the issue with the own edit that was undone last, of which there must be one."""
    edits, *later = issue.later_edits
    return replace(
        issue,
        own_edits=edits,
        earlier_edits=(*issue.earlier_edits, issue.own_edits),
        later_edits=tuple(later),
        posts=arrange_posts(issue.posts, edits),
    )


def changed_parts(before: OwnEdits, after: OwnEdits) -> tuple[str, ...]:
    """Return the names of the parts that differ."""
    return _names(changed_fields(before, after))


def changed_fields(before: OwnEdits, after: OwnEdits) -> tuple[str, ...]:
    """Return the fields of `OwnEdits` that differ."""
    return tuple(part for part in _PARTS if getattr(before, part) != getattr(after, part))


def _names(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_PARTS[part] for part in parts))


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


def _pictures(edits: OwnEdits, request: EditRequest) -> tuple[tuple[int, str], ...]:
    wanted = dict(edits.pictures) | dict(request.pictures)
    return tuple((post_id, url) for post_id, url in wanted.items() if url is not None)


def _pick_posts(
    before: tuple[int, ...], added: tuple[int, ...], request: EditRequest, removed: tuple[int, ...]
) -> tuple[int, ...]:
    away = {*removed, *request.leave_to_us}
    return tuple(dict.fromkeys(i for i in (*before, *added) if i not in away))


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
