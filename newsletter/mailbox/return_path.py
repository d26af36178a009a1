"""The return path of each delivery (VERP): the address that its bounces come back to.

`bounce+TOKEN@example.com` is one reader's return path for one issue. The token is the only part
of a report that is believed: anybody can write the rest.
https://cr.yp.to/proto/verp.txt describes the idea.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# Separates a mailbox's name from the detail that follows it (RFC 5233).
SEPARATOR = "+"
# The longest local part, in octets (RFC 5321, 4.5.3.1.1).
MAX_LOCAL_PART = 64
# The header fields that tell where a message was delivered to: Postfix, qmail and Exim add one.
RECIPIENT_FIELDS = ("TO", "DELIVERED-TO", "X-ORIGINAL-TO", "ENVELOPE-TO")


def verp_address(envelope_from: str, token: str) -> str:
    """Return the return path of the delivery that the token names."""
    local, _, domain = envelope_from.rpartition("@")
    return f"{local}{SEPARATOR}{token}@{domain}"


def verp_prefix(envelope_from: str) -> str:
    """Return what all return paths begin with."""
    return f"{envelope_from.rpartition('@')[0]}{SEPARATOR}"


def tokens_in(values: Iterable[str], envelope_from: str) -> tuple[str, ...]:
    """Return the different tokens of return paths in header values, in lower case.

    Relays may have changed the case, or the domain to the mail server's own.
    """
    pattern = _pattern(envelope_from)
    tokens = (
        match[1][:MAX_LOCAL_PART].lower() for value in values for match in pattern.finditer(value)
    )
    return tuple(dict.fromkeys(tokens))


@lru_cache(maxsize=8)
def _pattern(envelope_from: str) -> re.Pattern[str]:
    prefix = re.escape(verp_prefix(envelope_from))
    return re.compile(rf"(?<![\w.+-]){prefix}([^\s@<>,;\"]*)@", re.IGNORECASE)
