"""Links only we can make: signed, short, without an address in them.

A token is a subscriber's id, signed for one purpose. Purposes are not interchangeable (a
salt each), and these never expire: people and the law act on an unsubscribe link years
later. Secrets come as a tuple, newest first: the first signs, all verify.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from subscribers.errors import BadToken, SubscribersError

Purpose = Literal["unsubscribe", "preferences"]
_MAX_LENGTH = 200


def token(purpose: Purpose, subscriber_id: int, secrets: tuple[str, ...]) -> str:
    """A token that lets its bearer do `purpose` for one subscriber, in URL-safe ASCII."""
    # What `_serializer(…).dumps` would give, without deriving the key anew for each of a
    # million readers: the library's own way takes a third of all the time a message takes.
    value = base64_encode(str(subscriber_id))
    signature = hmac.digest(_signing_key(purpose, secrets), value, "sha256")
    return f"{value.decode()}.{base64_encode(signature).decode()}"


def unsubscribe_token(subscriber_id: int, secrets: tuple[str, ...]) -> str:
    """The token for a message's unsubscribe link (RFC 8058 asks that it be hard to forge)."""
    return token("unsubscribe", subscriber_id, secrets)


def read_token(purpose: Purpose, text: str, secrets: tuple[str, ...]) -> int:
    """The subscriber's id the token was made for.

    Raises BadToken when it was changed, cut short, made for another purpose or not by us;
    the error says the same in each case, so that it helps nobody to guess.
    """
    try:
        if len(text) > _MAX_LENGTH or not _is_canonical(text):
            raise BadData("not as we write them")
        found = _serializer(purpose, secrets).loads(text)
    except (BadData, ValueError) as error:
        raise _bad() from error
    if type(found) is not int or found < 1:
        raise _bad()
    return found


def _is_canonical(text: str) -> bool:
    # Base64 has spare bits in the last character: without this, a changed one would pass.
    return all(base64_encode(base64_decode(part)).decode() == part for part in text.split("."))


def _bad() -> BadToken:
    return BadToken(
        "This link is not complete, or was not made by this newsletter.",
        cure="Open it once more from the message, or copy the whole of it.",
    )


@lru_cache(maxsize=32)
def _signing_key(purpose: Purpose, secrets: tuple[str, ...]) -> bytes:
    serializer = _serializer(purpose, secrets)
    return serializer.make_signer(serializer.salt).derive_key()


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
