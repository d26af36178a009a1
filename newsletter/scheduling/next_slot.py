"""When the next issue of a rhythm is due, and which posts wait for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from sqlalchemy import Connection

from newsletter.addressing.audience import is_second_rhythm
from newsletter.collecting.settling import apply_settling
from newsletter.context import NewsletterConfig
from newsletter.models import Issue, OwnEdits, Post, Rhythm
from newsletter.schedule import (
    Schedule,
    Slot,
    first_day_of,
    latest_slot,
    skipped_days,
    slots_from,
)
from newsletter.storage import decisions, feeds, issues, posts

_INSTANT = dt.timedelta(microseconds=1)
#: Posts that may not go into an issue yet, each with the reason.
WaitingPosts = tuple[tuple[Post, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The slot that the next issue is for."""

    slot: Slot
    #: The free slot that follows.
    after: Slot
    #: Whether the slot's time has come.
    due: bool
    #: The days before it that would have an issue, had the author not skipped them.
    skipped: tuple[dt.date, ...] = ()


def choose_next_slot(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, now: dt.datetime
) -> Target:
    """Return the slot that the next issue of `rhythm` is for."""
    schedule = schedule_of(connection, config, rhythm)
    limit = dt.timedelta(hours=config.settings.issue.late_limit_hours)
    taken = set(taken_slots(connection, rhythm))
    moved = {
        change.key: change.moved_to
        for change in decisions.slot_changes(connection, rhythm)
        if change.moved_to is not None
    }
    target = choose_slot(schedule, now, taken=taken, moved=moved, late_limit=limit)
    if target.due and (
        _is_before_start(connection, config, target, now)
        or _is_passed_over(connection, rhythm, target, now)
        or _is_too_soon(connection, config, schedule, target, now)
    ):
        taken.add(target.slot.key)
        target = choose_slot(schedule, now, taken=taken, moved=moved, late_limit=limit)
    own = (slot.day for slot in skipped_slots(connection, config, rhythm, now))
    days = (*own, *skipped_days(schedule, now, target.slot.at))
    return replace(target, skipped=tuple(sorted(day for day in days if day < target.slot.day)))


def skip_sentence(target: Target) -> str:
    """Return which days before the next issue have none by the author's wish, "" for none."""
    if not target.skipped:
        return ""
    days = " and ".join(f"{day:%A %Y-%m-%d}" for day in dict.fromkeys(target.skipped))
    return f"{days} is skipped." if len(target.skipped) == 1 else f"{days} are skipped."


def upcoming_slots(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, now: dt.datetime, count: int
) -> tuple[Slot, ...]:
    """Return the slots of the next `count` issues of `rhythm`, the one that is due first."""
    first = choose_next_slot(connection, config, rhythm, now).slot
    taken = taken_slots(connection, rhythm)
    schedule = schedule_of(connection, config, rhythm)
    later = (
        slot
        for slot in slots_from(schedule, first.day)
        if slot.at > first.at and slot.key not in taken
    )
    return (first, *islice(later, count - 1))


def choose_slot(
    schedule: Schedule,
    now: dt.datetime,
    *,
    taken: Collection[str],
    late_limit: dt.timedelta,
    moved: Mapping[str, dt.datetime] | None = None,
) -> Target:
    """Return the slot to prepare an issue for at `now`. `taken` holds the keys of used slots.

    The latest slot stays due until an issue takes its key or `late_limit` has passed, so a
    run that comes late still sends. After that the posts wait for the next free slot: a
    missed week loses nothing. `moved` holds the times of slots that the author moved, by key;
    after `late_limit` a slot is again when the schedule has it.
    """
    times = [
        (at, key)
        for key, at in (moved or {}).items()
        if key not in taken and now - at <= late_limit
    ]
    if times:
        at, key = min(times)
        slot = Slot(key=key, day=at.astimezone(schedule.zone).date(), at=at)
        after = _free_slot(schedule, at, {*taken, key})
        return Target(slot=slot, after=after, due=at <= now)
    latest = latest_slot(schedule, now)
    if latest and latest.key not in taken and now - latest.at <= late_limit:
        return Target(slot=latest, after=_free_slot(schedule, latest.at, taken), due=True)
    slot = _free_slot(schedule, now, taken)
    return Target(slot=slot, after=_free_slot(schedule, slot.at, taken), due=False)


def _free_slot(schedule: Schedule, after: dt.datetime, taken: Collection[str]) -> Slot:
    start = after.astimezone(schedule.zone).date()
    return next(
        slot for slot in slots_from(schedule, start) if slot.at > after and slot.key not in taken
    )


def taken_slots(connection: Connection, rhythm: Rhythm) -> frozenset[str]:
    """Return the keys of the slots of `rhythm` that no issue may take.

    An issue took them, sent or cancelled, or the author skips them.
    """
    used = {
        issue.key
        for issue in issues.all_issues(connection)
        if issue.rhythm == rhythm and issue.status not in issues.OPEN
    }
    changes = decisions.slot_changes(connection, rhythm)
    return frozenset(used | {change.key for change in changes if change.moved_to is None})


def skipped_slots(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, now: dt.datetime
) -> tuple[Slot, ...]:
    """Return the slots ahead that the author skips, the first one first."""
    schedule = schedule_of(connection, config, rhythm)
    changes = decisions.slot_changes(connection, rhythm)
    skipped = {change.key for change in changes if change.moved_to is None}
    slots: list[Slot] = []
    for slot in slots_from(schedule, now.astimezone(config.zone).date()):
        if slot.at > now and slot.key not in skipped:
            break
        if slot.at > now:
            slots.append(slot)
    return tuple(slots)


def schedule_of(connection: Connection, config: NewsletterConfig, rhythm: Rhythm) -> Schedule:
    """Return when issues of `rhythm` are due, counted from the first one that was sent."""
    frozen = issues.frozen_issues(connection, rhythm)
    # By its key: the author may have moved it into another week.
    return config.schedule(first_day_of(frozen[0].key) if frozen else None, rhythm)


def repeats_since(
    connection: Connection,
    config: NewsletterConfig,
    rhythm: Rhythm,
    target: Target,
    draft: Issue | None,
) -> dt.datetime | None:
    """Return since when an issue of the second rhythm repeats posts of the newsletter's own.

    None for the newsletter's own rhythm, which repeats nothing. If the month before had an
    issue, the new one begins where that one began, because posts may be left over. The first
    one, or one after a gap, begins with its own month: a reader who asks for the month's
    issue does not want the archive.
    """
    if not is_second_rhythm(config.settings, rhythm):
        return None
    if draft is not None and draft.since is not None:
        return draft.since
    schedule = schedule_of(connection, config, rhythm)
    last = issues.newest_frozen(connection, rhythm)
    if last is not None and _follows(schedule, target, last):
        return last.since or last.planned_for
    before = latest_slot(schedule, target.slot.at - _INSTANT)
    return before.at if before else target.slot.at - dt.timedelta(days=31)


def sort_posts(
    connection: Connection,
    config: NewsletterConfig,
    rhythm: Rhythm,
    now: dt.datetime,
    *,
    since: dt.datetime | None,
) -> tuple[tuple[Post, ...], WaitingPosts]:
    """Return the posts that the next issue of `rhythm` may hold, and those that must wait.

    `since` adds the posts that went out in the other rhythm after that time. A post is in at
    most one issue of a rhythm.
    """
    candidates = posts.in_state(connection, "waiting", "held", "protected")
    if since is not None:
        candidates = (*candidates, *posts.sent_after(connection, since))
    used = posts.ids_in_issues(connection, rhythm)
    settle_minutes = config.settings.issue.settle_minutes
    ready, waiting = [], []
    for candidate in candidates:
        if candidate.id in used:
            continue
        post = apply_settling(candidate, now=now, settle_minutes=settle_minutes, zone=config.zone)
        if post.state in ("waiting", "issued"):
            ready.append(replace(post, issue=None))
        else:
            waiting.append((post, post.reason or post.state))
    return tuple(ready), tuple(waiting)


def pulled_from_before(connection: Connection, rhythm: Rhythm, edits: OwnEdits) -> tuple[Post, ...]:
    """Return the posts of before the newsletter began that the author wants in the issue."""
    if not edits.pulled_in:
        return ()
    used = posts.ids_in_issues(connection, rhythm)
    return tuple(
        post
        for post in posts.by_ids(connection, edits.pulled_in)
        if post.state == "seen_before_start" and post.id not in used and not post.protected
    )


def _is_before_start(
    connection: Connection, config: NewsletterConfig, target: Target, now: dt.datetime
) -> bool:
    """Whether the slot is of a day before the newsletter began: the first issue takes the next.

    A newsletter that is begun on the day of its issue, after the hour, has one on that day.
    """
    if issues.newest_frozen(connection) is not None:
        return False
    began = [feed.started_at for feed in feeds.all_feeds(connection) if feed.started_at]
    # A clock from before the start, as in a rehearsal, says nothing about it.
    if not began or now < min(began):
        return False
    return target.slot.day < min(began).astimezone(config.zone).date()


def _is_passed_over(
    connection: Connection, rhythm: Rhythm, target: Target, now: dt.datetime
) -> bool:
    """Whether the issue of a later slot is out already, sent ahead of its time.

    One that a wrong clock sent in the future passes nothing over.
    """
    newest = issues.newest_frozen(connection, rhythm)
    if newest is None or newest.frozen_at is None:
        return False
    is_ahead = newest.frozen_at < newest.planned_for and newest.frozen_at <= now
    return is_ahead and target.slot.day < first_day_of(newest.key)


def _is_too_soon(
    connection: Connection,
    config: NewsletterConfig,
    schedule: Schedule,
    target: Target,
    now: dt.datetime,
) -> bool:
    """Whether too few posts were there at the slot's time, and enough only came since.

    They wait for the next slot. Otherwise, after a week without posts, an hourly timer would
    send the next post within an hour of its publication. The same holds for the second
    rhythm when its first reader chooses it just after the slot.
    """
    rhythm = schedule.rhythm
    draft = issues.newest_unfrozen(connection, rhythm)
    if draft is not None and draft.status != "draft":
        return False
    if is_second_rhythm(config.settings, rhythm) and draft is None:
        last = issues.newest_frozen(connection, rhythm)
        if last is None or not _follows(schedule, target, last):
            return True
    since = repeats_since(connection, config, rhythm, target, draft)
    ready, _ = sort_posts(connection, config, rhythm, now, since=since)
    in_time = [p for p in ready if p.published is None or p.published <= target.slot.at]
    return len(in_time) < config.settings.issue.min_posts <= len(ready)


def _follows(schedule: Schedule, target: Target, last: Issue) -> bool:
    """Whether no slot lies between the issue `last` and the target."""
    before = latest_slot(schedule, target.slot.at - _INSTANT)
    return before is None or last.planned_for >= before.at
