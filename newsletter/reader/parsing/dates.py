"""Parse the dates of feeds: RFC 822, RFC 3339, and the shapes that hand-made feeds have.

Every part of a date must be stated: its year, month and day, and a zone that can be read if
one is given. Anything else is no date, because a post without a date is read all the same,
and one with a wrong date misses its issue. feedparser fills what is missing with the
current month, so its dates are not used.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from newsletter.reader.parsing.month_names import month_of, weekday_of
from newsletter.reader.parsing.time_zones import parse_zone

_WORD = r"[^\W\d_]+"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[ºª°.])?"
_NAME = rf"(?P<name>{_WORD})\.?"
_YEAR = r"(?P<year>\d{4})"
# "Sun, ", "ned., ", "Sunday ", "segunda-feira, "
_WEEKDAY = rf"(?:(?P<weekday>{_WORD})(?:-feira)?(?:[.,]+\s*|\s+))?"
_BETWEEN = r"[\s,./–-]{0,3}(?:(?:de|del|d|of)\b['’]?\s*)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.h時시点]\s?(?P<minute>\d{1,2})[分분]?(?:[:.](?P<second>\d{1,2})"
    r"(?:[.,](?P<fraction>\d{1,9}))?)?)?"
)
_HALF = r"(?P<half>[ap]\.?\s?m\b\.?)"
_GAP = r"(?:T|\s?,\s?|\s(?:[|–-]\s)?)"
_AT = (
    r"(?:(?:at|um|à|alle(?:\sore)?|kl\.?|a\slas|às|om)\s+)?"
    rf"(?P<early>[上下]午|午[前後]|오[전후])?\s?{_CLOCK}(?:\s?{_HALF})?(?:\s?(?:Uhr|uur|hrs))?"
)
_ZONE = r"(?P<zone>\s*(?:[^\W\d]|[+(\[−-]).{0,60})?"
_REST = rf"(?:{_GAP}{_AT})?{_ZONE}"
_SHAPES = tuple(
    re.compile(shape + r"\s*", re.IGNORECASE)
    for shape in (
        # 2026-11-22T07:30:00Z; 2026/11/22; 2026. 11. 22.
        (
            rf"{_WEEKDAY}{_YEAR}(?P<mark>[-/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?(?P<day>\d{{1,2}})"
            rf"(?!\d)\.?{_REST}"
        ),
        # 20261122, 20261122T073000Z
        (
            rf"{_YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})"
            rf"(?:[T\s](?P<hour>\d{{2}}):?(?P<minute>\d{{2}}):?(?P<second>\d{{2}})?)?{_ZONE}"
        ),
        # 2026年11月22日（日）07:30; 2026년 11월 22일
        (
            rf"{_YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]?"
            rf"\s*(?:[(（]?(?:星期|周|週)?[月火水木金土日一二三四五六월화수목금토일](?:曜日?|요일)?[)）]?)?"
            rf"(?:{_GAP}?{_AT})?{_ZONE}"
        ),
        # Sun, 22 Nov 2026 07:30:00 +0100; 22 de noviembre de 2026
        rf"{_WEEKDAY}{_DAY}{_BETWEEN}{_NAME}{_BETWEEN}(?P<year>\d{{4}}|\d{{2}})(?!\d){_REST}",
        # November 22, 2026 7:30 am; Sun Nov 22 2026 07:30:00 GMT+0100 (CET)
        rf"{_WEEKDAY}{_NAME}\s+{_DAY},?\s+{_YEAR}(?!\d){_REST}",
        # Sun Nov 22 07:30:00 CET 2026
        rf"{_WEEKDAY}{_NAME}\s+{_DAY}\s+{_CLOCK}(?P<zone>\s+[A-Z+-][A-Z0-9:+-]{{0,9}})?\s+{_YEAR}",
        # 2026. november 22. 07:30; 2026-Nov-22
        rf"{_YEAR}[\s.-]{{1,3}}{_NAME}[\s-]{{1,2}}{_DAY}{_REST}",
        # 22.11.2026; 22-11-2026; 11/22/2026
        (
            rf"{_WEEKDAY}(?P<first>\d{{1,2}})(?P<mark>[-/.])\s?(?P<other>\d{{1,2}})(?P=mark)\s?"
            rf"{_YEAR}(?!\d){_REST}"
        ),
    )
)
_EPOCH = re.compile(r"\d{9,10}(?:\d{3})?")
_LAST_SECOND = 59
_NOON = 12
_MIDNIGHT = 24
_LAST_MONTH = 12
# RFC 2822, 4.3: two digits to 49 are of this century.
_LAST_SHORT_YEAR = 49
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(raw: str) -> datetime | None:
    """Return the time that `raw` names, aware and UTC, or None if it names no possible one.

    A date without a zone is taken to be UTC. Dates before 1990 come from broken clocks: no
    feed existed then.
    """
    text = " ".join(raw.split())[:100]
    date = _parse(text)
    return date if date is not None and _EARLIEST <= date < _LATEST else None


def _parse(text: str) -> datetime | None:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(int(text[:10]), UTC)
    for shape in _SHAPES:
        match = shape.fullmatch(text)
        with suppress(ValueError, OverflowError):
            if match and (date := _read(match)) is not None:
                return date
    return None


def _read(match: re.Match[str]) -> datetime | None:
    """Return the time in the parts of a shape, or None if they leave it open."""
    parts = {name: value for name, value in match.groupdict().items() if value}
    year = int(parts["year"])
    if len(parts["year"]) == 2:  # noqa: PLR2004 - digits
        year += 2000 if year <= _LAST_SHORT_YEAR else 1900
    days = _days(parts, year)
    if days is None:
        return None
    hour = _hour(parts)
    # ISO 8601 and RSS feeds write the end of a day as 24:00, and leap seconds as :60.
    extra = timedelta(days=1) if hour == _MIDNIGHT else timedelta()
    minute, second = int(parts.get("minute", 0)), min(int(parts.get("second", 0)), _LAST_SECOND)
    fraction = int(f"{parts.get('fraction', ''):0<6}"[:6])
    naive = datetime(year, *days, hour % _MIDNIGHT, minute, second, fraction)  # noqa: DTZ001 - the zone follows
    zone = parse_zone(parts.get("zone", ""))
    return None if zone is None else (naive + extra).replace(tzinfo=zone).astimezone(UTC)


def _days(parts: dict[str, str], year: int) -> tuple[int, int] | None:
    """Return month and day, or None if the month is unknown or could be the day."""
    if "name" in parts:
        month = month_of(parts["name"])
        return (month, int(parts["day"])) if month else None
    if "month" in parts:
        return int(parts["month"]), int(parts["day"])
    first, other = int(parts["first"]), int(parts["other"])
    if other > _LAST_MONTH:
        return first, other
    # Dots and hyphens stand after the day everywhere; 3/4/2026 is March in some countries
    # and April in others, unless the weekday says which.
    if first > _LAST_MONTH or first == other or parts["mark"] != "/":
        return other, first
    weekday = weekday_of(parts.get("weekday", ""))
    candidates = [
        (month, day)
        for month, day in ((other, first), (first, other))
        if datetime(year, month, day, tzinfo=UTC).weekday() == weekday
    ]
    return candidates[0] if len(candidates) == 1 else None


def _hour(parts: dict[str, str]) -> int:
    """Return the hour of the day, 24 for its end. Raise ValueError for an impossible one."""
    hour = int(parts.get("hour", 0))
    half = parts.get("half", "").lower() or parts.get("early", "")
    if not half or hour > _NOON:
        if hour > _MIDNIGHT or (hour == _MIDNIGHT and int(parts.get("minute", 0))):
            raise ValueError(hour)
        return hour
    is_afternoon = half.startswith("p") or half in {"下午", "午後", "오후"}
    return hour % _NOON + (_NOON if is_afternoon else 0)
