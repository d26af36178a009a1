"""Sign and verify the links in messages: short, and without an address in them.

A token is a person's link id (see link_ids.py), signed for one purpose. Each purpose has its
own salt, so that tokens are not interchangeable. They never expire: people and the law act on
an unsubscribe link years later, and tokens of before, which hold a row number, are still read.
A token that answers a question also holds the moment the question was asked; the caller decides
how long it counts. A token is the only authority its bearer needs, so the pages behind it have no
cookie and no CSRF check.

A token by which the author decides about an issue names the issue and a hash of what it holds.
A token in a return path names a delivery rather than a person, and is written in base32.

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

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from subscribers.errors import BadToken, SubscribersError
from subscribers.link_ids import (
    ID_BYTES,
    ID_LENGTH,
    MAX_NUMBER,
    is_link_id,
    link_id_bytes,
    link_id_of_bytes,
)

Purpose = Literal[
    "unsubscribe",
    "preferences",
    "confirm",
    "move",
    "form",
    "probe",
    "return-path",
    "approve",
    "stop",
]
#: What the author decides by a link in a notice.
AuthorPurpose = Literal["approve", "stop"]
Question = Literal["confirm", "move"]
_MAX_LENGTH = 200
_BLOCK = 64
_SIGNATURE = 43  # base64 characters of SHA-256's 32 bytes
# A return path's token: the link id, the issue's number and a shortened signature, in bytes.
# Together they fill whole groups of base32, so that a token has one spelling.
_ISSUE, _TAG = 3, 10
RETURN_PATH_TOKEN = (ID_BYTES + _ISSUE + _TAG) * 8 // 5  # characters
# One of before has the row number in place of the id, and a longer signature.
_OLD_READER, _OLD_TAG = 5, 12
_OLD_RETURN_PATH_TOKEN = (_OLD_READER + _ISSUE + _OLD_TAG) * 8 // 5
_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def sign_token(purpose: Purpose, link_id: str, secrets: tuple[str, ...]) -> str:
    """Return a token, in URL-safe ASCII, that lets its bearer do `purpose` for a person.

    RFC 8058 §3.1 requires that the token of an unsubscribe link be hard to forge.
    """
    return sign_tokens((purpose,), (link_id,), secrets)[0][0]


def sign_tokens(
    purposes: Iterable[Purpose], link_ids: Iterable[str], secrets: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Return, for each of `purposes`, the tokens of many people in their order.

    The tokens equal those of `_signer(…).sign`, but the key is derived once. Through the
    library they would take a third of the time a message takes to build.
    """
    texts = tuple(link_ids)
    values = " ".join(texts).encode().split()
    places = range(0, len(values) * (_SIGNATURE + 1), _SIGNATURE + 1)
    tokens: list[tuple[str, ...]] = []
    for purpose in purposes:
        signatures = _sign_values(purpose, values, secrets)
        both = zip(texts, places, strict=True)
        tokens.append(tuple([f"{text}.{signatures[at : at + _SIGNATURE]}" for text, at in both]))
    return tuple(tokens)


def _sign_values(purpose: Purpose, values: Iterable[bytes], secrets: tuple[str, ...]) -> str:
    """Return the base64 signatures of all values, each followed by one filler character."""
    keyed_inner, keyed_outer = _hmac_states(_salt(purpose), secrets)
    begin, end = keyed_inner.copy, keyed_outer.copy
    digests: list[bytes] = []
    for value in values:
        inner, outer = begin(), end()
        inner.update(value)
        outer.update(inner.digest())
        digests.append(outer.digest())
    # A zero byte pads each digest to 33 bytes, whole base64 groups: one call encodes them all.
    return _encode(b"\0".join([*digests, b""])).decode()


def sign_question(purpose: Question, link_id: str, stamp: int, secrets: tuple[str, ...]) -> str:
    """Return a token that answers a question asked at `stamp`, in seconds since 1970."""
    return _serializer(purpose, secrets).dumps([link_id, stamp])


def read_question(purpose: Question, text: str, secrets: tuple[str, ...]) -> tuple[str, int]:
    """Return the link and the stamp that a token holds. Raise BadToken."""
    value = _load(purpose, text, secrets)
    if not isinstance(value, list) or [type(part) for part in value] not in ([str, int], [int] * 2):
        raise _bad_token()
    link, stamp = value
    if not is_link_id(link) if isinstance(link, str) else not 0 < link < MAX_NUMBER:
        raise _bad_token()
    return str(link), stamp


def sign_form(now: datetime, secrets: tuple[str, ...]) -> str:
    """Return a token for a form shown at `now`: proof that it is ours, and of its age."""
    return _serializer("form", secrets).dumps(int(now.timestamp() * 1000))


def form_age(text: str, now: datetime, secrets: tuple[str, ...]) -> timedelta:
    """Return how long ago the form was shown. Raise BadToken."""
    value = _load("form", text, secrets)
    if type(value) is not int:
        raise _bad_token()
    return timedelta(milliseconds=int(now.timestamp() * 1000) - value)


def sign_decision(
    purpose: AuthorPurpose, issue: int, content: str, secrets: tuple[str, ...]
) -> str:
    """Return a token that lets its bearer decide about one issue, as long as it reads as it does.

    `issue` is its number, `content` the hash of what it holds.
    """
    return _serializer(purpose, secrets).dumps([issue, content])


def read_decision(purpose: AuthorPurpose, text: str, secrets: tuple[str, ...]) -> tuple[int, str]:
    """Return the issue's number and the hash that a token holds. Raise BadToken."""
    value = _load(purpose, text, secrets)
    if not isinstance(value, list) or [type(part) for part in value] != [int, str]:
        raise _bad_token()
    issue, content = value
    return issue, content


def read_token(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> str:
    """Return the link that a token holds: the person's id or, of before, their row number.

    Raise BadToken if it was changed, cut short, or made for another purpose or with another
    secret. The error does not say which, so that it does not help to forge one.
    """
    if len(text) == ID_LENGTH + 1 + _SIGNATURE and is_link_id(text[:ID_LENGTH]):
        try:
            if _is_canonical(text):
                return _signer(_salt(purpose), secrets).unsign(text).decode()
        except (BadData, ValueError):
            pass  # a token of before may be as long
    value = _load(purpose, text, secrets)
    if type(value) is not int or not 0 < value < MAX_NUMBER:
        raise _bad_token()
    return str(value)


def sign_return_path(link_id: str, issue: int, secrets: tuple[str, ...]) -> str:
    """Return the token of the delivery of an issue, given by its number, to a person.

    Relays may change the case of a local part (RFC 5321, 2.4), so it is base32. A local part
    has room for 80 bits of the signature, the least that RFC 2104, 5 allows.
    """
    delivery = link_id_bytes(link_id) + issue.to_bytes(_ISSUE, "big")
    tag = _return_path_digest(delivery, secrets)[:_TAG]
    return b32encode(delivery + tag).decode().lower()


def read_return_path(text: str, secrets: tuple[str, ...]) -> tuple[str, int]:
    """Return the link and the issue's number that a token holds, in any case.

    Raise BadToken as `read_token` does.
    """
    if len(text) not in (RETURN_PATH_TOKEN, _OLD_RETURN_PATH_TOKEN) or not text.isascii():
        raise _bad_token()
    is_old = len(text) == _OLD_RETURN_PATH_TOKEN
    try:
        value = b32decode(text.upper())
    except ValueError as error:
        raise _bad_token() from error
    length = _OLD_TAG if is_old else _TAG
    delivery, tag = value[:-length], value[-length:]
    if not any(
        hmac.compare_digest(tag, _return_path_digest(delivery, (secret,))[:length])
        for secret in secrets
    ):
        raise _bad_token()
    reader, issue = delivery[:-_ISSUE], int.from_bytes(delivery[-_ISSUE:], "big")
    return str(int.from_bytes(reader, "big")) if is_old else link_id_of_bytes(reader), issue


def _return_path_digest(delivery: bytes, secrets: tuple[str, ...]) -> bytes:
    keyed_inner, keyed_outer = _hmac_states(_old_salt("return-path"), secrets)
    inner, outer = keyed_inner.copy(), keyed_outer.copy()
    inner.update(delivery)
    outer.update(inner.digest())
    return outer.digest()


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


def _salt(purpose: Purpose) -> str:
    # Not that of the tokens of before: no row number may be read as an id.
    return f"happy-trails.link.{purpose}"


def _old_salt(purpose: Purpose) -> str:
    return f"happy-trails.{purpose}"


@lru_cache(maxsize=32)
def _hmac_states(salt: str, secrets: tuple[str, ...]) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return the inner and outer hash of an HMAC (RFC 2104) after the key's block."""
    key = _signer(salt, secrets).derive_key().ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)


@lru_cache(maxsize=32)
def _signer(salt: str, secrets: tuple[str, ...]) -> Signer:
    return Signer(_keys(secrets), salt=salt, digest_method=hashlib.sha256, key_derivation="hmac")


@lru_cache(maxsize=32)
def _serializer(purpose: Purpose, secrets: tuple[str, ...]) -> URLSafeSerializer:
    return URLSafeSerializer(
        _keys(secrets),
        salt=_old_salt(purpose),
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _keys(secrets: tuple[str, ...]) -> list[str]:
    if not secrets or not all(secrets):
        raise SubscribersError(
            "There is no secret to sign links with.",
            cure="Set NEWSLETTER_SECRET in the environment or in .env.",
        )
    return list(reversed(secrets))  # the library signs with the last of its list
