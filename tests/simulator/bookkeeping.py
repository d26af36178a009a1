"""What a story asks of the books, whoever keeps them: the real database, or the model of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from newsletter.models import IssueStatus
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import Mailer
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.simulator.scheduler import Scheduler

READERS = 7


class Bookkeeping(Protocol):
    """The books of one issue. Each call is one transaction or several, never half of one."""

    def ledger(self, holder: str, gone: Callable[[str], bool]) -> Ledger:
        """As this process sees them; `gone` tells of another whether it is surely dead."""
        ...

    def leave(self, reader: int) -> str | None:
        """The reader unsubscribes; the status their delivery had at that moment."""
        ...

    def status(self) -> str | None:
        """The issue's."""
        ...

    def set_status(self, status: IssueStatus) -> None:
        """The author's buttons."""
        ...

    def take_in(self, events: Iterable[Event]) -> None:
        """What the provider reports."""
        ...

    def recallable(self) -> tuple[int, ...]:
        """The ids of batches that are still held."""
        ...

    def call_back(self, mailer: Mailer, batch_ids: Iterable[int]) -> int:
        """Calls these back; returns how many were, for sure."""
        ...

    def rows(self) -> tuple[tuple[str, str], ...]:
        """(address, status) of every delivery, in the order they were planned."""
        ...


class Room(Protocol):
    """Where stories are told, one after the other."""

    def begin(self, batch_size: int, scheduler: Scheduler) -> Bookkeeping:
        """Books as before the first claim, which keep the scheduler's time."""
        ...


def address_of(reader: int) -> str:
    """Where the reader of this number is written to."""
    return f"runner{reader}@example.org"
