"""Which posts wait for the next issue of a rhythm, and when it is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.audience import is_second_rhythm
from newsletter.collecting.settling import as_of
from newsletter.context import Context
from newsletter.models import Issue, Post, Rhythm
from newsletter.schedule import Schedule, latest_slot
from newsletter.scheduling.slot_choice import Target, target
from newsletter.storage import issues, posts

_INSTANT = dt.timedelta(microseconds=1)
Waiting = tuple[tuple[Post, str], ...]


def upcoming(context: Context, connection: Connection, rhythm: Rhythm) -> Target:
    """The slot whose turn it is."""
    schedule = schedule_of(context, connection, rhythm)
    limit = dt.timedelta(hours=context.settings.issue.late_limit_hours)
    taken = {
        one.key
        for one in issues.all_issues(connection)
        if one.rhythm == rhythm and one.status not in issues.OPEN
    }
    turn = target(schedule, context.clock(), taken=taken, late_limit=limit)
    if turn.due and _is_too_soon(context, connection, schedule, turn):
        taken.add(turn.slot.key)
        return target(schedule, context.clock(), taken=taken, late_limit=limit)
    return turn


def schedule_of(context: Context, connection: Connection, rhythm: Rhythm) -> Schedule:
    """When issues of that rhythm are due."""
    frozen = issues.frozen_days(connection, rhythm)
    first = frozen[0].planned_for.astimezone(context.zone).date() if frozen else None
    return context.schedule(first, rhythm)


def since_of(
    context: Context, connection: Connection, rhythm: Rhythm, turn: Target, old: Issue | None
) -> dt.datetime | None:
    """From when on an issue gathers what went out in the other rhythm; None: nothing of it.

    Where the month before had an issue too, it goes on from there, with what was left over.
    A first one, or one after a time without readers, begins with its own month: nobody who
    asks for the month's issue wants the archive.
    """
    if not is_second_rhythm(context.settings, rhythm):
        return None
    if old is not None and old.since is not None:
        return old.since
    schedule = schedule_of(context, connection, rhythm)
    last = issues.newest_frozen(connection, rhythm)
    if last is not None and _goes_on(schedule, turn, last):
        return last.since or last.planned_for
    before = latest_slot(schedule, turn.slot.at - _INSTANT)
    return before.at if before else turn.slot.at - dt.timedelta(days=31)


def sorted_out(
    context: Context, connection: Connection, rhythm: Rhythm, since: dt.datetime | None
) -> tuple[tuple[Post, ...], Waiting]:
    """The posts that may go into the next issue of a rhythm, and those that may not yet,
    with why.
    """
    now = context.clock()
    found = posts.in_state(connection, "waiting", "held", "protected")
    if since is not None:
        found = (*found, *posts.sent_after(connection, since))
    before = posts.taken(connection, rhythm)
    ready, waiting = [], []
    for stored in found:
        if stored.id in before:
            continue
        post = as_of(
            stored,
            now=now,
            settle_minutes=context.settings.issue.settle_minutes,
            zone=context.zone,
        )
        if post.state in ("waiting", "issued"):
            ready.append(replace(post, issue=None))
        else:
            waiting.append((post, post.reason or post.state))
    return tuple(ready), tuple(waiting)


def _is_too_soon(
    context: Context, connection: Connection, schedule: Schedule, turn: Target
) -> bool:
    """Whether too few posts were there on the issue's own day, and more came since.

    They wait for the next day then: else, after a week without posts, a timer that calls
    every hour would send the next post within the hour it appears. Likewise whoever is the
    first to choose the month's issue just after its day gets the next.
    """
    rhythm = schedule.rhythm
    old = issues.unfrozen(connection, rhythm)
    if old is not None and old.status != "draft":
        return False
    if is_second_rhythm(context.settings, rhythm) and old is None:
        last = issues.newest_frozen(connection, rhythm)
        if last is None or not _goes_on(schedule, turn, last):
            return True
    since = since_of(context, connection, rhythm, turn, old)
    ready, _ = sorted_out(context, connection, rhythm, since)
    in_time = [p for p in ready if p.published is None or p.published <= turn.slot.at]
    return len(in_time) < context.settings.issue.min_posts <= len(ready)


def _goes_on(schedule: Schedule, turn: Target, last: Issue) -> bool:
    before = latest_slot(schedule, turn.slot.at - _INSTANT)
    return before is None or last.planned_for >= before.at
