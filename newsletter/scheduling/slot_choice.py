"""Which issue's turn it is: the slot that the present draft is for. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from newsletter.schedule import Schedule, Slot, latest_slot, slots_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The slot the draft is for, the one after it, and whether its moment has come."""

    slot: Slot
    after: Slot
    due: bool


def target(
    schedule: Schedule, now: dt.datetime, *, taken: Collection[str], late_limit: dt.timedelta
) -> Target:
    """The slot to work for at `now`.

    The newest slot that has come counts as long as its key is not `taken` and it is at
    most `late_limit` old: a run that comes late still sends. After that its posts wait
    for the next free slot (design.md rule 1: a missed week loses nothing).
    """
    latest = latest_slot(schedule, now)
    if latest and latest.key not in taken and now - latest.at <= late_limit:
        return Target(slot=latest, after=_free_after(schedule, latest.at, taken), due=True)
    slot = _free_after(schedule, now, taken)
    return Target(slot=slot, after=_free_after(schedule, slot.at, taken), due=False)


def _free_after(schedule: Schedule, moment: dt.datetime, taken: Collection[str]) -> Slot:
    start = moment.astimezone(schedule.zone).date()
    return next(
        slot for slot in slots_from(schedule, start) if slot.at > moment and slot.key not in taken
    )
