"""Read the author's races from a calendar file (RFC 5545).

Each event is parsed on its own, so that a malformed one affects no other and its line is
known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path

from icalendar import Component, Event

from newsletter.composer.greetings.book import Place, Problem
from newsletter.models import Race
from newsletter.text import one_line

_BEGIN = "BEGIN:VEVENT"
_END = "END:VEVENT"
_MAX_BYTES = 5_000_000
_WEB = re.compile(r"https?://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """The lines of one event."""

    lines: tuple[str, ...]
    #: Number of the first line, from 1.
    line: int

    def line_of(self, name: str) -> int:
        """Return the number of the line that begins with `name`, else of the first line."""
        offsets = (n for n, text in enumerate(self.lines) if text.upper().startswith(name))
        return self.line + next(offsets, 0)


def read_calendar(path: Path, zone: tzinfo) -> tuple[list[tuple[Race, Place]], list[Problem]]:
    """Return the races in the calendar file `path`, and its problems.

    A race's day is the one in the file; only a time in UTC is converted to `zone`. Cancelled
    events are left out silently.
    """
    file = f"{path.parent.name}/{path.name}"
    try:
        octets = path.read_bytes()
    except OSError as error:
        return [], [_problem(file, 1, f"the file cannot be read ({error.strerror}).")]
    text = octets[:_MAX_BYTES].decode("utf-8-sig", errors="replace")
    if len(octets) > _MAX_BYTES or "BEGIN:VCALENDAR" not in text.upper():
        return [], [_problem(file, 1, "this is not a calendar file of races we can read.")]
    races: list[tuple[Race, Place]] = []
    problems: list[Problem] = []
    for block in _blocks(text.splitlines()):
        try:
            race = _race(block, zone)
        except _InvalidEvent as invalid:
            problems.append(_problem(file, block.line_of(invalid.where), str(invalid)))
        else:
            if race is not None:
                races.append((race, Place(file=file, line=block.line)))
    return races, problems


class _InvalidEvent(Exception):
    """An event that cannot be read as a race; `where` names the property at fault."""

    def __init__(self, message: str, where: str = _BEGIN) -> None:
        super().__init__(message)
        self.where = where


def _problem(file: str, line: int, message: str) -> Problem:
    return Problem(place=Place(file=file, line=line), message=message)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    start = None
    for number, line in enumerate(lines):
        word = line.strip().upper()
        if start is not None and word in {_BEGIN, _END}:
            inside = lines[start : number + 1] if word == _END else lines[start:number]
            yield _Block(lines=tuple(inside), line=start + 1)
            start = None
        if word == _BEGIN:
            start = number
    if start is not None:
        yield _Block(lines=tuple(lines[start:]), line=start + 1)


def _race(block: _Block, zone: tzinfo) -> Race | None:
    try:
        event = Event.from_ical("\r\n".join(block.lines))
    except ValueError as error:
        raise _InvalidEvent("this event is cut off or garbled; the others are read.") from error
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return None
    name = _text(event, "SUMMARY")
    if not name:
        raise _InvalidEvent("this event has no name (SUMMARY).")
    if "RRULE" in event or "RDATE" in event:
        raise _InvalidEvent(
            f"“{name}” repeats; races move, so give each year's race an event of its own.", "RRULE"
        )
    web = _WEB.match(_text(event, "URL"))
    return Race(
        name=name,
        day=_day(event, name, zone),
        place=_text(event, "LOCATION"),
        url=web[0] if web else "",
    )


def _text(event: Component, name: str) -> str:
    value = event.get(name, "")
    return one_line(str(value[0] if isinstance(value, list) else value))


def _day(event: Component, name: str, zone: tzinfo) -> date:
    """Return the day on which an event starts, in its own time zone."""
    try:
        start = getattr(event.get("DTSTART"), "dt", None)
    except ValueError:
        start = None
    if isinstance(start, datetime):
        written_in_utc = start.tzinfo is not None and start.tzname() == "UTC"
        return start.astimezone(zone).date() if written_in_utc else start.date()
    if isinstance(start, date):
        return start
    raise _InvalidEvent(f"“{name}” has no date we can read (DTSTART).", "DTSTART")
