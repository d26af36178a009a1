"""Parse the dates of feeds: RFC 822, RFC 3339 and a few habits of hand-made feeds.

feedparser returns None for RFC 822 dates without a zone and takes European summer time for
UTC. Both are common on blogs, so its result is only the fallback.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from time import struct_time

# Hours east of UTC, of names that are almost never used for another zone.
_ZONES = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2,
    "EEST": 3, "MSK": 3, "JST": 9, "KST": 9, "AWST": 8, "AEST": 10, "AEDT": 11,
    "ACST": 9.5, "ACDT": 10.5, "NZST": 12, "NZDT": 13, "AKST": -9, "AKDT": -8, "HST": -10,
    "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "SAST": 2, "EST": -5, "EDT": -4,
    "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_NAMED_ZONE = re.compile(r"\s([A-Z]{3,4})$")
_DAY_FIRST = re.compile(
    r"^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?:,?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
)
_EPOCH = re.compile(r"^\d{9,10}(?:\d{3})?$")
_FOREIGN_DAY = re.compile(r"^[^\W\d]+\.?,?\s+(?=\d)")
_MIDNIGHT = re.compile(r"\b24:00(:00)?\b")
_MAX_OFFSET_SECONDS = 15 * 3600
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(raw: str, parsed: struct_time | None = None) -> datetime | None:
    """Return the time that `raw` names, aware and UTC, or None if it names no possible one.

    `parsed` is feedparser's result in UTC, used if ours fails. A date without a zone is taken
    to be UTC. Dates before 1990 come from broken clocks: no feed existed then.
    """
    text = " ".join(raw.split())[:100]
    date = _parse(text) or _from_struct(parsed)
    return date if date is not None and _EARLIEST <= date < _LATEST else None


def _parse(text: str) -> datetime | None:
    extra = timedelta(0)
    if _MIDNIGHT.search(text):
        text, extra = _MIDNIGHT.sub("00:00:00", text), timedelta(days=1)
    for parser in (_parse_iso, _parse_epoch, _parse_day_first, _parse_rfc822):
        try:
            date = parser(text)
        except (ValueError, OverflowError):
            continue
        if date is not None:
            return date + extra
    return None


def _parse_iso(text: str) -> datetime | None:
    if not re.match(r"^\d{4}-\d{2}-\d{2}", text):
        return None
    date = datetime.fromisoformat(text.replace(" UTC", "+00:00").replace(" GMT", "+00:00"))
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def _parse_epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _parse_day_first(text: str) -> datetime | None:
    match = _DAY_FIRST.match(text)
    if match is None:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _parse_rfc822(text: str) -> datetime | None:
    fields = parsedate_tz(text) or parsedate_tz(_FOREIGN_DAY.sub("", text))
    if fields is None:
        return None
    naive = datetime(*fields[:6])  # noqa: DTZ001 - the zone is set on the next lines
    name = _NAMED_ZONE.search(text)
    if name is not None and name.group(1) in _ZONES:
        zone = timezone(timedelta(hours=_ZONES[name.group(1)]))
        return naive.replace(tzinfo=zone).astimezone(UTC)
    offset = fields[9] or 0
    if abs(offset) > _MAX_OFFSET_SECONDS:
        return None
    return (naive - timedelta(seconds=offset)).replace(tzinfo=UTC)


def _from_struct(parsed: struct_time | None) -> datetime | None:
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None
