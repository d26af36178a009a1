"""The program's own ledger on an in-memory database, interruptible at every step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import create_engine, delete, select, update
from sqlalchemy.pool import StaticPool

from newsletter.context import Context
from newsletter.delivery import control, webhook_events
from newsletter.delivery.give_up import give_up_expired
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.models import Issue, IssueStatus, Receipt
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.loop.ledger import Ledger
from newsletter.sender.mailers import Mailer
from newsletter.sender.mailers.sendgrid.webhook import Event
from newsletter.storage import issues, tables
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from newsletter.storage.tables import delivery
from subscribers import storage
from subscribers.storage import tables as people
from tests.simulator.backend import GIVE_UP_HOURS, READERS, Backend, address_of
from tests.simulator.scheduler import Actor, Scheduler
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue

STRAGGLERS_IN_A_BATCH = 2


@dataclass(frozen=True, slots=True)
class DatabaseFactory:
    """A newsletter with one frozen issue that is reset for each story."""

    context: Context
    issue: Issue

    @classmethod
    def open(cls, folder: Path) -> DatabaseFactory:
        """Create the newsletter and copy its database into memory, so that no write waits."""
        context = create_outbox_newsletter(
            folder, readers=READERS, batch_size=STRAGGLERS_IN_A_BATCH
        )
        issue = freeze_next_issue(context)
        memory = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        with sqlite3.connect(folder / "newsletter.db") as file:
            file.backup(memory)
        file.close()
        context.engine.dispose()
        engine = create_engine("sqlite://", creator=lambda: memory, poolclass=StaticPool)
        return cls(replace(context, engine=engine), issue)

    def create(self, batch_size: int, scheduler: Scheduler) -> Backend:
        """Reset the issue to the state before its first claim; the context uses the scheduler's
        clock."""
        with transaction(self.context.engine) as connection:
            for table in (tables.delivery, tables.batch, tables.event):
                connection.execute(delete(table))
            connection.execute(update(people.subscribers).values(status="active"))
            connection.execute(
                update(tables.issue).values(status="frozen", sent_at=None, tripped_at=None)
            )
            planned = (
                deliveries.PlannedDelivery(
                    subscriber_id=number,
                    address=address_of(number),
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
        context = replace(self.context, clock=scheduler.clock, real_clock=scheduler.clock)
        return DatabaseBackend(context, self.issue)


@dataclass(frozen=True, slots=True)
class DatabaseBackend:
    """The state of an issue in the program's own database."""

    context: Context
    issue: Issue

    def ledger(self, holder: str, is_dead: Callable[[str], bool]) -> Ledger:
        return open_ledger(self.context, self.issue, holder=holder, is_dead=is_dead)

    def leave(self, reader: int) -> str | None:
        with transaction(self.context.engine) as connection:
            status = connection.scalar(
                select(delivery.c.status).where(delivery.c.subscriber_id == reader)
            )
            storage.unsubscribe(connection, reader, at=self.context.clock(), source="story")
        return status

    def status(self) -> str | None:
        with snapshot(self.context.engine) as connection:
            return issues.status_of(connection, self.issue.id)

    def set_status(self, status: IssueStatus) -> None:
        with transaction(self.context.engine) as connection:
            issues.set_status(connection, self.issue.id, status)

    def take_in(self, found: Iterable[Event]) -> None:
        webhook_events.record_events(self.context, found)

    def recallable(self) -> tuple[int, ...]:
        now = self.context.clock()
        with transaction(self.context.engine) as connection:
            return control.recallable_at(connection, self.issue, now, real_time=now, now=now)

    def call_back(self, mailer: Mailer, batch_ids: Iterable[int]) -> int:
        return control.recall_batches(
            self.context.engine, mailer, batch_ids, clock=self.context.clock
        )

    def give_up(self) -> None:
        with transaction(self.context.engine) as connection:
            give_up_expired(
                connection, self.issue, give_up_hours=GIVE_UP_HOURS, now=self.context.clock()
            )

    def rows(self) -> tuple[tuple[str, str], ...]:
        with snapshot(self.context.engine) as connection:
            query = select(delivery.c.address, delivery.c.status).order_by(delivery.c.id)
            return tuple((row[0], row[1]) for row in connection.execute(query))


@dataclass(slots=True)
class InterruptibleLedger:
    """A ledger of one process that may be killed before and after each commit."""

    actor: Actor
    inner: Ledger

    def has_work(self) -> bool:
        self.actor.step()
        return self.inner.has_work()

    def has_accepted(self, *, beyond: str = "") -> bool:
        return self.inner.has_accepted(beyond=beyond)

    def has_pending(self, *, beyond: str) -> bool:
        return self.inner.has_pending(beyond=beyond)

    def seconds_until_due(self) -> float | None:
        self.actor.step()
        return self.inner.seconds_until_due()

    def pass_time(self, seconds: float) -> None:
        self.inner.pass_time(seconds)

    def claim(self, hold: Hold | None) -> Batch | None:
        self.actor.step()
        batch = self.inner.claim(hold)
        self.actor.step()
        return batch

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        self.actor.step()
        self.inner.record(batch, receipts)
        self.actor.step()

    def record_and_claim(self, batch: Batch, receipts: tuple[Receipt, ...]) -> Batch | None:
        self.actor.step()
        fresh = self.inner.record_and_claim(batch, receipts)
        self.actor.step()
        return fresh

    def unsettled_batches(self) -> Iterator[Batch]:
        self.actor.step()
        for batch in self.inner.unsettled_batches():
            self.actor.step()
            yield batch

    def void(self, batch: Batch) -> None:
        self.actor.step()
        self.inner.void(batch)
        self.actor.step()
