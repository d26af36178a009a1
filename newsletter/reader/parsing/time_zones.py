"""Time zones as feeds write them: offsets, abbreviations and names of the tz database."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
_REMARK = re.compile(r"\s*(?:\([^()]*\)|\[[\w/+-]*\])$")
# An offset, with or without "GMT" or "UTC" before it, and a name after it that adds nothing.
_OFFSET = re.compile(
    r"(?:GMT|UTC|UT)?\s?([+−-])\s?(\d{1,2})(?::?(\d{2}))?(?:\s[A-Z]{2,5})?", re.IGNORECASE
)
_TZ_NAME = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][\w+-]*)+")
_MOST = timedelta(hours=15)


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
