"""What SendGrid would refuse, found before a request is made. Pure.

Source: the mail/send schema (github.com/sendgrid/sendgrid-oai), its limits page
https://docs.sendgrid.com/api-reference/mail-send/limitations and its errors page. A refused
request says little of why, and many of them block the account for a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_PERSONALIZATIONS = 1000
LONGEST_FIELDS = 10_000
MOST_CATEGORIES = 10
LONGEST_CATEGORY = 255
FURTHEST_AHEAD = 72 * 3600
RESERVED = frozenset(
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
    """A sentence for each rule the payload breaks; `now` in seconds since 1970."""
    people = payload.get("personalizations") or []
    found = [*_counts(people), *_texts(payload), *_headers(payload.get("headers") or {})]
    for at, person in enumerate(people):
        found += (f"personalizations.{at}: {said}" for said in _person(person, now))
    found += _categories(payload.get("categories") or [])
    found += _strings("custom_args", payload.get("custom_args") or {})
    found += _time(payload.get("send_at"), now)
    return tuple(found)


def strings_size(values: Mapping[str, str]) -> int:
    """The bytes of keys and values together, as SendGrid counts them against its limit."""
    return len("".join([*values, *values.values()]).encode())


def _counts(people: list[Mapping[str, Any]]) -> Iterator[str]:
    if not people:
        yield "there is no recipient"
    if len(people) > MOST_PERSONALIZATIONS:
        yield f"more than {MOST_PERSONALIZATIONS} recipients in one request"
    addresses = [to.get("email", "").casefold() for one in people for to in one.get("to", [])]
    if len(addresses) > MOST_PERSONALIZATIONS >= len(people):
        yield f"more than {MOST_PERSONALIZATIONS} recipients in one request"
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


def _person(person: Mapping[str, Any], now: float) -> Iterator[str]:
    if not person.get("to"):
        yield "there is no address"
    for to in person.get("to", []):
        if any(mark in to.get("name", "") for mark in ";,"):
            yield "a recipient's name may not hold ; or ,"
    yield from _strings("substitutions", person.get("substitutions") or {})
    yield from _strings("custom_args", person.get("custom_args") or {})
    yield from _headers(person.get("headers") or {})
    yield from _time(person.get("send_at"), now)


def _strings(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(value, str) for value in values.values()):
        yield f"{name} may hold text only"
        return
    if strings_size(values) > LONGEST_FIELDS:
        yield f"{name} are longer than {LONGEST_FIELDS:,} bytes"


def _headers(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if name.lower() in RESERVED:
            yield f"the header {name} is SendGrid's own"
        if not isinstance(value, str):
            yield f"the header {name} may hold text only"
        elif not (name + value).isascii() or not (name + value).isprintable():
            yield f"the header {name} is not plain ASCII in one line"


def _categories(values: list[str]) -> Iterator[str]:
    if len(values) > MOST_CATEGORIES or len(set(values)) < len(values):
        yield f"there are more than {MOST_CATEGORIES} categories, or one stands twice"
    if any(len(value) > LONGEST_CATEGORY for value in values):
        yield f"a category is longer than {LONGEST_CATEGORY} characters"


def _time(send_at: object, now: float) -> Iterator[str]:
    if send_at is None:
        return
    if not isinstance(send_at, int):
        yield "send_at is not a whole number of seconds"
    elif send_at > now + FURTHEST_AHEAD:
        yield "send_at is more than 72 hours ahead"
