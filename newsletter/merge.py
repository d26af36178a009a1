"""Merge fields: the values in an edition that differ from reader to reader.

A merge tag is `-nl<nonce>.<name>-`. The nonce belongs to one issue. It is derived with a key
that nobody outside knows, and occurs in none of the issue's texts, whatever they are normalised
to. So no text of a post can become a tag. Without spaces, `<`, `>` and `&` the tag survives
MJML, HTML attributes and SendGrid's plain string replacement.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import Final

from newsletter.models import PreferencesPlace, UnsubscribeWay

#: The field that unsubscribes, by whose link it is. An edition holds one of them, so it tells by
#: itself how its readers leave, whatever the settings say later.
UNSUBSCRIBE: Final[Mapping[UnsubscribeWay, str]] = {
    "own": "unsubscribe_url",
    "sendgrid": "sendgrid_unsubscribe",
    "mailto": "unsubscribe_mailto",
}
#: The field that leads to the reader's choices, by where they are.
PREFERENCES: Final[Mapping[PreferencesPlace, str]] = {
    "site": "preferences_url",
    "sendgrid": "sendgrid_preferences",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_NAME = re.compile(r"[a-z_]+")
_NONCE_LENGTH = 10
_NO_HEX = bytes(sorted(set(range(128)) - set(b"0123456789abcdef")))


def tag(nonce: str, name: str) -> str:
    """Return the merge tag of the field `name`."""
    return f"-nl{nonce}.{name}-"


def nonce_for(key: str, seed: str, texts: Iterable[str] = ()) -> str:
    """Return ten hex digits, derived from `key` and `seed`, that occur in none of `texts`.

    They are compared without anything but hex digits, so that taking out invisible characters,
    joining lines or decoding entities later cannot make a tag of a text.

    Deterministic: the same arguments give the same nonce, so that a preview has the bytes of
    the delivery.
    """
    digits = b"\n".join(map(_hex_digits, texts))
    count = 0
    while True:
        message = f"merge tag:{seed}:{count}".encode()
        nonce = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:_NONCE_LENGTH]
        if nonce.encode() not in digits:
            return nonce
        count += 1


def _hex_digits(text: str) -> bytes:
    plain = unicodedata.normalize("NFKC", unescape(text)).lower()
    return plain.encode("ascii", "ignore").translate(None, _NO_HEX)


def count_tags(text: str, nonce: str) -> Counter[str]:
    """Return how often each field has a merge tag in `text`."""
    return Counter(split(text, nonce)[1::2])


def split(text: str, nonce: str) -> tuple[str, ...]:
    """Split `text` at its merge tags: even items are text, odd items are field names.

    A search for the fixed beginning of a tag takes a tenth of the time of a pattern.
    """
    beginning = f"-nl{nonce}."
    pieces: list[str] = []
    last = 0
    place = text.find(beginning)
    while place >= 0:
        end = text.find("-", place + len(beginning))
        name = text[place + len(beginning) : max(end, 0)]
        if _NAME.fullmatch(name):
            pieces += text[last:place], name
            last = end + 1
        place = text.find(beginning, last if last > place else place + 1)
    return (*pieces, text[last:])


def unsubscribe_way(names: Iterable[str]) -> UnsubscribeWay | None:
    """Return whose link unsubscribes by these merge fields, None if none of them does.

    The mailbox is the way of its own where no other field unsubscribes: beside our site's link it
    is the second way out.
    """
    known = frozenset(names)
    order: tuple[UnsubscribeWay, ...] = ("sendgrid", "own", "mailto")
    return next((way for way in order if UNSUBSCRIBE[way] in known), None)


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
    plain, prefix = _CONTROL.sub("", raw), f"-nl{nonce}"
    while prefix in plain:
        # What stood around a prefix may be one once it is gone.
        plain = plain.replace(prefix, "")
    return escape(plain) if html else plain
