"""The body of a `POST /v3/mail/send` for a batch, as JSON. Pure.

Source: https://www.twilio.com/docs/sendgrid/api-reference/mail-send (and its limits page).
Every mail and tracking setting is given: what is left out the account's pages decide, and
Subscription Tracking switched on there would put SendGrid's own unsubscribe link in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from newsletter import merge
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.batch import Batch, Envelope, Hold
from newsletter.sender.mailers.sendgrid.personalizations import IN_HTML, Payload, people
from newsletter.sender.mime import headers

# A cancel closer to its moment than this is not guaranteed.
IN_TIME = 10 * 60
_PART = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to be made: what all share, each recipient's part, and who was left out.

    `people` are JSON, and `head` is its beginning. After `latest` (seconds since 1970, 0 for
    no limit) it may not be made any more: it could not be called back in time.
    """

    head: bytes
    people: tuple[str, ...]
    recipients: Sequence[Recipient]
    refused: tuple[Receipt, ...]
    latest: float = 0.0

    def body(self, start: int = 0, end: int | None = None) -> bytes:
        """The request's body for recipients[start:end]."""
        return b"".join(self.pieces(start, end))

    def pieces(self, start: int = 0, end: int | None = None) -> tuple[bytes, ...]:
        """The body as it may be handed over: for a megabyte in one, memory must be found anew
        each time, which takes as long as to write it.
        """
        some = self.people[start:end]
        parts = (",".join(some[at : at + _PART]) for at in range(0, len(some), _PART))
        written = [f"{',' if at else ''}{part}".encode() for at, part in enumerate(parts)]
        return (self.head, *written, b"]}")


def build_request(batch: Batch, *, rehearsal: bool = False) -> Request:
    """The request for a batch. A recipient that SendGrid would refuse is left out, refused.

    A `rehearsal` is checked there and mailed to nobody (sandbox mode). Raises MailerError
    where the whole batch would be refused for the sake of the edition or the envelope.
    """
    head = _head(batch.edition, batch.envelope, batch.hold, rehearsal=rehearsal)
    found = people(batch)
    return Request(
        head=head,
        people=found.written,
        recipients=found.recipients,
        refused=found.refused,
        latest=batch.hold.send_at.timestamp() - IN_TIME if batch.hold else 0.0,
    )


# The batches of an edition share it; with a hold of its own each has its own.
@lru_cache(maxsize=32)
def _head(edition: Edition, envelope: Envelope, hold: Hold | None, *, rehearsal: bool) -> bytes:
    for value, what in ((edition.text, "The plain-text part"), (edition.html, "The HTML part")):
        headers.require_encodable(value, what)
    frame: Payload = {
        "from": _mailbox(envelope.from_address, "From"),
        "subject": headers.subject_text(edition.subject, envelope),
        "content": [
            {"type": "text/plain", "value": edition.text},
            {"type": "text/html", "value": _with_html_tags(edition.html, edition.nonce)},
        ],
        "headers": dict(headers.common_headers(envelope)),
        "categories": ["newsletter" if envelope.kind == "issue" else envelope.kind],
        "mail_settings": _mail_settings(envelope, rehearsal=rehearsal),
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
    }
    if envelope.reply_to:
        frame["reply_to"] = _mailbox(envelope.reply_to, "Reply-To")
    if hold:
        frame["batch_id"] = hold.id
        frame["send_at"] = int(hold.send_at.timestamp())
    return msgspec.json.encode(frame)[:-1] + b',"personalizations":['


def _mail_settings(envelope: Envelope, *, rehearsal: bool) -> Payload:
    settings: Payload = {"footer": {"enable": False}, "sandbox_mode": {"enable": rehearsal}}
    if envelope.kind == "confirm":
        # Who left stands on SendGrid's own list: asked to be let back in, they must get
        # the question. A complaint still stops it.
        settings["bypass_unsubscribe_management"] = {"enable": True}
        settings["bypass_bounce_management"] = {"enable": True}
    return settings


def _with_html_tags(html: str, nonce: str) -> str:
    pieces = list(merge.split(html, nonce))
    pieces[1::2] = [merge.tag(nonce, name + IN_HTML) for name in pieces[1::2]]
    return "".join(pieces)


def _mailbox(value: str, field: str) -> Payload:
    shown, bare = headers.parse_mailbox(value, field)
    return {"email": bare, "name": shown} if shown else {"email": bare}
