"""Mailers deliver batches. The protocol `Mailer`, and further ones that some mailers follow.

::

    newsletter/app.py make_mailer(settings)     creates the one that `[sender] mailer` names
              │
              ▼
    Mailer.send(batch) ─▶ one Receipt for each recipient
              accepted    the server, or the disk, has taken responsibility for the message
              refused     rejected permanently, for this recipient only
              not_sent    nothing left this machine, or the server said "later": try again
              unknown     it may have been taken and the response is lost: never sent again
                          automatically, since twice is worse than late

To add one (Mailgun, say): write `mailers/NAME.py` with a class that follows `Mailer`; create it
in `make_mailer`, with the import inside the branch; test it against a scripted server.
`outbox.py` is the smallest example, and CONTRIBUTING.md has the steps. `keep_alive.py` is an HTTP
client that tells "not sent" from "unknown", `mime/message.py` builds complete messages, and
`newsletter/sender/batch.py` builds receipts.

Implement the other protocols only where the server offers what they ask for; the loop finds out
by `isinstance`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from newsletter.models import Receipt
from newsletter.sender.batch import Batch, Hold


class NotNow(Exception):
    """The mailer cannot be used at the moment, and nothing was sent; the text says why."""


class Mailer(Protocol):
    """A way to deliver. Its methods are called from several threads at once.

    What it cannot know it reports as `unknown`.
    """

    @property
    def name(self) -> str:
        """The value of `[sender] mailer`: outbox, sendgrid or smtp."""
        ...

    @property
    def batch_size(self) -> int:
        """The largest number of recipients in a batch."""
        ...

    @property
    def connections(self) -> int:
        """The largest number of batches in flight at once."""
        ...

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Send a batch; return one receipt for each recipient.

        Raise MailerError if nothing can be sent at all, and only if nothing was sent.
        """
        ...

    def close(self) -> None:
        """Close what is kept open; `send` opens it again."""
        ...


@runtime_checkable
class SettlingMailer(Mailer, Protocol):
    """A mailer that can find out later what became of a batch (the outbox looks for its files)."""

    def settle(self, batch: Batch) -> tuple[Receipt, ...]:
        """Return what is known now of a batch whose outcome was `unknown`."""
        ...


@runtime_checkable
class ThrottlingMailer(Mailer, Protocol):
    """A mailer whose server may ask to wait (HTTP 429)."""

    def requested_pause(self) -> float:
        """Return the seconds to wait before the next batch, by the last response; 0 for none."""
        ...


@runtime_checkable
class HoldingMailer(Mailer, Protocol):
    """A mailer whose server holds a batch back for a while, so that it can be recalled."""

    def create_hold(self) -> Hold:
        """Return a new hold for one batch, before the batch's intent is committed.

        Raise NotNow, or MailerError if nothing can be sent at all.
        """
        ...

    def server_time(self) -> datetime:
        """Return the time by the server's clock, which decides when a hold ends.

        Raise NotNow if the server does not answer.
        """
        ...

    def recall(self, hold: Hold) -> bool:
        """Discard what was or will be given under this hold.

        Return True only if the server confirmed it in time: then none of it is ever delivered.
        """
        ...


@runtime_checkable
class RehearsingMailer(Mailer, Protocol):
    """A mailer whose server can check a message without delivering it."""

    def rehearse(self, batch: Batch) -> None:
        """Raise MailerError if the batch would be refused, NotNow if there is no answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedAddress:
    """An address to which the mailer's server no longer sends, and why."""

    address: str
    status: Literal["bounced", "complained", "unsubscribed"]


@runtime_checkable
class SuppressionListMailer(Mailer, Protocol):
    """A mailer whose server keeps its own suppression list.

    Each method raises NotNow if there is no answer, and MailerError if the key may not ask.
    """

    def list_suppressions(self, since: datetime | None) -> Iterable[SuppressedAddress]:
        """Yield the addresses that were added since then, or ever."""
        ...

    def add_suppressions(self, addresses: Sequence[str]) -> None:
        """Add addresses of subscribers who left here."""
        ...

    def remove_suppression(self, address: str) -> None:
        """Remove the address of a subscriber who confirmed again."""
        ...
