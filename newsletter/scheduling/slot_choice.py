"""Choose the slot that the next issue of a rhythm is for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from newsletter.schedule import Schedule, Slot, latest_slot, slots_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The slot that the next issue is for."""

    slot: Slot
    #: The free slot that follows.
    after: Slot
    #: Whether the slot's time has come.
    due: bool


def choose_slot(
    schedule: Schedule, now: dt.datetime, *, taken: Collection[str], late_limit: dt.timedelta
) -> Target:
    """Return the slot to prepare an issue for at `now`. `taken` holds the keys of used slots.

    The latest slot stays due until an issue takes its key or `late_limit` has passed, so a
    run that comes late still sends. After that the posts wait for the next free slot: a
    missed week loses nothing.
    """
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
