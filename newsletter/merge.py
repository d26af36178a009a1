"""Merge fields: the places in an edition that differ from reader to reader.

A tag is `-nl<nonce>.<name>-`. The nonce is the issue's own, so that no text of a post
can be taken for a tag, and the form survives MJML, HTML attributes and SendGrid's
plain string replacement (no spaces, no `<`, `>` or `&`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape

FIELDS = ("unsubscribe_url", "preferences_url", "address", "salutation")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def tag(nonce: str, name: str) -> str:
    """The tag that stands for the field `name` in an edition with this nonce."""
    return f"-nl{nonce}.{name}-"


def nonce_for(seed: str, texts: tuple[str, ...] = ()) -> str:
    """Six hex digits drawn from `seed` that occur in none of `texts` as a tag's start.

    The same seed and texts give the same nonce, so preview and delivery agree.
    """
    count = 0
    while True:
        nonce = hashlib.sha256(f"{seed}:{count}".encode()).hexdigest()[:6]
        if not any(f"-nl{nonce}." in text for text in texts):
            return nonce
        count += 1


def split(text: str, nonce: str) -> tuple[str, ...]:
    """`text` cut at its tags: even places are text, odd places are field names."""
    return tuple(re.split(rf"-nl{re.escape(nonce)}\.([a-z_]+)-", text))


def fill(text: str, nonce: str, fields: Mapping[str, str], *, html: bool) -> str:
    """`text` with every tag replaced; values are escaped when `html` is true.

    Raises KeyError for a tag that has no value.
    """
    pieces = list(split(text, nonce))
    for place in range(1, len(pieces), 2):
        pieces[place] = value(fields[pieces[place]], nonce, html=html)
    return "".join(pieces)


def value(raw: str, nonce: str, *, html: bool) -> str:
    """A field's value made harmless: no control characters, no tag of ours, escaped."""
    plain = _CONTROL.sub("", raw).replace(f"-nl{nonce}", "")
    return escape(plain) if html else plain
