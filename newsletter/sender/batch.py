"""What a mailer is given and what it returns: a batch with its recipients, and receipts.

Recipients are held in columns, so that work on all of them is done a column at a time. Receipts
are built for many recipients at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Literal, overload

from newsletter.models import Edition, Fault, Receipt, ReceiptOutcome, Recipient

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


class Recipients(Sequence[Recipient]):
    """Recipients that share one tuple of field names.

    A `Recipient` is created only when an item is read: a batch of a thousand is encoded by
    `FastEncoder` without creating any.
    """

    __slots__ = ("addresses", "ids", "names", "values")

    def __init__(
        self,
        *,
        ids: Sequence[int],
        addresses: Sequence[str],
        names: tuple[str, ...],
        values: Sequence[Sequence[str]],
    ) -> None:
        #: Subscriber ids and addresses, one for each recipient.
        self.ids, self.addresses = ids, addresses
        #: The names of the merge fields, and for each name its column of values.
        self.names, self.values = names, values

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Recipient]:
        rows = zip(*self.values, strict=True) if self.values else repeat(())
        return map(self._recipient, self.ids, self.addresses, rows)

    @overload
    def __getitem__(self, at: int) -> Recipient: ...
    @overload
    def __getitem__(self, at: slice) -> Recipients: ...
    def __getitem__(self, at: int | slice) -> Recipient | Recipients:
        if isinstance(at, slice):
            return Recipients(
                ids=self.ids[at],
                addresses=self.addresses[at],
                names=self.names,
                values=[column[at] for column in self.values],
            )
        row = [column[at] for column in self.values]
        return self._recipient(self.ids[at], self.addresses[at], row)

    def _recipient(self, subscriber_id: int, address: str, row: Sequence[str]) -> Recipient:
        fields = tuple(zip(self.names, row, strict=True))
        return Recipient(subscriber_id=subscriber_id, address=address, fields=fields)


def ids_of(recipients: Sequence[Recipient]) -> Sequence[int]:
    """Return the subscriber ids, in order."""
    if isinstance(recipients, Recipients):
        return recipients.ids
    return [recipient.subscriber_id for recipient in recipients]


def addresses_of(recipients: Sequence[Recipient]) -> Sequence[str]:
    """Return the addresses, in order."""
    if isinstance(recipients, Recipients):
        return recipients.addresses
    return [recipient.address for recipient in recipients]


def receipt_for_each(
    recipients: Sequence[Recipient],
    outcome: ReceiptOutcome,
    detail: str = "",
    provider_id: str = "",
    fault: Fault | Literal[""] = "",
) -> tuple[Receipt, ...]:
    """Return the same receipt for each recipient, in order."""
    return tuple(
        [
            Receipt(
                subscriber_id=subscriber_id,
                outcome=outcome,
                detail=detail,
                provider_id=provider_id,
                fault=fault,
            )
            for subscriber_id in ids_of(recipients)
        ]
    )


def may_have_arrived(receipts: Iterable[Receipt]) -> bool:
    """Whether any message may have left: if so, the batch must not be sent again as a whole."""
    return any(receipt.outcome in ("accepted", "unknown") for receipt in receipts)
