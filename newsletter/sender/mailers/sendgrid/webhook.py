"""SendGrid's event webhook: verify the signature, and read the events. Nothing here acts on them.

Events come several times and in any order (at-least-once delivery), so each has a key to
deduplicate by. One event that holds nonsense must not cost those beside it, since SendGrid
repeats a POST that fails as a whole: every field of an event becomes text that any database
stores. Sources:
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from newsletter.errors import SettingsError

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
MAX_BODY = 5 * 1024 * 1024
# The longest values that are stored, in characters.
_MAX_MARK = 100
_MAX_KIND = 32
_MAX_ATTEMPT_ID = 64
_MAX_DETAIL = 300
# A longer link leads to no post of ours.
_MAX_URL = 2_000
# The ledger keeps subscribers' ids in 32 bits; a greater number is no id of ours.
_MAX_ID, _MAX_ID_DIGITS = 2**31 - 1, 10
# The longest number that is read as one. Python refuses those of more than 4,300 digits.
_MAX_DIGITS = 30
# What JSON strings may hold and no UTF-8 text or PostgreSQL column: surrogates without their
# other half (RFC 8259, 8.2), and NUL.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
#: The time of an event that tells none.
NO_TIME = dt.datetime.fromtimestamp(0, dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of one message: delivered, bounced, reported as spam and so on."""

    #: The deduplication key: the same for each copy of the event.
    mark: str
    #: SendGrid's name of the event; `blocked` for a bounce of type "blocked" (a soft bounce).
    kind: str
    #: When it happened, by SendGrid's clock in whole seconds; NO_TIME if it does not say.
    at: dt.datetime
    #: The custom_args of the message; "" and 0 if the message is not ours.
    attempt_id: str = ""
    issue_key: str = ""
    origin: str = ""
    subscriber_id: int = 0
    #: The unsubscribe group that the reader left or came back to, 0 for none.
    group: int = 0
    #: The server's words, without the address.
    detail: str = ""
    #: The program that opened the message or followed a link, in its own words.
    user_agent: str = ""
    #: The link that was followed, "" for other events. It may be a reader's own: not to be stored.
    url: str = ""
    #: Whether SendGrid says that a program opened it by itself (`sg_machine_open`).
    is_machine: bool = False


def is_signature_valid(body: bytes, signature: str, timestamp: str, key: str) -> bool:
    """Whether SendGrid signed these bytes (ECDSA, P-256, SHA-256).

    `key` is the verification key as SendGrid's pages show it. Raise SettingsError if it is not
    a key.
    """
    public_key = _public_key(key)
    try:
        public_key.verify(
            base64.b64decode(signature, validate=True),
            timestamp.encode() + body,
            ec.ECDSA(SHA256()),
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def parse_events(body: bytes) -> tuple[Event, ...]:
    """Return the events in a request's body. Raise ValueError if it is not a JSON array.

    Octets that are no UTF-8 are replaced. What is no object is passed over.
    """
    try:
        content = json.loads(body.decode("utf-8-sig", "replace"), parse_int=_parse_int)
    except RecursionError as error:
        raise ValueError("the events are nested too deeply") from error
    if not isinstance(content, list):
        raise ValueError("the events are not a list")  # noqa: TRY004  # the caller's one error for a bad body
    return tuple(_parse_event(fields) for fields in content if isinstance(fields, dict))


def _parse_event(fields: Mapping[str, Any]) -> Event:
    kind = _text(fields, "event")[:_MAX_KIND] or "unnamed"
    if kind == "bounce" and _text(fields, "type") == "blocked":
        kind = "blocked"
    address = _text(fields, "email")
    detail = _text(fields, "reason") or _text(fields, "response")
    return Event(
        mark=_deduplication_key(fields),
        kind=kind,
        at=_timestamp(fields.get("timestamp")),
        attempt_id=_text(fields, "attempt_id")[:_MAX_ATTEMPT_ID],
        issue_key=_text(fields, "issue_key")[:_MAX_KIND],
        origin=_text(fields, "origin"),
        subscriber_id=_id_number(_text(fields, "subscriber_id")),
        group=_id_number(_text(fields, "asm_group_id")),
        detail=(detail.replace(address, "…") if address else detail)[:_MAX_DETAIL],
        user_agent=_text(fields, "useragent")[:_MAX_DETAIL],
        url=_text(fields, "url")[:_MAX_URL],
        is_machine=fields.get("sg_machine_open") is True,
    )


def _id_number(text: str) -> int:
    number = int(text) if text.isdecimal() and len(text) <= _MAX_ID_DIGITS else 0
    return number if number <= _MAX_ID else 0


def _deduplication_key(fields: Mapping[str, Any]) -> str:
    event_id = _text(fields, "sg_event_id")
    if 0 < len(event_id) <= _MAX_MARK:
        return event_id
    parts = [_text(fields, name) for name in ("email", "event", "timestamp", "sg_message_id")]
    if event_id:
        parts.append(event_id)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field as text that can be stored, "" for one that is no text and no number."""
    value = fields.get(name)
    if isinstance(value, str):
        return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", value)
    return str(value) if isinstance(value, int | float) else ""


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _timestamp(value: object) -> dt.datetime:
    if not isinstance(value, str | int | float):
        return NO_TIME
    try:
        return dt.datetime.fromtimestamp(float(value), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return NO_TIME


def _public_key(key: str) -> ec.EllipticCurvePublicKey:
    try:
        public_key = load_der_public_key(base64.b64decode("".join(key.split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        public_key = None
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise SettingsError(
            "SENDGRID_WEBHOOK_KEY is not a verification key.",
            cure="Copy it whole from SendGrid: Settings, Mail Settings, Event Webhook.",
        )
    return public_key
