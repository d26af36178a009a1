"""Parse the address in a setting such as `Happy Trails <news@example.com>`."""

from __future__ import annotations

import re

_NAMED = re.compile(r".*<([^<>]*)>\s*", re.DOTALL)


def bare_address(text: str) -> str:
    """Return the text between `<` and `>`, the whole text if there are none. Checks nothing.

    `email.utils.parseaddr` stops at a comma in a name without quotes, and bloggers write
    such names.
    """
    match = _NAMED.fullmatch(text)
    return (match[1] if match else text).strip()


def address_domain(text: str) -> str:
    """Return the part of the address after the @ in lower case, "" if there is none."""
    local, _, name = bare_address(text).rpartition("@")
    return name.lower() if local else ""
