"""What the author's forms want changed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from newsletter.desk.issue.post_rows import Direction, move_post, order_posts
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.greeting_override import GreetingChange
from newsletter.errors import UsageError
from newsletter.models import HEMISPHERES, PART_NAMES, Issue, Treatment

_TREATMENTS: tuple[Treatment, ...] = get_args(Treatment)
_MAX_DIGITS = 9


def parse_history(form: Mapping[str, str]) -> Literal["undo", "redo"] | None:
    """Return whether the form asks to undo or redo an edit."""
    match form.get("history"):
        case "undo":
            return "undo"
        case "redo":
            return "redo"
    return None


def parse_greeting(form: Mapping[str, str]) -> GreetingChange | None:
    """Return what a form wants of the greeting, None if nothing. Empty words mean no greeting."""
    hemisphere = next((h for h in HEMISPHERES if h == form.get("hemisphere")), None)
    act, _, word = form.get("greeting_act", "").partition(":")
    match act:
        case "auto" | "none":
            return GreetingChange(act=act, hemisphere=hemisphere)
        case "another" | "without" if part := next((n for n in PART_NAMES if n == word), None):
            return GreetingChange(act=act, part=part)
        case "use" | "never" if word:
            return GreetingChange(act=act, ids=(word,))
        case "" if "greeting" in form:
            words = form["greeting"]
            return GreetingChange(
                act="write" if words.strip() else "none", words=words, hemisphere=hemisphere
            )
    return None


def parse_edit(form: Mapping[str, str], issue: Issue) -> EditRequest:
    """Return what a form wants changed in the words, the order and the posts of an issue.

    Raise UsageError for a post or a treatment that makes no sense.
    """
    if "move" in form:
        return _parse_move(form["move"], issue)
    if "order" in form:
        ids = form["order"].replace(",", " ").split()
        inside = [post.id for post in issue.posts]
        wanted = [post_id for post_id in map(_parse_id, ids) if post_id in inside]
        rest = [post_id for post_id in inside if post_id not in wanted]
        return order_posts(issue, (*wanted, *rest))
    return EditRequest(
        subject=_parse_line(form, "subject", issue.own_edits.subject, issue.subject),
        preheader=_parse_line(form, "preheader", issue.own_edits.preheader, issue.preheader),
        note=form.get("note"),
        order=() if form.get("ours") == "order" else None,
        excerpts=_by_post(form, "excerpt"),
        treatments=tuple(
            (post_id, _parse_treatment(word)) for post_id, word in _by_post(form, "treat")
        ),
        pictures=tuple(
            (post_id, _parse_picture(word)) for post_id, word in _by_post(form, "image")
        ),
        pull_in=_ids(form, "pull"),
        hold_back=_ids(form, "hold"),
        leave_to_us=_ids(form, "leave"),
    )


def _parse_line(form: Mapping[str, str], name: str, own: str, shown: str) -> str | None:
    """Return a line that the author wrote, "" for ours again, None if it stays as it is."""
    if form.get("ours") == name:
        return ""
    wanted = form.get(name)
    # What we wrote does not become the author's by pressing Save.
    return None if wanted is None or (not own and wanted.strip() == shown) else wanted


def _parse_move(wish: str, issue: Issue) -> EditRequest:
    name, _, word = wish.partition(":")
    post_id = _parse_id(name)
    direction = next((known for known in get_args(Direction) if known == word), None)
    if direction is None or post_id not in [post.id for post in issue.posts]:
        raise UsageError("That post is not in the issue any more.", cure="Look at it again.")
    return move_post(issue, post_id, direction)


def _parse_treatment(word: str) -> Treatment:
    for known in _TREATMENTS:
        if word == known:
            return known
    raise UsageError(f"A post cannot be shown as {word[:20]!r}.", cure="Choose one of the list.")


def _parse_picture(word: str) -> str | None:
    return {"none": "", "first": None}.get(word, word)


def _by_post(form: Mapping[str, str], field: str) -> tuple[tuple[int, str], ...]:
    """Return the values of the fields `field-ID`, by post."""
    return tuple(
        (_parse_id(name.removeprefix(f"{field}-")), value)
        for name, value in form.items()
        if name.startswith(f"{field}-")
    )


def _ids(form: Mapping[str, str], field: str) -> tuple[int, ...]:
    return (_parse_id(form[field]),) if form.get(field) else ()


def _parse_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise UsageError(f"{text[:20]!r} is no post.", cure="Look at the issue again.")
    return int(text)
