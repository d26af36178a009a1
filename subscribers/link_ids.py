"""Link ids: what a reader's links hold, so that a link names a person and never a row.

A person gets an id of 96 random bits when they are put on the list. It is theirs for good: it
goes with them through export and import, and no one else ever gets it. Links of before held
the number of the person's row instead. Such a number stays theirs as well, as a value of its own.

A *link* is either of them as text, 16 characters of an id or the digits of a number.
"""

from __future__ import annotations

import hmac
import re
import secrets as randomness
from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

#: The length of an id in bytes and, as URL-safe base64, in characters.
ID_BYTES, ID_LENGTH = 12, 16
# Separates these HMACs from all others under the secret.
_MARK, _SEAL = b"happy-trails.link\0", b"happy-trails.seal\0"
_ID = re.compile(r"[A-Za-z0-9_-]{16}")
# No list has a row with a longer number, so no number is as long as an id.
_LINK = re.compile(r"[A-Za-z0-9_-]{16}|[1-9][0-9]{0,14}")
#: No number of a row is as high.
MAX_NUMBER = 10**15
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_SEAL_BYTES = 12


def make_link_id() -> str:
    """Return a new id."""
    return make_link_ids(1)[0]


def make_link_ids(count: int) -> list[str]:
    """Return that many new ids."""
    # An id fills whole groups of base64, so one call encodes them all.
    text = _encode(randomness.token_bytes(ID_BYTES * count))
    return [text[at : at + ID_LENGTH] for at in range(0, len(text), ID_LENGTH)]


def is_link_id(text: str) -> bool:
    """Return whether a text has the form of an id."""
    return _ID.fullmatch(text) is not None


def is_link(text: str) -> bool:
    """Return whether a text has the form of an id or of a number."""
    return _LINK.fullmatch(text) is not None


def link_id_bytes(link_id: str) -> bytes:
    """Return the 96 bits of an id."""
    return a2b_base64(link_id.encode().translate(_FROM_URL))


def link_id_of_bytes(value: bytes) -> str:
    """Return the id of these 96 bits."""
    return _encode(value)


def number_of(link: str) -> int | None:
    """Return the row number of before that a link holds; None for an id."""
    return int(link) if len(link) < ID_LENGTH else None


def link_digest(link: str, secret: str) -> str:
    """Return the hex HMAC-SHA256 of a link, which can be kept when the person is erased."""
    return hmac.digest(secret.encode(), _MARK + link.encode(), "sha256").hex()


def seal_links(address_key: str, links: Sequence[str], secret: str) -> str:
    """Return the proof that an export gave these links to this address.

    A file may come from another newsletter, whose numbers were other people's here, and a
    spreadsheet can sort one column without the others.
    """
    content = "\n".join((address_key, *links)).encode()
    return _encode(hmac.digest(secret.encode(), _SEAL + content, "sha256")[:_SEAL_BYTES])


def _encode(value: bytes) -> str:
    return b2a_base64(value, newline=False).translate(_TO_URL).decode()
