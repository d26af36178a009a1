"""The program's own ledger, on a database in memory, interrupted wherever it could be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, delete, update
from sqlalchemy.pool import StaticPool

from newsletter.models import Issue, Receipt
from newsletter.pipeline.context import Context
from newsletter.pipeline.ledger import StoredLedger
from newsletter.sender.batch import Batch, Hold
from newsletter.storage import deliveries, tables
from newsletter.storage.engine import writing
from subscribers.storage import tables as people
from tests.sender.folder import frozen, outbox_folder
from tests.simulator.scheduler import Actor, Scheduler

READERS = 7


@dataclass(frozen=True, slots=True)
class Newsroom:
    """A newsletter with one frozen issue, to be put back to its beginning for each story."""

    context: Context
    issue: Issue

    @classmethod
    def open(cls, folder: Path) -> Newsroom:
        """Made once; its database is moved into memory, where nothing waits for a disk."""
        context = outbox_folder(folder, readers=READERS)
        issue = frozen(context)
        memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        with sqlite3.connect(folder / "newsletter.db") as file:
            file.backup(memory)
        file.close()
        context.engine.dispose()
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        return cls(replace(context, engine=engine), issue)

    def begin(self, batch_size: int, scheduler: Scheduler) -> Context:
        """Everything as before the first claim; the context keeps the scheduler's time."""
        with writing(self.context.engine) as connection:
            for table in (tables.delivery, tables.batch, tables.event):
                connection.execute(delete(table))
            connection.execute(update(people.subscribers).values(status="active"))
            connection.execute(
                update(tables.issue).values(status="frozen", sent_at=None, tripped_at=None)
            )
            planned = (
                deliveries.Planned(
                    subscriber_id=number,
                    address=f"runner{number}@example.org",
                    edition="north",
                )
                for number in range(1, READERS + 1)
            )
            deliveries.plan(
                connection,
                self.issue.id,
                planned,
                batch_size=batch_size,
                now=scheduler.clock(),
            )
        return replace(self.context, clock=scheduler.clock, real_clock=scheduler.clock)


@dataclass(slots=True)
class Book:
    """A StoredLedger of one process, which may be killed before and after each commit."""

    actor: Actor
    inner: StoredLedger

    def has_work(self) -> bool:
        self.actor.step()
        return self.inner.has_work()

    def claim(self, hold: Hold | None) -> Batch | None:
        self.actor.step()
        batch = self.inner.claim(hold)
        self.actor.step()
        return batch

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        self.actor.step()
        self.inner.record(batch, receipts)
        self.actor.step()

    def unsettled(self) -> Iterator[Batch]:
        self.actor.step()
        for batch in self.inner.unsettled():
            self.actor.step()
            yield batch

    def void(self, batch: Batch) -> None:
        self.actor.step()
        self.inner.void(batch)
        self.actor.step()
