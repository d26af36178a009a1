"""Parse the dates of feeds: RFC 822, RFC 3339, and the shapes that hand-made feeds have.

Every part of a date must be stated: its year, month and day, and a zone that can be read if
one is given. Anything else is no date, because a post without a date is read all the same,
and one with a wrong date misses its issue. feedparser fills what is missing with the
current month, so its dates are not used.
"""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsletter.models import MONTHS
from newsletter.schedule import WEEKDAYS

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
# The languages whose names of months are letters, from those that blogs are written in.
_LANGUAGES = (
    "de", "fr", "es", "it", "nl", "pt", "pt_PT", "sv", "da", "nb", "nn", "fi", "is", "pl", "cs",
    "sk", "sl", "hr", "sr", "sr_Latn", "bs", "mk", "bg", "ru", "uk", "be", "lt", "lv", "et", "hu",
    "ro", "el", "tr", "ca", "gl", "eu", "cy", "ga", "sq", "af", "id", "ms", "sw", "ar", "he",
)  # fmt: skip
_SHORTEST = 3
# Hours east of UTC, of names that are almost never used for another zone. IST, for one, is
# used in India, Ireland and Israel.
_ZONES = {
    "UTC": 0, "GMT": 0, "UT": 0, "Z": 0,
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "IDT": 3, "MSK": 3, "TRT": 3, "EAT": 3, "WAT": 1, "CAT": 2, "SAST": 2, "PKT": 5,
    "NPT": 5.75, "ICT": 7, "WIB": 7, "HKT": 8, "SGT": 8, "PHT": 8, "AWST": 8, "JST": 9, "KST": 9,
    "ACST": 9.5, "ACDT": 10.5, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
    "BRT": -3, "BRST": -2, "ART": -3, "UYT": -3, "CLT": -4, "CLST": -3, "COT": -5, "PET": -5,
}  # fmt: skip
# JavaScript's "GMT+1100 (Australian Eastern Daylight Time)", Java's "+11:00[Australia/Sydney]".
_REMARK = re.compile(r"(?<!\s)\s*(?:\([^()]*\)|\[[\w/+-]*\])$")
# An offset, with or without "GMT" or "UTC" before it, and a name after it that adds nothing.
_OFFSET = re.compile(
    r"(?:GMT|UTC|UT)?\s?([+−-])\s?(\d{1,2})(?::?(\d{2}))?(?:\s[A-Z]{2,5})?", re.IGNORECASE
)
_TZ_NAME = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][\w+-]*)+")
_MOST = timedelta(hours=15)


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


def month_of(name: str) -> int:
    """Return the number of the month called or abbreviated `name`, 0 if that is not certain."""
    word = name.casefold().rstrip(".")
    if len(word) < _SHORTEST:
        return 0
    months = [number for number, month in enumerate(MONTHS, 1) if month.startswith(word)]
    months = months or list(_by_name().get(word, ()))
    # Blogs abbreviate in ways of their own: "Fév", "Sett".
    if not months:
        begun = (numbers for other, numbers in _by_name().items() if other.startswith(word))
        months = list(frozenset[int]().union(*begun))
    return months[0] if len(months) == 1 else 0


def weekday_of(name: str) -> int | None:
    """Return the number of the English weekday, Monday 0, or None."""
    word = name.casefold()
    if len(word) < _SHORTEST:
        return None
    return next((n for n, weekday in enumerate(WEEKDAYS) if weekday.startswith(word)), None)


@lru_cache(maxsize=1)
def _by_name() -> dict[str, frozenset[int]]:
    """Return the months by name. A few Slavic names are of different months: "listopad"."""
    # Loading the languages takes most of a second, and most feeds need none of them.
    from babel import Locale

    months: defaultdict[str, set[int]] = defaultdict(set)
    for language in _LANGUAGES:
        forms = Locale.parse(language).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in forms[context][width].items():
                    months[name.casefold().rstrip(".")].add(number)
    return {name: frozenset(numbers) for name, numbers in months.items()}


def parse_zone(text: str) -> tzinfo | None:
    """Return the zone in `text`, UTC for "", or None if it names no known one."""
    name = _REMARK.sub("", text.strip()).strip() or ("UTC" if not text.strip() else text.strip())
    if name.upper() in _ZONES:
        return timezone(timedelta(hours=_ZONES[name.upper()]))
    match = _OFFSET.fullmatch(name)
    if match:
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset > _MOST:
            return None
        return timezone(offset if match[1] == "+" else -offset) if offset else UTC
    return _zone_by_name(name) if _TZ_NAME.fullmatch(name) else None


def _zone_by_name(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
