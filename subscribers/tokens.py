"""Sign and verify the links in messages: short, and without an address in them.

A token is a subscriber's id, signed for one purpose. Each purpose has its own salt, so
that tokens are not interchangeable. They never expire: people and the law act on an
unsubscribe link years later. A token that answers a question also holds the moment the
question was asked; the caller decides how long it counts. A token is the only authority its
bearer needs, so the pages behind it have no cookie and no CSRF check.

A token in a return path names a delivery rather than a reader, and is written in base32.

Secrets come as a tuple, newest first: the first signs, all verify.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode, b32encode
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from subscribers.errors import BadToken, SubscribersError

Purpose = Literal["unsubscribe", "preferences", "confirm", "move", "form", "return-path"]
Question = Literal["confirm", "move"]
_MAX_LENGTH = 200
_BLOCK = 64
_SIGNATURE = 43  # base64 characters of SHA-256's 32 bytes
# A return path's token: the subscriber's id, the issue's number and a shortened signature, in
# bytes. Together they fill whole groups of base32, so that a token has one spelling.
_READER, _ISSUE, _TAG = 5, 3, 12
RETURN_PATH_TOKEN = (_READER + _ISSUE + _TAG) * 8 // 5  # characters
_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def sign_token(purpose: Purpose, subscriber_id: int, secrets: tuple[str, ...]) -> str:
    """Return a token, in URL-safe ASCII, that lets its bearer do `purpose` for a subscriber.

    RFC 8058 §3.1 requires that the token of an unsubscribe link be hard to forge.
    """
    return sign_tokens((purpose,), (subscriber_id,), secrets)[0][0]


def sign_tokens(
    purposes: Iterable[Purpose], subscriber_ids: Iterable[int], secrets: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return, for each of `purposes`, the tokens of many subscribers in their order.

    The tokens equal those of `_serializer(…).dumps`, but the key is derived once. Through
    the library they would take a third of the time a message takes to build.
    """
    # The base64 of ASCII digits needs no character that a URL would escape.
    values = [b2a_base64(b"%d" % number, newline=False).rstrip(b"=") for number in subscriber_ids]
    texts = b" ".join(values).decode().split()
    places = range(0, len(values) * (_SIGNATURE + 1), _SIGNATURE + 1)
    tokens: list[tuple[str, ...]] = []
    for purpose in purposes:
        signatures = _sign_values(purpose, values, secrets)
        both = zip(texts, places, strict=True)
        tokens.append(tuple([f"{text}.{signatures[at : at + _SIGNATURE]}" for text, at in both]))
    return tuple(tokens)


def _sign_values(purpose: Purpose, values: Iterable[bytes], secrets: tuple[str, ...]) -> str:
    """Return the base64 signatures of all values, each followed by one filler character."""
    keyed_inner, keyed_outer = _hmac_states(purpose, secrets)
    begin, end = keyed_inner.copy, keyed_outer.copy
    digests: list[bytes] = []
    for value in values:
        inner, outer = begin(), end()
        inner.update(value)
        outer.update(inner.digest())
        digests.append(outer.digest())
    # A zero byte pads each digest to 33 bytes, whole base64 groups: one call encodes them all.
    return _encode(b"\0".join([*digests, b""])).decode()


def sign_question(
    purpose: Question, subscriber_id: int, stamp: int, secrets: tuple[str, ...]
) -> str:
    """Return a token that answers a question asked at `stamp`, in seconds since 1970."""
    return _serializer(purpose, secrets).dumps([subscriber_id, stamp])


def read_question(purpose: Question, text: str, secrets: tuple[str, ...]) -> tuple[int, int]:
    """Return the subscriber's id and the stamp that a token holds. Raise BadToken."""
    value = _load(purpose, text, secrets)
    if not isinstance(value, list) or [type(part) for part in value] != [int, int]:
        raise _bad_token()
    subscriber_id, stamp = value
    return subscriber_id, stamp


def sign_form(now: datetime, secrets: tuple[str, ...]) -> str:
    """Return a token for a form shown at `now`: proof that it is ours, and of its age."""
    return _serializer("form", secrets).dumps(int(now.timestamp() * 1000))


def form_age(text: str, now: datetime, secrets: tuple[str, ...]) -> timedelta:
    """Return how long ago the form was shown. Raise BadToken."""
    value = _load("form", text, secrets)
    if type(value) is not int:
        raise _bad_token()
    return timedelta(milliseconds=int(now.timestamp() * 1000) - value)


def read_token(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> int:
    """Return the subscriber's id that a token holds.

    Raise BadToken if it was changed, cut short, or made for another purpose or with another
    secret. The error does not say which, so that it does not help to forge one.
    """
    value = _load(purpose, text, secrets)
    if type(value) is not int or value < 1:
        raise _bad_token()
    return value


def sign_return_path(subscriber_id: int, issue: int, secrets: tuple[str, ...]) -> str:
    """Return the token of the delivery of an issue, given by its number, to a subscriber.

    Relays may change the case of a local part (RFC 5321, 2.4), so it is base32. The signature
    has 96 of its 256 bits, more than RFC 2104, 5 asks for.
    """
    delivery = subscriber_id.to_bytes(_READER, "big") + issue.to_bytes(_ISSUE, "big")
    return b32encode(delivery + _return_path_tag(delivery, secrets)).decode().lower()


def read_return_path(text: str, secrets: tuple[str, ...]) -> tuple[int, int]:
    """Return the subscriber's id and the issue's number that a token holds, in any case.

    Raise BadToken as `read_token` does.
    """
    if len(text) != RETURN_PATH_TOKEN or not text.isascii():
        raise _bad_token()
    try:
        value = b32decode(text.upper())
    except ValueError as error:
        raise _bad_token() from error
    delivery, tag = value[:-_TAG], value[-_TAG:]
    if not any(hmac.compare_digest(tag, _return_path_tag(delivery, (s,))) for s in secrets):
        raise _bad_token()
    return int.from_bytes(delivery[:_READER], "big"), int.from_bytes(delivery[_READER:], "big")


def _return_path_tag(delivery: bytes, secrets: tuple[str, ...]) -> bytes:
    keyed_inner, keyed_outer = _hmac_states("return-path", secrets)
    inner, outer = keyed_inner.copy(), keyed_outer.copy()
    inner.update(delivery)
    outer.update(inner.digest())
    return outer.digest()[:_TAG]


def _load(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> Any:
    try:
        if len(text) > _MAX_LENGTH or not _is_canonical(text):
            raise BadData("not canonical")
        return _serializer(purpose, secrets).loads(text)
    except (BadData, ValueError) as error:
        raise _bad_token() from error


def _encode(value: bytes) -> bytes:
    return b2a_base64(value, newline=False).translate(_URL_ALPHABET).rstrip(b"=")


def _is_canonical(text: str) -> bool:
    # The last base64 character has spare bits: decoders accept several spellings of a value.
    return all(base64_encode(base64_decode(part)).decode() == part for part in text.split("."))


def _bad_token() -> BadToken:
    return BadToken(
        "This link is not complete, or was not made by this newsletter.",
        cure="Open it once more from the message, or copy the whole of it.",
    )


@lru_cache(maxsize=32)
def _hmac_states(purpose: Purpose, secrets: tuple[str, ...]) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return the inner and outer hash of an HMAC (RFC 2104) after the key's block."""
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
