"""Let one issue go at another time, or skip its slot. The settings stay as they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from newsletter.addressing.audience import active_rhythms
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.approval import log_decision
from newsletter.editorial.editions import content_hash
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotReady, UsageError
from newsletter.models import Decider, Issue, Rhythm, SlotChange
from newsletter.schedule import Slot, format_when
from newsletter.scheduling.next_slot import (
    Target,
    choose_next_slot,
    skipped_slots,
    upcoming_slots,
)
from newsletter.storage import decisions, issues
from newsletter.storage.database.engine import transaction

_PINNED = ("approved", "stopped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescheduled:
    """An issue at its new time."""

    issue: Issue
    #: Why its approval no longer holds, "" if it does or there was none.
    voided: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmSlots:
    """The slots ahead of a rhythm."""

    rhythm: Rhythm
    #: When its next issues are due.
    slots: tuple[Slot, ...]
    #: Those that the author skips.
    skipped: tuple[Slot, ...]


def schedule_issue(
    context: Context,
    name: str,
    at: dt.datetime | None,
    *,
    by: Decider,
    shown: dt.datetime | None = None,
) -> Rescheduled:
    """Let the issue `name` be due at `at`, or at its usual time for None; return it.

    It survives every refresh of the draft. `shown` is when the author was told that it is due.

    Raise UsageError for a time that has passed or lies beyond the slot that follows, and NotReady
    if it was moved since it was shown, or is let go, frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue, target = _find_next(connection, context.config, name, context.clock())
        now, zone = context.clock(), context.zone
        if shown is not None and shown != issue.planned_for:
            when = format_when(issue.planned_for, now, zone)
            raise NotReady(
                f"Issue {issue.number} was moved meanwhile: it is for {when} now.",
                cure="Choose a time again if you want another.",
            )
        if at is None:
            decisions.restore_slot(connection, issue.rhythm, issue.key)
        else:
            _check_time(at, target, now=now, config=context.config)
            change = SlotChange(rhythm=issue.rhythm, key=issue.key, moved_to=at)
            decisions.change_slot(connection, change)
        moved = choose_next_slot(connection, context.config, issue.rhythm, now)
        detail = format_when(moved.slot.at, now, zone)
        log_decision(connection, issue, "schedule", by, now=now, detail=detail)
        return _move(connection, context.config, issue, moved.slot, f"you moved it to {detail}")


def _check_time(
    at: dt.datetime, target: Target, *, now: dt.datetime, config: NewsletterConfig
) -> None:
    if at <= now:
        raise UsageError("That time has passed.", cure="Choose a later one, or send the issue now.")
    if at >= target.after.at:
        after = format_when(target.after.at, now, config.zone)
        raise UsageError(
            f"That is as late as the issue after it, which is due {after}.",
            cure="Choose an earlier time, or skip this one.",
        )


def skip_issue(context: Context, name: str, *, by: Decider, key: str = "") -> Rescheduled:
    """Leave out the slot of the issue `name`: it is for the next slot instead, with all it holds.

    `key` is the slot that the author was shown. Raise NotReady if the issue is for another one by
    now, or is let go, frozen or cancelled.
    """
    with context.lock(), transaction(context.engine) as connection:
        issue, _ = _find_next(connection, context.config, name, context.clock())
        now, zone = context.clock(), context.zone
        if key and key != issue.key:
            when = format_when(issue.planned_for, now, zone)
            raise NotReady(f"Issue {issue.number} is for {when} by now, and stays so.")
        skipped = format_when(issue.planned_for, now, zone)
        decisions.change_slot(
            connection, SlotChange(rhythm=issue.rhythm, key=issue.key, moved_to=None)
        )
        target = choose_next_slot(connection, context.config, issue.rhythm, now)
        log_decision(connection, issue, "skip", by, now=now, detail=skipped)
        return _move(connection, context.config, issue, target.slot, f"you skipped {skipped}")


def unskip_slot(context: Context, rhythm: Rhythm, key: str, *, by: Decider) -> Rescheduled | None:
    """Let a skipped slot have its issue after all; return the issue, None if there is none.

    Raise NotReady if the slot is not skipped, or its time has passed.
    """
    with context.lock(), transaction(context.engine) as connection:
        now = context.clock()
        slots = skipped_slots(connection, context.config, rhythm, now)
        if all(slot.key != key for slot in slots):
            raise NotReady("That week is not skipped (any more), or it has passed.")
        decisions.restore_slot(connection, rhythm, key)
        issue = issues.newest_unfrozen(connection, rhythm)
        if issue is None:
            return None
        target = choose_next_slot(connection, context.config, rhythm, now)
        detail = format_when(target.slot.at, now, context.zone)
        log_decision(connection, issue, "unskip", by, now=now, detail=detail)
        return _move(connection, context.config, issue, target.slot, f"you moved it to {detail}")


def slots_ahead(
    connection: Connection, config: NewsletterConfig, now: dt.datetime, count: int
) -> tuple[RhythmSlots, ...]:
    """Return the slots of the next `count` issues of each rhythm that has readers."""
    return tuple(
        RhythmSlots(
            rhythm=rhythm,
            slots=upcoming_slots(connection, config, rhythm, now, count),
            skipped=skipped_slots(connection, config, rhythm, now),
        )
        for rhythm in active_rhythms(connection, config.settings)
    )


def slot_is_moved(connection: Connection, issue: Issue) -> bool:
    """Whether the author moved the slot of the issue."""
    changes = decisions.slot_changes(connection, issue.rhythm)
    return any(change.key == issue.key and change.moved_to is not None for change in changes)


def _find_next(
    connection: Connection, config: NewsletterConfig, name: str, now: dt.datetime
) -> tuple[Issue, Target]:
    issue = find_issue(connection, config.settings, name)
    if issue.frozen_at is not None or issue.status == "cancelled":
        raise NotReady(f"Issue {issue.number} is {issue.status}; it cannot be moved.")
    if issue.release_at is not None:
        raise NotReady(f"Issue {issue.number} is let go.", cure="Undo that first.")
    target = choose_next_slot(connection, config, issue.rhythm, now)
    if issue.key != target.slot.key:
        # Its day has passed since the page was made.
        issue = replace(issue, key=target.slot.key)
    return issue, target


def _move(
    connection: Connection, config: NewsletterConfig, issue: Issue, slot: Slot, why: str
) -> Rescheduled:
    """Store the issue for `slot`. An approval holds only if every byte stays the same.

    The day stands in an issue, and its greeting may be for that day alone.
    """
    was_approved = bool(issue.approved_hash)
    moved = replace(issue, key=slot.key, planned_for=slot.at, missed_for=None)
    is_same = was_approved and content_hash(connection, config, moved) == issue.approved_hash
    if was_approved and not is_same:
        status = "draft" if moved.status == "approved" else moved.status
        moved = replace(moved, status=status, approved_hash="", void_reason=why)
    issues.save(connection, moved, pinned=moved.status in _PINNED)
    return Rescheduled(
        issue=moved, voided=moved.void_sentence if was_approved and not is_same else ""
    )
