"""SendGrid's event webhook: is it SendGrid's, and what does it say. Nothing here acts.

Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events (event, and
getting-started-event-webhook-security-features). Events come several times, in any order.
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
LARGEST_BODY = 5 * 1024 * 1024
_LONGEST_MARK = 100
_LONGEST_KIND = 32
_LONGEST_DETAIL = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that became of one message.

    `mark` is the same for each copy. `kind` is SendGrid's word, but for a bounce of a
    passing kind: `blocked`. `subscriber_id` is 0 and `attempt_id` "" for messages that are
    not ours; `issue_key` and `origin` are as the message carried them. `detail` does not name
    the address.
    """

    mark: str
    kind: str
    at: dt.datetime
    attempt_id: str = ""
    issue_key: str = ""
    origin: str = ""
    subscriber_id: int = 0
    detail: str = ""


def is_signature_valid(body: bytes, signature: str, timestamp: str, key: str) -> bool:
    """Whether SendGrid signed these very bytes (ECDSA, P-256, SHA-256).

    `key` is the verification key as SendGrid's pages show it. Raises SettingsError for a
    key that is none.
    """
    public = _public_key(key)
    try:
        public.verify(
            base64.b64decode(signature, validate=True),
            timestamp.encode() + body,
            ec.ECDSA(SHA256()),
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def parse_events(body: bytes) -> tuple[Event, ...]:
    """The events in a request's body. Raises ValueError for one that is no JSON array."""
    found = json.loads(body)
    if not isinstance(found, list):
        raise ValueError("the events are not a list")  # noqa: TRY004  # the caller's one error for a bad body
    return tuple(_event(one) for one in found if isinstance(one, dict))


def _event(one: Mapping[str, Any]) -> Event:
    kind = _text(one, "event")[:_LONGEST_KIND] or "unnamed"
    if kind == "bounce" and _text(one, "type") == "blocked":
        kind = "blocked"
    address = _text(one, "email")
    detail = _text(one, "reason") or _text(one, "response")
    subscriber = _text(one, "subscriber_id")
    return Event(
        mark=_mark(one),
        kind=kind,
        at=_moment(one.get("timestamp")),
        attempt_id=_text(one, "attempt_id")[:64],
        issue_key=_text(one, "issue_key")[:_LONGEST_KIND],
        origin=_text(one, "origin"),
        subscriber_id=int(subscriber) if subscriber.isdecimal() and len(subscriber) < 16 else 0,  # noqa: PLR2004 (more is no id of ours)
        detail=(detail.replace(address, "…") if address else detail)[:_LONGEST_DETAIL],
    )


def _mark(one: Mapping[str, Any]) -> str:
    own = _text(one, "sg_event_id")
    if 0 < len(own) <= _LONGEST_MARK:
        return own
    parts = (_text(one, name) for name in ("email", "event", "timestamp", "sg_message_id"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    return "" if value is None else str(value)


def _moment(value: object) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(float(str(value)), dt.UTC)
    except (ValueError, OverflowError, OSError):
        return dt.datetime.fromtimestamp(0, dt.UTC)


def _public_key(key: str) -> ec.EllipticCurvePublicKey:
    try:
        found = load_der_public_key(base64.b64decode("".join(key.split()), validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise SettingsError(
            "SENDGRID_WEBHOOK_KEY is not a verification key.",
            cure="Copy it whole from SendGrid: Settings, Mail Settings, Event Webhook.",
        )
    return found
