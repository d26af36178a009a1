"""The mark an address leaves when it must never be written to again.

It is an HMAC, so that it can be kept after the person's data is erased: it tells whether a
given address is meant, and nothing else to anyone without the secret.
"""

from __future__ import annotations

import hmac

from subscribers.address import identity

_DOMAIN = b"happy-trails.suppression\0"  # keeps these apart from everything else we sign


def mark(address: str, secret: str) -> str:
    """HMAC-SHA256 in hex of a normalised address, without regard to case."""
    return hmac.digest(secret.encode(), _DOMAIN + identity(address).encode(), "sha256").hex()


def marks(address: str, secrets: tuple[str, ...]) -> tuple[str, ...]:
    """The marks the address may be kept under, one for each secret, newest first."""
    return tuple(mark(address, secret) for secret in secrets)
