"""The return path of each delivery (VERP): the address that its bounces come back to.

`bounce+TOKEN@example.com` is one reader's return path for one issue. The token is the only part
of a report that is believed: anybody can write the rest.
https://cr.yp.to/proto/verp.txt describes the idea.
"""

from __future__ import annotations

# What separates a mailbox's name from what follows it (RFC 5233 calls that the detail).
SEPARATOR = "+"
# The longest local part, in octets (RFC 5321, 4.5.3.1.1).
MAX_LOCAL_PART = 64


def verp_address(envelope_from: str, token: str) -> str:
    """Return the return path of the delivery that the token names."""
    local, _, domain = envelope_from.rpartition("@")
    return f"{local}{SEPARATOR}{token}@{domain}"
