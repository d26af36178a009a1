"""Posts of the test blog from 5 to 11 October 2026; the issue is due on Sunday the 11th."""

from __future__ import annotations

import datetime as dt

from tests.support.feeds import Item

HILL = Item(number=11, title="A new hill", day=dt.date(2026, 10, 6))
MUD = Item(number=12, title="Mud and more mud", day=dt.date(2026, 10, 8))
LATE = Item(number=13, title="Saturday by the lake", day=dt.date(2026, 10, 10))
NEXT = Item(number=14, title="The week after", day=dt.date(2026, 10, 14))

FRIDAY = "2026-10-09T12:00"
SATURDAY = "2026-10-10T20:00"
SUNDAY = "2026-10-11T07:00"
NEXT_SUNDAY = "2026-10-18T07:00"
