"""Whether addresses and links may stand in a message as they are: one, or many at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Kind = Literal["address", "url", "mailto"]

_PATTERNS: dict[Kind, str] = {
    # RFC 5321 local part in its dot-atom form, and a host name of two labels or more.
    "address": (
        r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
        r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
    ),
    "url": r"https?://[!-;=?-~]+",
    "mailto": r"mailto:[!-;=?-~]+",
}
_ONE = {kind: re.compile(pattern) for kind, pattern in _PATTERNS.items()}
_MANY = {kind: re.compile(rf"(?:{pattern}\n)*") for kind, pattern in _PATTERNS.items()}
# RFC 5321, 4.5.3.1: octets of the whole, and of what stands before the @.
_LONGEST_ADDRESS, _LONGEST_LOCAL_PART = 254, 64


def is_well_formed(kind: Kind, value: str) -> bool:
    """Whether `value` is a bare address in ASCII of at most 254 characters, or a web address
    or mailto: address (RFC 6068) that may stand in angle brackets.
    """
    if _ONE[kind].fullmatch(value) is None:
        return False
    return kind != "address" or _is_short(value)


def ill_formed(kind: Kind, values: Sequence[str]) -> tuple[int, ...]:
    """The places of those that are not well-formed. All are looked at in one go, and one by
    one only where that finds any: it costs a third.
    """
    lines = "\n".join([*values, ""])
    if lines.count("\n") != len(values) or _MANY[kind].fullmatch(lines) is None:
        return tuple(at for at, one in enumerate(values) if not is_well_formed(kind, one))
    if kind != "address" or max(map(len, values), default=0) <= _LONGEST_LOCAL_PART:
        return ()
    return tuple(at for at, one in enumerate(values) if not _is_short(one))


def _is_short(address: str) -> bool:
    return len(address) <= _LONGEST_ADDRESS and address.index("@") <= _LONGEST_LOCAL_PART
