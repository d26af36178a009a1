"""The time to hand over messages: SendGrid with its ledger, connections, and SMTP."""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, insert

from newsletter.context import Context
from newsletter.delivery.ledger.batch_builder import BatchBuilder
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.models import Issue, Receipt
from newsletter.sender.batch import Batch, receipt_for_each
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from newsletter.sender.mailers.smtp.mailer import Smtp
from newsletter.storage import tables
from newsletter.storage.database.engine import transaction
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.batches import ClaimedBatch
from subscribers.storage.tables import subscribers
from tests.benchmarks import peers
from tests.benchmarks.sink import http_sink, smtp_sink
from tests.benchmarks.table import Row
from tests.support.batches import batch, recipient
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue
from tests.support.sendgrid import KEY

_SIZE = 1_000
_LONG = "An easy hour by the river, and pancakes after.\n" * 1_000
_NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_ROUNDS = 5
_STRAGGLER_LIST = 100_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds for each reader, in wall-clock time and in processor time."""

    wall: float
    cpu: float


def rows() -> Iterator[Row]:
    """Measure each way against a peer in the same run, or against one connection of our own."""
    yield from _sendgrid_rows()
    yield from _smtp_rows()
    yield from _straggler_rows()


def _sendgrid_rows() -> Iterator[Row]:
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with http_sink() as url:
        for _ in range(_ROUNDS if peers.are_installed() else 1):
            with _planned(20 * _SIZE) as (context, issue):
                ours.append(_deliver(context, issue, url, 20 * _SIZE))
                if peers.are_installed():
                    theirs.append(_send_by_peer(context, issue, url, 20 * _SIZE))
    if theirs:
        yield _row("a reader by SendGrid, ledger included : django-anymail", ours, theirs, 1 / 6)
    with http_sink(0.1) as url:
        cost, eight = (_latent(url, connections) for connections in (1, 8))
    yield _row("a reader at 100 ms an answer, 8 connections : 1", [eight], [cost], 1 / 7, wall=True)


def _latent(url: str, connections: int) -> Cost:
    with _planned(80 * _SIZE) as (context, issue):
        return _deliver(context, issue, url, 80 * _SIZE, connections)


def _smtp_rows() -> Iterator[Row]:
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with smtp_sink() as port:
        for _ in range(_ROUNDS):
            # As in a delivery: several connections, one batch each.
            ours.append(_smtp(port, 3_000, Smtp.connections))
            if peers.are_installed():
                theirs.append(_measure(peers.django(port, _letters(300)), 300))
    if theirs:
        yield _row(
            "a message by SMTP, 4 connections : Django's mail backend",
            ours,
            theirs,
            1 / 12,
            wall=True,
        )
    with smtp_sink(0.02) as port:
        cost = _smtp(port, 100)
    trip = Cost(0.02, 0.0)
    yield _row("a message by SMTP at 20 ms : a round trip", [cost], [trip], 1 / 0.8, wall=True)


class _WithStragglers:
    """Sends by SMTP, and puts one reader in `every` off once (0: none)."""

    name, batch_size, connections = "smtp", 100, Smtp.connections

    def __init__(self, port: int, every: int) -> None:
        self._smtp = Smtp(host="127.0.0.1", port=port, security="none")
        self._every = every

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        if batch.put_off_for or not self._every:
            return self._smtp.send(batch)
        put_off = [
            recipient
            for recipient in batch.recipients
            if recipient.subscriber_id % self._every == 0
        ]
        others = [
            recipient for recipient in batch.recipients if recipient.subscriber_id % self._every
        ]
        return self._smtp.send(replace(batch, recipients=others)) + receipt_for_each(
            put_off, "not_sent", "452 4.2.2 mailbox full", fault="reader_later"
        )

    def close(self) -> None:
        self._smtp.close()


def _straggler_rows() -> Iterator[Row]:
    """Compare a list with stragglers to one without; the wait for them does not count."""
    with smtp_sink() as port:
        with_stragglers, without = (_deliver_by_smtp(port, every) for every in (50, 0))
    what = f"a reader of {_STRAGGLER_LIST:,} by SMTP, 2 % put off once : none"
    yield _row(what, [with_stragglers], [without], 1.2, wall=True)


def _deliver_by_smtp(port: int, every: int) -> Cost:
    mailer = _WithStragglers(port, every)
    with _planned(_STRAGGLER_LIST, batch_size=100) as (context, issue), closing(mailer):
        ledger = open_ledger(context, issue)

        def work() -> None:
            done = deliver(ledger, mailer, wait=lambda _seconds: None, connections=Smtp.connections)
            assert done.counts.accepted == _STRAGGLER_LIST, done

        return _measure(work, _STRAGGLER_LIST)


def _row(what: str, ours: list[Cost], theirs: list[Cost], aim: float, *, wall: bool = False) -> Row:
    """Measure processor time where nothing is waited for, because other processes run as well."""
    first, other = (
        statistics.median(cost.wall if wall else cost.cpu for cost in costs)
        for costs in (ours, theirs)
    )
    unit = "microseconds" if wall else "microseconds of the processor"
    figures = f"{first * 1e6:.1f} : {other * 1e6:.1f} {unit}"
    return Row(what=what, ratio=first / other, aim=aim, figures=figures)


def _measure(work: Callable[[], object], count: int) -> Cost:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost((time.perf_counter() - started) / count, (time.process_time() - cpu) / count)


@contextmanager
def _planned(count: int, batch_size: int = _SIZE) -> Iterator[tuple[Context, Issue]]:
    """Freeze an issue for this many readers, in a database on disk."""
    with tempfile.TemporaryDirectory() as folder:
        context = create_outbox_newsletter(
            Path(folder) / "newsletter", readers=1, batch_size=batch_size
        )
        issue = freeze_next_issue(context)
        with transaction(context.engine) as connection:
            for table in (tables.delivery, tables.batch, subscribers):
                connection.execute(delete(table))
            people = [
                {
                    "id": number,
                    "address": f"runner{number}@example.org",
                    "address_key": f"runner{number}@example.org",
                    "status": "active",
                    "created_at": _NOW,
                }
                for number in range(1, count + 1)
            ]
            connection.execute(insert(subscribers), people)
            planned = (
                deliveries.PlannedDelivery(
                    subscriber_id=number, address=f"runner{number}@example.org", edition="north"
                )
                for number in range(1, count + 1)
            )
            deliveries.plan(connection, issue.id, planned, batch_size=batch_size, now=_NOW)
        yield context, issue
        context.engine.dispose()


def _deliver(context: Context, issue: Issue, url: str, count: int, connections: int = 1) -> Cost:
    """Deliver from the first claim to the last record."""
    ledger = open_ledger(context, issue)
    with closing(SendGrid(KEY, url, batch_size=_SIZE)) as mailer:

        def work() -> None:
            delivery_summary = deliver(ledger, mailer, wait=time.sleep, connections=connections)
            assert delivery_summary.counts.accepted == count, delivery_summary

        return _measure(work, count)


def _send_by_peer(context: Context, issue: Issue, url: str, count: int) -> Cost:
    """Call the peer for as many readers, without a ledger, with links signed before."""
    packing = BatchBuilder(context.engine, issue, context.config, context.secrets)
    batches = [
        packing.build(
            ClaimedBatch(
                id=start,
                attempt_id=uuid.uuid4().hex,
                fence=1,
                edition="north",
                deliveries=tuple(
                    (n, f"runner{n}@example.org") for n in range(start, start + _SIZE)
                ),
            )
        )
        for start in range(1, count + 1, _SIZE)
    ]
    return _measure(peers.anymail(url, batches), count)


def _letters(count: int) -> Batch:
    people = (recipient(number) for number in range(1, count + 1))
    return batch(*people, html=f"<p>{_LONG}</p>")


def _smtp(port: int, count: int, connections: int = 1) -> Cost:
    batches = [_letters(count // connections // 2) for _ in range(connections * 2)]
    with (
        closing(Smtp(host="127.0.0.1", port=port, security="none")) as smtp,
        ThreadPoolExecutor(connections) as pool,
    ):

        def work() -> None:
            sent = pool.map(smtp.send, batches)
            assert {receipt.outcome for receipts in sent for receipt in receipts} == {"accepted"}

        return _measure(work, count)
