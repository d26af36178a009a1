"""The interface between a story and the ledger that it runs on: the database or the model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from newsletter.models import IssueStatus
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import Mailer
from newsletter.sender.mailers.sendgrid.webhook import Event
from tests.simulator.scheduler import Scheduler

READERS = 7
GIVE_UP_HOURS = 48


class Backend(Protocol):
    """The state of one issue. Each call is one or several whole transactions."""

    def ledger(self, holder: str, is_dead: Callable[[str], bool]) -> Ledger:
        """Return one process's ledger; `is_dead` tells whether another holder is surely dead."""
        ...

    def leave(self, reader: int) -> str | None:
        """Unsubscribe a reader and return the status that their delivery had at that moment."""
        ...

    def status(self) -> str | None:
        """Return the issue's status."""
        ...

    def set_status(self, status: IssueStatus) -> None:
        """Stop or resume the issue, as the author does."""
        ...

    def take_in(self, events: Iterable[Event]) -> None:
        """Store events that the provider reports."""
        ...

    def recallable(self) -> tuple[int, ...]:
        """Return the ids of the batches that are still held."""
        ...

    def call_back(self, mailer: Mailer, batch_ids: Iterable[int]) -> int:
        """Recall these batches and return how many the provider confirmed."""
        ...

    def give_up(self) -> None:
        """Fail the stragglers that waited for `GIVE_UP_HOURS`."""
        ...

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return (address, status) of every delivery, in the order in which they were planned."""
        ...


class BackendFactory(Protocol):
    """A source of fresh issues, one for each story."""

    def create(self, batch_size: int, scheduler: Scheduler) -> Backend:
        """Return an issue before its first claim, on the scheduler's clock."""
        ...


def address_of(reader: int) -> str:
    """Return the address of the reader of this number."""
    return f"runner{reader}@example.org"
