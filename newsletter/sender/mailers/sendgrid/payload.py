"""The JSON body of `POST /v3/mail/send` for a batch.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send

Every mail and tracking setting is given, because a missing one follows the account's own
settings: Subscription Tracking switched on there would insert SendGrid's own unsubscribe link.
It is on, or a group named, where the edition asks for that link (`unsubscribe_groups`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec

from newsletter import merge
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.batch import RECALL_MARGIN, Batch, Envelope, Hold
from newsletter.sender.mailers.sendgrid.personalizations import (
    IN_HTML,
    Payload,
    build_personalizations,
)
from newsletter.sender.mailers.sendgrid.unsubscribe_groups import NO_GROUPS, UnsubscribeGroups
from newsletter.sender.mime import headers

_PERSONALIZATIONS_IN_PIECE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to be made."""

    #: The beginning of the JSON, up to the list of personalizations.
    head: bytes
    #: A personalization as JSON for each recipient.
    personalizations: tuple[str, ...]
    recipients: Sequence[Recipient]
    #: The receipts of recipients that SendGrid would refuse; they are not in the request.
    refused: tuple[Receipt, ...]
    #: The last moment to make it, in seconds since 1970: later it could not be recalled in
    #: time. 0 for no limit.
    latest: float = 0.0

    def part(self, places: Sequence[int]) -> Request:
        """Return the request for the recipients at these places alone."""
        return replace(
            self,
            personalizations=tuple(self.personalizations[place] for place in places),
            recipients=[self.recipients[place] for place in places],
        )

    def body(self, start: int = 0, end: int | None = None) -> bytes:
        """Return the body for recipients[start:end]."""
        return b"".join(self.pieces(start, end))

    def pieces(self, start: int = 0, end: int | None = None) -> tuple[bytes, ...]:
        """Return the body in pieces.

        A megabyte in one piece needs fresh memory from the system each time, which takes as
        long as writing it.
        """
        some = self.personalizations[start:end]
        size = _PERSONALIZATIONS_IN_PIECE
        parts = (",".join(some[at : at + size]) for at in range(0, len(some), size))
        encoded = [f"{',' if at else ''}{part}".encode() for at, part in enumerate(parts)]
        return (self.head, *encoded, b"]}")


def build_request(
    batch: Batch, *, groups: UnsubscribeGroups = NO_GROUPS, rehearsal: bool = False
) -> Request:
    """Return the request for a batch, without the recipients that SendGrid would refuse.

    A `rehearsal` is checked by SendGrid and delivered to nobody (sandbox mode). Raise
    MailerError if the edition or the envelope would have the whole batch refused.
    """
    is_sendgrids = bool(batch.recipients) and merge.UNSUBSCRIBE["sendgrid"] in {
        name for name, _ in batch.recipients[0].fields
    }
    head = _head(
        batch.edition,
        batch.envelope,
        batch.hold,
        groups=groups if is_sendgrids else None,
        rehearsal=rehearsal,
    )
    personalizations = build_personalizations(batch)
    latest = (batch.hold.send_at - RECALL_MARGIN).timestamp() if batch.hold else 0.0
    return Request(
        head=head,
        personalizations=personalizations.encoded,
        recipients=personalizations.recipients,
        refused=personalizations.refused,
        latest=latest,
    )


# Cached for the batches of one edition; a batch with a hold has its own head.
@lru_cache(maxsize=32)
def _head(
    edition: Edition,
    envelope: Envelope,
    hold: Hold | None,
    *,
    groups: UnsubscribeGroups | None,
    rehearsal: bool,
) -> bytes:
    """Return the head. `groups` are None where SendGrid writes no unsubscribe link."""
    for value, what in ((edition.text, "The plain-text part"), (edition.html, "The HTML part")):
        headers.require_encodable(value, what)
    payload: Payload = {
        "from": _mailbox(envelope.from_address, "From"),
        "subject": headers.subject_text(edition.subject, envelope),
        "content": [
            {"type": "text/plain", "value": _text_body(edition, groups)},
            {"type": "text/html", "value": _html_body(edition, groups)},
        ],
        "headers": dict(headers.common_headers(envelope)),
        "categories": ["newsletter" if envelope.kind == "issue" else envelope.kind],
        "mail_settings": _mail_settings(envelope, rehearsal=rehearsal),
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": groups.subscription_tracking(edition.nonce)
            if groups
            else {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    if groups and (asm := groups.asm()):
        payload["asm"] = asm
    if envelope.reply_to:
        payload["reply_to"] = _mailbox(envelope.reply_to, "Reply-To")
    if hold:
        payload["batch_id"] = hold.id
        payload["send_at"] = int(hold.send_at.timestamp())
    return msgspec.json.encode(payload)[:-1] + b',"personalizations":['


def _mail_settings(envelope: Envelope, *, rehearsal: bool) -> Payload:
    settings: Payload = {"footer": {"enable": False}, "sandbox_mode": {"enable": rehearsal}}
    if envelope.kind == "confirm":
        # A reader who left and signs up again is on SendGrid's own list, but must get the
        # double opt-in message. A spam report still stops it.
        settings["bypass_unsubscribe_management"] = {"enable": True}
        settings["bypass_bounce_management"] = {"enable": True}
    return settings


def _html_body(edition: Edition, groups: UnsubscribeGroups | None) -> str:
    links = groups.links(edition.nonce) if groups else {}
    pieces = list(merge.split(edition.html, edition.nonce))
    pieces[1::2] = [
        links.get(name) or merge.tag(edition.nonce, name + IN_HTML) for name in pieces[1::2]
    ]
    return "".join(pieces)


def _text_body(edition: Edition, groups: UnsubscribeGroups | None) -> str:
    if groups is None:
        return edition.text
    links = groups.links(edition.nonce)
    pieces = list(merge.split(edition.text, edition.nonce))
    # A post may speak of SendGrid's tags; in HTML they are entities by now.
    pieces[::2] = [piece.replace("<%", "<\N{WORD JOINER}%") for piece in pieces[::2]]
    pieces[1::2] = [links.get(name) or merge.tag(edition.nonce, name) for name in pieces[1::2]]
    return "".join(pieces)


def _mailbox(value: str, field: str) -> Payload:
    name, address = headers.parse_mailbox(value, field)
    return {"email": address, "name": name} if name else {"email": address}
