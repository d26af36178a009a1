"""Read single cells of an import: addresses, texts and dates, as programs and people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import unquote

from subscribers.address import normalise
from subscribers.errors import InvalidAddress

#: A spreadsheet takes a cell that begins so for a formula (OWASP, CSV Injection; CWE-1236).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_GUARD = "'"
_WITH_NAME = re.compile(r"([^<>@]*)<([^<>]*)>[\s;,]*")
_QUOTES = ("'", '"')
_MAILTO = re.compile(r"\s*<?mailto:([^?\s>]+)(?:\?[^\s>]*)?>?\s*", re.IGNORECASE)
_STAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)? *"
    r"(?:UTC|GMT|Z|([+-]\d{2}):?(\d{2})(?: [A-Z]{3,4})?)?"
)
_DAY = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:,? +(\d{1,2}):(\d{2})(?::\d{2})? *([AP]M)?)?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(r"([A-Z][a-z]{2})[a-z]* (\d{1,2}),? (\d{4})")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NOON = 12
_DIGITS_OF_A_DATE = 4  # a year, or a day and a month


def guard(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `unguard` undoes it."""
    return f"{_GUARD}{cell}" if cell.lstrip(_GUARD).startswith(FORMULA_STARTS) else cell


def unguard(cell: str) -> str:
    """Return a cell without the apostrophe that an export put in front of a formula."""
    if cell[:1] == _GUARD and cell.lstrip(_GUARD).startswith(FORMULA_STARTS):
        return cell[1:]
    return cell


def read_address(cell: str) -> tuple[str, str]:
    """Return the address in a cell, normalised, and the name written beside it.

    `Jane <jane@example.com>` and `mailto:jane@example.com` hold an address too. Raise
    InvalidAddress.
    """
    try:
        return normalise(cell), ""
    except InvalidAddress:
        if named := _split_named(cell):
            name, address = named
            return normalise(re.sub("^mailto:", "", address, flags=re.IGNORECASE)), name
        if match := _MAILTO.fullmatch(cell):
            return normalise(unquote(match[1])), ""
        raise


def is_like_date(text: str) -> bool:
    """Return whether a cell is meant as a date, readable or not."""
    return sum(char.isdigit() for char in text) >= _DIGITS_OF_A_DATE


def looks_like_address(cell: str) -> bool:
    """Return whether a cell holds an address, right or wrong, and no sentence about one."""
    text = cell.strip()
    if "@" not in text:
        return False
    return not any(char.isspace() for char in text) or _split_named(text) is not None


def _split_named(cell: str) -> tuple[str, str] | None:
    """Return the name and the address of `Jane <jane@example.com>`, None for another cell."""
    match = _WITH_NAME.fullmatch(cell)
    if match is None:
        return None
    name, address = match[1].strip(), match[2].strip()
    name = name[1:] if name.startswith(_QUOTES) else name
    name = name[:-1] if name.endswith(_QUOTES) else name
    is_address = "@" in address[1:-1] and not any(char.isspace() for char in address)
    return (name.strip(), address) if is_address and '"' not in name else None


def read_moment(text: str, day_first: bool | None = None) -> datetime | None:
    """Return the time in a cell; None if it is no date, or one that no calendar holds.

    `day_first` says whether 03/04/2025 is in April; with None such a date is read only where
    one of the numbers can be no month.
    """
    moment = _parse_moment(text.strip(), day_first)
    if moment is None:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar, in a far zone
        return None


def _parse_moment(text: str, day_first: bool | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        if match := _STAMP.fullmatch(text):
            zone = f"{match[3]}:{match[4]}" if match[3] else "+00:00"
            return datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}")
        if match := _DAY.fullmatch(text):
            return _read_day(match, day_first)
        if (match := _MONTH_FIRST.fullmatch(text)) and match[1] in _MONTHS:
            return datetime(int(match[3]), _MONTHS.index(match[1]) + 1, int(match[2]))  # noqa: DTZ001  # the caller adds UTC
    except ValueError:
        return None
    return None


def _read_day(match: re.Match[str], day_first: bool | None) -> datetime | None:
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    if day_first is None:
        if (first > _NOON) == (second > _NOON):
            return None
        day_first = first > _NOON
    day, month = (first, second) if day_first else (second, first)
    hour, minute = int(match[4] or 0), int(match[5] or 0)
    if match[6]:
        hour = hour % _NOON + (_NOON if match[6].upper() == "PM" else 0)
    century = 2000 if len(match[3]) == 2 else 0  # noqa: PLR2004  # digits
    return datetime(century + year, month, day, hour, minute)  # noqa: DTZ001  # the caller adds UTC
