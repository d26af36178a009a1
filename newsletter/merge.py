"""Merge fields: the values in an edition that differ from reader to reader.

A merge tag is `-nl<nonce>.<name>-`. The nonce belongs to one issue and occurs in none of
its texts, so no text of a post can be mistaken for a tag. Without spaces, `<`, `>` and `&`
the tag survives MJML, HTML attributes and SendGrid's plain string replacement.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape

FIELDS = ("unsubscribe_url", "preferences_url", "address", "salutation")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def tag(nonce: str, name: str) -> str:
    """Return the merge tag of the field `name`."""
    return f"-nl{nonce}.{name}-"


def nonce_for(seed: str, texts: tuple[str, ...] = ()) -> str:
    """Return six hex digits derived from `seed` that start a tag in none of `texts`.

    Deterministic: the same seed and texts give the same nonce, so that a preview has the
    bytes of the delivery.
    """
    count = 0
    while True:
        nonce = hashlib.sha256(f"{seed}:{count}".encode()).hexdigest()[:6]
        if not any(f"-nl{nonce}." in text for text in texts):
            return nonce
        count += 1


def split(text: str, nonce: str) -> tuple[str, ...]:
    """Split `text` at its merge tags: even items are text, odd items are field names."""
    return tuple(re.split(rf"-nl{re.escape(nonce)}\.([a-z_]+)-", text))


def fill(text: str, nonce: str, fields: Mapping[str, str], *, html: bool) -> str:
    """Replace every merge tag in `text`; escape the values if `html` is true.

    Raise KeyError for a tag without a value.
    """
    pieces = list(split(text, nonce))
    for index in range(1, len(pieces), 2):
        pieces[index] = value(fields[pieces[index]], nonce, html=html)
    return "".join(pieces)


def value(raw: str, nonce: str, *, html: bool) -> str:
    """Return a field's value without control characters and merge tags, escaped for HTML."""
    plain = _CONTROL.sub("", raw).replace(f"-nl{nonce}", "")
    return escape(plain) if html else plain
