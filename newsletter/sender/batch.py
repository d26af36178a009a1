"""The argument of a mailer's `send`: an edition, its recipients and the envelope."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from newsletter.models import Edition, Fault, Recipient

# A recall less than this before `Hold.send_at` may come too late. SendGrid guarantees no shorter
# time: https://www.twilio.com/docs/sendgrid/for-developers/sending-email/stopping-a-scheduled-send
RECALL_MARGIN = timedelta(minutes=10)

# issue:   an edition of an issue, with the list's headers.
# test:    the author's proof copy: the same, with "[Test]" before the subject.
# confirm: the double opt-in message; the address is on no list yet, so it has no list headers.
# welcome: the newest issue for a new subscriber, with the list's headers.
# notice:  a message to the author about the newsletter, without list headers.
MessageKind = Literal["issue", "test", "confirm", "welcome", "notice"]

# Gives the envelope sender of the message to a subscriber, by the subscriber's id.
EnvelopeSender = Callable[[int], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The sender and the list, as every message of a batch names them."""

    #: `Name <address>` or a bare address.
    from_address: str
    #: As `from_address`, or "".
    reply_to: str
    #: The list identifier of RFC 2919 (`weekly.example.com`). Mail programs sort by it, so it
    #: never changes.
    list_id: str
    #: The display name of the list, or "".
    list_title: str
    #: The page for `List-Help`, or "".
    help_url: str
    #: An opaque signature of this newsletter that comes back in webhook events.
    origin: str = ""
    kind: MessageKind = "issue"
    #: The envelope sender (RFC 5321, 3.3), "" for the address of `from_address`.
    return_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A promise of the mailer to keep one batch until `send_at`, and to discard it on recall."""

    #: The mailer's own id (SendGrid: `batch_id`).
    id: str
    send_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Recipients of one edition, claimed in the ledger and sent in one call of a mailer."""

    #: The row in the ledger.
    id: int
    #: A new random id for each attempt; it comes back in webhook events.
    attempt_id: str
    #: The issue's number, and its key (`2026-W48`).
    issue_number: int
    issue_key: str
    edition: Edition
    recipients: Sequence[Recipient]
    #: Fixed when the issue is frozen, so that a message built twice has the same bytes.
    date: datetime
    envelope: Envelope
    #: The fencing token of the claim: the ledger records a result only with the current one.
    fence: int = 0
    #: Set if the batch can be recalled.
    hold: Hold | None = None
    #: Stragglers: the fault for which each of the recipients was put off, by subscriber id. Empty
    #: for a first try.
    put_off_for: Mapping[int, Fault | Literal[""]] = field(default_factory=dict)
    #: Gives the envelope sender of a reader's message (VERP); None if all share the envelope's.
    envelope_sender: EnvelopeSender | None = None
