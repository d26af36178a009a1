"""The address in a setting such as `Happy Trails <news@example.com>`."""

from __future__ import annotations

import re

_NAMED = re.compile(r".*<([^<>]*)>\s*", re.DOTALL)


def bare_address(text: str) -> str:
    """What stands between `<` and `>`, or the whole of a text without them; not checked.

    The standard library's parser stops at a comma in a name that has no quotes, and
    bloggers write such names.
    """
    found = _NAMED.fullmatch(text)
    return (found[1] if found else text).strip()


def address_domain(text: str) -> str:
    """The part of the address after the @, in lower case; "" when there is none."""
    local, _, found = bare_address(text).rpartition("@")
    return found.lower() if local else ""
