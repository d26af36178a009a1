"""Find what SendGrid would refuse, before a request is made.

A refused request says little about the reason, and many of them block the account for a while.
Sources: the mail/send schema (https://github.com/sendgrid/sendgrid-oai) and
https://docs.sendgrid.com/api-reference/mail-send/limitations
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_PERSONALIZATIONS = 1000
# Bytes of all substitutions of one recipient, and of all custom_args.
MAX_FIELDS_SIZE = 10_000
_MAX_CATEGORIES = 10
_MAX_CATEGORY = 255
# Seconds that `send_at` may be ahead.
_MAX_AHEAD = 72 * 3600
_RESERVED_HEADERS = frozenset(
    {
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    }
)


def find_violations(payload: Mapping[str, Any], *, now: float) -> tuple[str, ...]:
    """Return a sentence for each rule the payload breaks; `now` is in seconds since 1970."""
    personalizations = payload.get("personalizations") or []
    sentences = [
        *_counts(personalizations),
        *_texts(payload),
        *_headers(payload.get("headers") or {}),
    ]
    for at, personalization in enumerate(personalizations):
        sentences += (
            f"personalizations.{at}: {sentence}"
            for sentence in _personalization(personalization, now)
        )
    sentences += _categories(payload.get("categories") or [])
    sentences += _strings("custom_args", payload.get("custom_args") or {})
    sentences += _time(payload.get("send_at"), now)
    return tuple(sentences)


def strings_size(values: Mapping[str, str]) -> int:
    """Return the bytes of keys and values together, as SendGrid counts them."""
    return len("".join([*values, *values.values()]).encode())


def _counts(personalizations: list[Mapping[str, Any]]) -> Iterator[str]:
    if not personalizations:
        yield "there is no recipient"
    if len(personalizations) > MAX_PERSONALIZATIONS:
        yield f"more than {MAX_PERSONALIZATIONS} recipients in one request"
    addresses = [
        to.get("email", "").casefold()
        for personalization in personalizations
        for to in personalization.get("to", [])
    ]
    if len(addresses) > MAX_PERSONALIZATIONS >= len(personalizations):
        yield f"more than {MAX_PERSONALIZATIONS} recipients in one request"
    if len(set(addresses)) < len(addresses):
        yield "the same address stands twice in one request"


def _texts(payload: Mapping[str, Any]) -> Iterator[str]:
    if not payload.get("subject"):
        yield "the subject is empty"
    if not str((payload.get("from") or {}).get("email", "")).isascii():
        yield "the sender's address is not plain ASCII"
    content = payload.get("content") or []
    if [part.get("type") for part in content] not in (
        ["text/plain", "text/html"],
        ["text/plain"],
        ["text/html"],
    ):
        yield "the contents are not a plain-text part followed by an HTML part"
    for part in content:
        if not part.get("value"):
            yield f"the {part.get('type')} part is empty"


def _personalization(personalization: Mapping[str, Any], now: float) -> Iterator[str]:
    if not personalization.get("to"):
        yield "there is no address"
    for to in personalization.get("to", []):
        if any(separator in to.get("name", "") for separator in ";,"):
            yield "a recipient's name may not hold ; or ,"
    yield from _strings("substitutions", personalization.get("substitutions") or {})
    yield from _strings("custom_args", personalization.get("custom_args") or {})
    yield from _headers(personalization.get("headers") or {})
    yield from _time(personalization.get("send_at"), now)


def _strings(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(value, str) for value in values.values()):
        yield f"{name} may hold text only"
        return
    if strings_size(values) > MAX_FIELDS_SIZE:
        yield f"{name} are longer than {MAX_FIELDS_SIZE:,} bytes"


def _headers(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name.lower() in _RESERVED_HEADERS:
            yield f"the header {name} is SendGrid's own"
        if not isinstance(value, str):
            yield f"the header {name} may hold text only"
        elif not (name + value).isascii() or not (name + value).isprintable():
            yield f"the header {name} is not plain ASCII in one line"


def _categories(values: list[str]) -> Iterator[str]:
    if len(values) > _MAX_CATEGORIES or len(set(values)) < len(values):
        yield f"there are more than {_MAX_CATEGORIES} categories, or one stands twice"
    if any(len(value) > _MAX_CATEGORY for value in values):
        yield f"a category is longer than {_MAX_CATEGORY} characters"


def _time(send_at: object, now: float) -> Iterator[str]:
    if send_at is None:
        return
    if not isinstance(send_at, int):
        yield "send_at is not a whole number of seconds"
    elif send_at > now + _MAX_AHEAD:
        yield "send_at is more than 72 hours ahead"
