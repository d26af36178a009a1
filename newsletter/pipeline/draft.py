"""Makes the next issue from the posts that wait, and keeps it in step with the blog."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.composer.digest import choose
from newsletter.models import HEMISPHERES, Hemisphere, Issue, Post
from newsletter.pipeline.compose import composed
from newsletter.pipeline.context import Context
from newsletter.pipeline.greetings import greeting_book, trouble
from newsletter.pipeline.readiness import as_of
from newsletter.pipeline.target import Target, target
from newsletter.storage import issues, posts
from newsletter.storage.engine import writing
from subscribers import storage as people


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The next issue as it stands, or None and the reason there is none.

    `left_out` are posts that wait, with why they are not in it; `editions` names the
    groups of readers it is rendered for, the author's own first; `voided` says why an
    approval no longer holds; `trouble` what is wrong with the greeting files.
    """

    issue: Issue | None
    target: Target
    reason: str = ""
    voided: str = ""
    trouble: str = ""
    left_out: tuple[tuple[Post, str], ...] = ()
    editions: tuple[Hemisphere, ...] = ()


def draft(context: Context) -> Draft:
    """Makes or refreshes the draft.

    An approved one is pinned and left alone, unless a post of it was withdrawn from the
    blog, or its day passed unsent: that voids the approval.
    """
    with context.lock(), writing(context.engine) as connection:
        return _draft(context, connection)


def upcoming(context: Context, connection: Connection) -> Target:
    """The slot whose turn it is."""
    schedule = context.schedule(_first_day(context, connection))
    limit = dt.timedelta(hours=context.settings.issue.late_limit_hours)
    taken = {
        one.key
        for one in issues.all_issues(connection)
        if one.rhythm == schedule.rhythm and one.status not in issues.OPEN
    }
    turn = target(schedule, context.clock(), taken=taken, late_limit=limit)
    if turn.due and _was_left_out(context, connection, turn):
        taken.add(turn.slot.key)
        return target(schedule, context.clock(), taken=taken, late_limit=limit)
    return turn


def _was_left_out(context: Context, connection: Connection, turn: Target) -> bool:
    """Whether too few posts were there on the issue's own day, and more came since.

    They wait for the next day then: else, after a week without posts, a timer that calls
    every hour would send the next post within the hour it appears.
    """
    old = issues.unfrozen(connection, context.settings.issue.rhythm)
    if old is not None and old.status != "draft":
        return False
    ready, _ = _sorted_out(context, connection)
    in_time = [p for p in ready if p.published is None or p.published <= turn.slot.at]
    return len(in_time) < context.settings.issue.min_posts <= len(ready)


def editions_needed(context: Context, connection: Connection) -> tuple[Hemisphere, ...]:
    """The author's own edition always, the others where a reader lives."""
    own = context.settings.newsletter.hemisphere
    used = people.hemispheres_in_use(connection)
    return (own, *(h for h in HEMISPHERES if h in used and h != own))


def _draft(context: Context, connection: Connection) -> Draft:
    turn = upcoming(context, connection)
    old = issues.unfrozen(connection, context.settings.issue.rhythm)
    voided = ""
    if old is not None and old.status != "draft":
        voided = _voided(connection, old, turn)
        if not voided:
            return _pinned(context, connection, old, turn)
        old = replace(old, status="draft", approved_hash="", noticed_at=None)
    book = greeting_book(context)
    ready, waiting = _sorted_out(context, connection)
    choice = choose(ready, max_posts=context.settings.issue.max_posts)
    left_out = (*waiting, *choice.left_out)
    least = context.settings.issue.min_posts
    if len(choice.chosen) < least:
        if old is not None:
            issues.drop(connection, old.id)
        return Draft(
            issue=None,
            target=turn,
            reason=f"{voided} {_too_few(len(choice.chosen), least)}".strip(),
            left_out=left_out,
            voided=voided,
            trouble=trouble(book),
        )
    made = composed(context, connection, book, old, choice.chosen, turn)
    if old is None:
        made = issues.add(connection, made)
    else:
        issues.replace(connection, made)
    return Draft(
        issue=made,
        target=turn,
        left_out=left_out,
        voided=voided,
        trouble=trouble(book),
        editions=editions_needed(context, connection),
    )


def _pinned(context: Context, connection: Connection, old: Issue, turn: Target) -> Draft:
    inside = {post.id for post in old.posts}
    ready, waiting = _sorted_out(context, connection)
    since = tuple(
        (post, f"came after issue {old.number} was {old.status}: waits for the next")
        for post in ready
        if post.id not in inside
    )
    return Draft(
        issue=old,
        target=turn,
        left_out=(*((post, why) for post, why in waiting if post.id not in inside), *since),
        editions=editions_needed(context, connection),
    )


def _sorted_out(
    context: Context, connection: Connection
) -> tuple[tuple[Post, ...], tuple[tuple[Post, str], ...]]:
    now = context.clock()
    ready, waiting = [], []
    for stored in posts.in_state(connection, "waiting", "held", "protected"):
        post = as_of(
            stored,
            now=now,
            settle_minutes=context.settings.issue.settle_minutes,
            zone=context.zone,
        )
        if post.state == "waiting":
            ready.append(replace(post, issue=None))
        else:
            waiting.append((post, post.reason or post.state))
    return tuple(ready), tuple(waiting)


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


def _first_day(context: Context, connection: Connection) -> dt.date | None:
    frozen = issues.frozen_days(connection, context.settings.issue.rhythm)
    return frozen[0].planned_for.astimezone(context.zone).date() if frozen else None


def _too_few(found: int, least: int) -> str:
    if found == 0:
        return "No new posts are waiting."
    posts_word = "post waits" if found == 1 else "posts wait"
    return f"Only {found} {posts_word}, and an issue takes {least} (min_posts)."
