"""What a mailer is given at one time: an edition and the recipients it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from newsletter.models import Edition, Recipient

MessageKind = Literal["issue", "test", "confirm", "welcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands on every message of a kind besides its contents.

    `from_address` is `Name <address>` or a bare address. `list_id` is the bare
    identifier (`weekly.example.com`, RFC 2919) and must never change. `reply_to`,
    `list_title` and `help_url` may be "". `origin` tells a mailer's other side, and whoever
    reads its events, that an issue's message is this newsletter's; it is opaque.

    issue: to a subscriber, with the list's headers. test: the same, marked in the
    subject. confirm: the double opt-in message, which belongs to no list yet. welcome: the
    newest issue for one who has just joined, with the list's headers.
    """

    from_address: str
    reply_to: str
    list_id: str
    list_title: str
    help_url: str
    origin: str = ""
    kind: MessageKind = "issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A mailer's promise to keep what it is given until `send_at`, and forget it on call.

    `id` is the mailer's own name for it, good for one batch.
    """

    id: str
    send_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One request to a mailer.

    `attempt_id` is new for each try. `date` is fixed when the issue is frozen, so that
    building a message twice gives the same bytes. Only who knows the `fence` may write
    what became of the batch. With a `hold` it can be called back.
    """

    id: int
    attempt_id: str
    issue: int
    issue_key: str
    edition: Edition
    recipients: Sequence[Recipient]
    date: datetime
    envelope: Envelope
    fence: int = 0
    hold: Hold | None = None
