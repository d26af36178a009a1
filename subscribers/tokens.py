"""Links only we can make: signed, short, without an address in them.

A token is a subscriber's id, signed for one purpose. Purposes are not interchangeable (a
salt each), and these never expire: people and the law act on an unsubscribe link years
later. Tokens that answer a question also hold the moment it was asked, which binds them
to it; who reads them decides how long they count. Secrets come as a tuple, newest first:
the first signs, all verify.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from subscribers.errors import BadToken, SubscribersError

Purpose = Literal["unsubscribe", "preferences", "confirm", "move", "form"]
Question = Literal["confirm", "move"]
_MAX_LENGTH = 200
_BLOCK = 64
_SIGNATURE = 43  # characters of SHA-256's 32 bytes
_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def token(purpose: Purpose, subscriber_id: int, secrets: tuple[str, ...]) -> str:
    """A token that lets its bearer do `purpose` for one subscriber, in URL-safe ASCII."""
    return tokens(purpose, (subscriber_id,), secrets)[0]


def tokens(
    purpose: Purpose, subscriber_ids: Iterable[int], secrets: tuple[str, ...]
) -> tuple[str, ...]:
    """The tokens of many subscribers, in their order."""
    return tokens_of((purpose,), subscriber_ids, secrets)[0]


def tokens_of(
    purposes: Iterable[Purpose], subscriber_ids: Iterable[int], secrets: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """The tokens of many subscribers for each of these purposes.

    What `_serializer(…).dumps` would give each, without deriving the key anew for each of a
    million readers: the library's own way takes a third of all the time a message takes.
    """
    # In the base64 of digits there is nothing that a URL would need written otherwise.
    values = [b2a_base64(b"%d" % one, newline=False).rstrip(b"=") for one in subscriber_ids]
    texts = b" ".join(values).decode().split()
    places = range(0, len(values) * (_SIGNATURE + 1), _SIGNATURE + 1)
    found: list[tuple[str, ...]] = []
    for purpose in purposes:
        signed = _signatures(purpose, values, secrets)
        both = zip(texts, places, strict=True)
        found.append(tuple([f"{text}.{signed[at : at + _SIGNATURE]}" for text, at in both]))
    return tuple(found)


def _signatures(purpose: Purpose, values: Iterable[bytes], secrets: tuple[str, ...]) -> str:
    """The signature of each value, and a character behind each, all in one."""
    keyed_inner, keyed_outer = _keyed(purpose, secrets)
    begin, end = keyed_inner.copy, keyed_outer.copy
    found: list[bytes] = []
    for value in values:
        inner, outer = begin(), end()
        inner.update(value)
        outer.update(inner.digest())
        found.append(outer.digest())
    # One zero byte behind each makes it end with a whole character: all are written at once.
    return _urlsafe(b"\0".join([*found, b""])).decode()


def unsubscribe_token(subscriber_id: int, secrets: tuple[str, ...]) -> str:
    """The token for a message's unsubscribe link (RFC 8058 asks that it be hard to forge)."""
    return token("unsubscribe", subscriber_id, secrets)


def question_token(
    purpose: Question, subscriber_id: int, stamp: int, secrets: tuple[str, ...]
) -> str:
    """A token that answers what was asked at `stamp`, in seconds since 1970."""
    return _serializer(purpose, secrets).dumps([subscriber_id, stamp])


def read_question(purpose: Question, text: str, secrets: tuple[str, ...]) -> tuple[int, int]:
    """The subscriber's id and the stamp the token was made with. Raises BadToken."""
    found = _loaded(purpose, text, secrets)
    if not isinstance(found, list) or [type(one) for one in found] != [int, int]:
        raise _bad()
    subscriber_id, stamp = found
    return subscriber_id, stamp


def form_token(now: datetime, secrets: tuple[str, ...]) -> str:
    """What a form that was shown at `now` carries: only we can make it, and it tells when."""
    return _serializer("form", secrets).dumps(int(now.timestamp() * 1000))


def form_age(text: str, now: datetime, secrets: tuple[str, ...]) -> timedelta:
    """How long ago the form was shown. Raises BadToken."""
    found = _loaded("form", text, secrets)
    if type(found) is not int:
        raise _bad()
    return timedelta(milliseconds=int(now.timestamp() * 1000) - found)


def read_token(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> int:
    """The subscriber's id the token was made for.

    Raises BadToken when it was changed, cut short, made for another purpose or not by us;
    the error says the same in each case, so that it helps nobody to guess.
    """
    found = _loaded(purpose, text, secrets)
    if type(found) is not int or found < 1:
        raise _bad()
    return found


def _loaded(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> Any:
    try:
        if len(text) > _MAX_LENGTH or not _is_canonical(text):
            raise BadData("not as we write them")
        return _serializer(purpose, secrets).loads(text)
    except (BadData, ValueError) as error:
        raise _bad() from error


def _urlsafe(found: bytes) -> bytes:
    return b2a_base64(found, newline=False).translate(_URL_ALPHABET).rstrip(b"=")


def _is_canonical(text: str) -> bool:
    # Base64 has spare bits in the last character: without this, a changed one would pass.
    return all(base64_encode(base64_decode(part)).decode() == part for part in text.split("."))


def _bad() -> BadToken:
    return BadToken(
        "This link is not complete, or was not made by this newsletter.",
        cure="Open it once more from the message, or copy the whole of it.",
    )


@lru_cache(maxsize=32)
def _keyed(purpose: Purpose, secrets: tuple[str, ...]) -> tuple[hashlib._Hash, hashlib._Hash]:
    """The two hashes of an HMAC (RFC 2104), begun with the key: half its work is done then."""
    serializer = _serializer(purpose, secrets)
    key = serializer.make_signer(serializer.salt).derive_key().ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


@lru_cache(maxsize=32)
def _serializer(purpose: Purpose, secrets: tuple[str, ...]) -> URLSafeSerializer:
    if not secrets or not all(secrets):
        raise SubscribersError(
            "There is no secret to sign links with.",
            cure="Set NEWSLETTER_SECRET in the environment or in .env.",
        )
    return URLSafeSerializer(
        list(reversed(secrets)),  # the library signs with the last of its list
        salt=f"happy-trails.{purpose}",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
