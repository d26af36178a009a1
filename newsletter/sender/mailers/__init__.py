"""What the sender asks of a way to deliver: one small protocol, and its refinements."""

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
    """A way to deliver. It tells the truth: what it cannot know is `unknown`.

    It may be asked from several threads at once.
    """

    @property
    def name(self) -> str:
        """Its name in the settings: outbox, sendgrid, smtp."""
        ...

    @property
    def batch_size(self) -> int:
        """How many recipients one batch may hold."""
        ...

    @property
    def connections(self) -> int:
        """How many batches it may be given at once."""
        ...

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        """Hands the batch over: one receipt for each recipient.

        Raises MailerError where nothing can be sent at all; nothing was sent then.
        """
        ...

    def close(self) -> None:
        """Lets go of what is kept open; sending again opens it anew."""
        ...


@runtime_checkable
class SettlingMailer(Mailer, Protocol):
    """A mailer that can find out later what became of a batch."""

    def settle(self, batch: Batch) -> tuple[Receipt, ...]:
        """For a batch whose outcome is unknown: accepted or not_sent for each recipient."""
        ...


@runtime_checkable
class ThrottlingMailer(Mailer, Protocol):
    """A mailer whose other side may ask for patience."""

    def requested_pause(self) -> float:
        """Seconds to wait before the next batch, as of the last answer; 0 for none."""
        ...


@runtime_checkable
class HoldingMailer(Mailer, Protocol):
    """A mailer that keeps a batch back for a while and can call it back whole."""

    def create_hold(self) -> Hold:
        """A fresh hold for one batch, asked for before its intent is written.

        Raises NotNow, and MailerError where nothing can be sent at all.
        """
        ...

    def server_time(self) -> datetime:
        """The other side's own time, by which it lets go of what it holds.

        Raises NotNow without an answer.
        """
        ...

    def recall(self, hold: Hold) -> bool:
        """Calls back whatever was or will be given under this hold.

        True only when the other side has confirmed it in time: then nothing of it is
        mailed, ever.
        """
        ...


@runtime_checkable
class RehearsingMailer(Mailer, Protocol):
    """A mailer whose other side can check a message without mailing it."""

    def rehearse(self, batch: Batch) -> None:
        """Raises MailerError where the batch would be refused, NotNow without an answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedAddress:
    """An address the other side no longer writes to, and why."""

    address: str
    status: Literal["bounced", "complained", "unsubscribed"]


@runtime_checkable
class SuppressionListMailer(Mailer, Protocol):
    """A mailer whose other side keeps a list of its own of whom it does not write to.

    Each call raises NotNow without an answer, and MailerError where we may not ask.
    """

    def list_suppressions(self, since: datetime | None) -> Iterable[SuppressedAddress]:
        """Whom it has put there since that moment, or ever."""
        ...

    def add_suppressions(self, addresses: Sequence[str]) -> None:
        """Puts them there."""
        ...

    def remove_suppression(self, address: str) -> None:
        """Takes one off, who came back by their own wish."""
        ...
