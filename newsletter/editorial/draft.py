"""Makes the next issue from the posts that wait, and keeps it in step with the blog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import active_rhythms, is_second_rhythm
from newsletter.addressing.edition_choice import required_profiles
from newsletter.collecting.post_cleaning import clean_waiting
from newsletter.composer.digest import choose_posts
from newsletter.context import Context
from newsletter.editorial.compose import compose_issue
from newsletter.editorial.greeting_choice import book_warning, load_greeting_book
from newsletter.models import Issue, Post, Rhythm
from newsletter.scheduling.next_slot import choose_next_slot, repeats_since, sort_posts
from newsletter.scheduling.slot_choice import Target
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The next issue as it stands, or None and the reason there is none.

    `left_out` are posts that wait, with why they are not in it; `by_rule` counts those
    that came since the last issue and are kept out for good by the settings; `editions` names the
    groups of readers it is rendered for, the author's own first; `voided` says why an
    approval no longer holds; `trouble` what is wrong with the greeting files. `beside`: it
    is the month's, for some readers only.
    """

    issue: Issue | None
    target: Target
    rhythm: Rhythm
    is_second: bool = False
    reason: str = ""
    voided: str = ""
    greeting_warning: str = ""
    left_out: tuple[tuple[Post, str], ...] = ()
    by_rule: int = 0
    editions: tuple[str, ...] = ()


def draft_issue(context: Context, rhythm: Rhythm | None = None) -> Draft:
    """Makes or refreshes the draft of that rhythm, of the newsletter's own if none is named.

    An approved one is pinned and left alone, unless a post of it was withdrawn from the
    blog, or its day passed unsent: that voids the approval.
    """
    with context.lock():
        clean_waiting(context)
        with transaction(context.engine) as connection:
            return _draft(context, connection, rhythm or context.settings.issue.rhythm)


def draft_issues(context: Context) -> tuple[Draft, ...]:
    """Makes or refreshes every draft there is to be: the newsletter's own first, then the
    month's beside it where readers chose that.
    """
    with context.lock():
        clean_waiting(context)
        with transaction(context.engine) as connection:
            found = active_rhythms(connection, context.settings)
            if "monthly" not in found:
                _drop_unread(connection)
            return tuple(_draft(context, connection, rhythm) for rhythm in found)


def first_due(found: Sequence[Draft]) -> Draft:
    """The draft that `next` means; without any issue, the newsletter's own."""
    made = [one for one in found if one.issue is not None]
    return min(made, key=lambda one: (one.target.slot.at, one.is_second)) if made else found[0]


def _drop_unread(connection: Connection) -> None:
    """Nobody reads monthly any more: the month's draft goes, and its posts are free."""
    old = issues.unfrozen(connection, "monthly")
    if old is not None:
        issues.drop(connection, old.id)


def _draft(context: Context, connection: Connection, rhythm: Rhythm) -> Draft:
    turn = choose_next_slot(connection, context.config, rhythm, context.clock())
    old = issues.unfrozen(connection, rhythm)
    since = repeats_since(connection, context.config, rhythm, turn, old)
    beside = is_second_rhythm(context.settings, rhythm)
    voided = ""
    if old is not None and old.status != "draft":
        voided = _voided(connection, old, turn)
        if not voided:
            return _pinned(context, connection, old, turn, since)
        old = replace(old, status="draft", approved_hash="", noticed_at=None)
    book = load_greeting_book(context)
    settings = context.settings.issue
    ready, waiting = sort_posts(connection, context.config, rhythm, context.clock(), since=since)
    most = settings.monthly_max_posts if beside else settings.max_posts
    choice = choose_posts(ready, max_posts=most)
    left_out = (*waiting, *choice.left_out)
    least = settings.min_posts
    if len(choice.chosen) < least:
        if old is not None:
            issues.drop(connection, old.id)
        return Draft(
            issue=None,
            target=turn,
            rhythm=rhythm,
            is_second=beside,
            reason=f"{voided} {_too_few(len(choice.chosen), least)}".strip(),
            left_out=left_out,
            by_rule=_by_rule(connection, rhythm),
            voided=voided,
            greeting_warning=book_warning(book),
        )
    made = compose_issue(
        context, connection, book, old, choice.chosen, turn, rhythm=rhythm, since=since
    )
    if old is None:
        made = issues.add(connection, made)
    else:
        issues.save(connection, made)
    return Draft(
        issue=made,
        target=turn,
        rhythm=rhythm,
        is_second=beside,
        left_out=left_out,
        by_rule=_by_rule(connection, rhythm),
        voided=voided,
        greeting_warning=book_warning(book),
        editions=_keys(context, connection, made),
    )


def _pinned(
    context: Context,
    connection: Connection,
    old: Issue,
    turn: Target,
    since: dt.datetime | None,
) -> Draft:
    inside = {post.id for post in old.posts}
    ready, waiting = sort_posts(
        connection, context.config, old.rhythm, context.clock(), since=since
    )
    later = tuple(
        (post, f"came after issue {old.number} was {old.status}: waits for the next")
        for post in ready
        if post.id not in inside
    )
    return Draft(
        issue=old,
        target=turn,
        rhythm=old.rhythm,
        is_second=is_second_rhythm(context.settings, old.rhythm),
        left_out=(*((post, why) for post, why in waiting if post.id not in inside), *later),
        by_rule=_by_rule(connection, old.rhythm),
        editions=_keys(context, connection, old),
    )


def _by_rule(connection: Connection, rhythm: Rhythm) -> int:
    last = issues.newest_frozen(connection, rhythm)
    return posts.count_excluded(connection, since=last.frozen_at if last else None)


def _keys(context: Context, connection: Connection, issue: Issue) -> tuple[str, ...]:
    return tuple(one.key for one in required_profiles(connection, context.settings, issue))


def _voided(connection: Connection, old: Issue, turn: Target) -> str:
    if old.status != "approved":
        return ""
    stored = posts.by_ids(connection, [post.id for post in old.posts])
    gone = [post.title for post in stored if post.state in ("withdrawn", "skipped")]
    if gone:
        return f"The approval of issue {old.number} is void: {gone[0]!r} was taken back."
    if old.key != turn.slot.key:
        return f"The approval of issue {old.number} is void: its day passed unsent."
    return ""


def _too_few(found: int, least: int) -> str:
    if found == 0:
        return "No new posts are waiting."
    posts_word = "post waits" if found == 1 else "posts wait"
    return f"Only {found} {posts_word}, and an issue takes {least} (min_posts)."
