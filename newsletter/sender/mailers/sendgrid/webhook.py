"""SendGrid's event webhook: verify the signature, and read the events. Nothing here acts on them.

Events come several times and in any order (at-least-once delivery), so each has a key to
deduplicate by. Sources:
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import json
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
# Digits of a subscriber's id; anything longer is no id of ours.
_MAX_ID_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of one message: delivered, bounced, reported as spam and so on."""

    #: The deduplication key: the same for each copy of the event.
    mark: str
    #: SendGrid's name of the event; `blocked` for a bounce of type "blocked" (a soft bounce).
    kind: str
    at: dt.datetime
    #: The custom_args of the message; "" and 0 if the message is not ours.
    attempt_id: str = ""
    issue_key: str = ""
    origin: str = ""
    subscriber_id: int = 0
    #: The server's words, without the address.
    detail: str = ""


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
    """Return the events in a request's body. Raise ValueError if it is not a JSON array."""
    content = json.loads(body)
    if not isinstance(content, list):
        raise ValueError("the events are not a list")  # noqa: TRY004  # the caller's one error for a bad body
    return tuple(_parse_event(fields) for fields in content if isinstance(fields, dict))


def _parse_event(fields: Mapping[str, Any]) -> Event:
    kind = _text(fields, "event")[:_MAX_KIND] or "unnamed"
    if kind == "bounce" and _text(fields, "type") == "blocked":
        kind = "blocked"
    address = _text(fields, "email")
    detail = _text(fields, "reason") or _text(fields, "response")
    subscriber = _text(fields, "subscriber_id")
    is_id = subscriber.isdecimal() and len(subscriber) <= _MAX_ID_DIGITS
    return Event(
        mark=_deduplication_key(fields),
        kind=kind,
        at=_timestamp(fields.get("timestamp")),
        attempt_id=_text(fields, "attempt_id")[:_MAX_ATTEMPT_ID],
        issue_key=_text(fields, "issue_key")[:_MAX_KIND],
        origin=_text(fields, "origin"),
        subscriber_id=int(subscriber) if is_id else 0,
        detail=(detail.replace(address, "…") if address else detail)[:_MAX_DETAIL],
    )


def _deduplication_key(fields: Mapping[str, Any]) -> str:
    event_id = _text(fields, "sg_event_id")
    if 0 < len(event_id) <= _MAX_MARK:
        return event_id
    parts = (_text(fields, name) for name in ("email", "event", "timestamp", "sg_message_id"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value)


def _timestamp(value: object) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(float(str(value)), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return dt.datetime.fromtimestamp(0, dt.UTC)


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
