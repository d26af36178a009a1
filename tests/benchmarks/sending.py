"""The time to hand over messages: SendGrid with its ledger, connections, and SMTP."""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
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
from tests.benchmarks.node import node_is_ready, node_peer
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.sink import http_sink, smtp_sink
from tests.support.batches import batch, recipient
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue
from tests.support.sendgrid import KEY

_SIZE = 1_000
_LONG = "An easy hour by the river, and pancakes after.\n" * 1_000
_NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_ROUNDS = 5
_STRAGGLER_LIST = 100_000


_SENDGRID = Comparison(
    key="sending.sendgrid",
    what="a reader by SendGrid, ledger included",
    against="django-anymail, no ledger, links signed before",
    unit="µs",
    floor=1 / 10,
    clock="processor",
    explanation="By a profile 23 % are SQLite's statements and commits, 17 % the signing of two "
    "links a reader (four digests of HMAC), 6 % the flush of the journal, 6 % the JSON and 5 % the "
    "socket; the rest spreads over SQLAlchemy, the loop and its first round. The peer writes no "
    "ledger and signs nothing.",
)
_CONNECTIONS = Comparison(
    key="sending.connections",
    what="a reader by SendGrid at 100 ms an answer, 8 connections",
    against="1 connection",
    unit="µs",
    floor=1 / 7,
    clock="wall",
    explanation="Eight connections wait eight times less; the processor's share of a batch and "
    "the last batches, which no longer fill all connections, keep it below eight.",
)
_SMTP_WHY = "By a profile it is the sink: one relay in Python takes every message of both sides."
_DJANGO = Comparison(
    key="sending.smtp-django",
    what="a message of 48 KB by SMTP, 4 connections",
    against="Django's mail backend, 1 connection",
    unit="µs",
    floor=1 / 12,
    clock="wall",
    explanation=_SMTP_WHY,
)
_NODEMAILER = Comparison(
    key="sending.smtp-nodemailer",
    what="a message of 48 KB by SMTP, 4 connections",
    against="nodemailer, pool of 4",
    unit="µs",
    floor=1 / 8,
    clock="wall",
    explanation=_SMTP_WHY,
)
_ROUND_TRIP = Comparison(
    key="sending.smtp-round-trip",
    what="a message by SMTP at 20 ms an answer, 1 connection",
    against="one round trip",
    unit="µs",
    floor=1.25,
    clock="wall",
    explanation="A message is one packet and one answer; the rest is the processor's.",
    is_limit=True,
)
_STRAGGLERS = Comparison(
    key="sending.stragglers",
    what=f"a reader of {_STRAGGLER_LIST:,} by SMTP, 2 % put off once",
    against="none put off",
    unit="µs",
    floor=1.2,
    clock="wall",
    explanation="Each straggler is moved to a batch of its own and sent once more.",
)
COMPARISONS = (_SENDGRID, _CONNECTIONS, _DJANGO, _NODEMAILER, _ROUND_TRIP, _STRAGGLERS)


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds for each reader, in wall-clock time and in processor time."""

    wall: float
    cpu: float


def measure() -> Iterator[Measurement]:
    """Measure each way against a peer in the same run, or against one connection of our own."""
    yield from _sendgrid()
    yield from _smtp_peers()
    with smtp_sink(0.02) as port:
        costs = [_smtp(port, 100) for _ in range(_ROUNDS)]
    yield _measurement(_ROUND_TRIP, costs, [Cost(20_000, 0)])
    yield _stragglers()


def _sendgrid() -> Iterator[Measurement]:
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with http_sink() as url:
        for _ in range(_ROUNDS if peers.are_installed() else 0):
            with _planned(20 * _SIZE) as (context, issue):
                ours.append(_deliver(context, issue, url, 20 * _SIZE))
                theirs.append(_send_by_peer(context, issue, url, 20 * _SIZE))
    if theirs:
        rate = f"{1e6 / statistics.median(cost.wall for cost in ours):,.0f} readers a second"
        yield replace(_measurement(_SENDGRID, ours, theirs), remark=rate)
    with http_sink(0.1) as url:
        pairs = [[_latent(url, connections) for connections in (8, 1)] for _ in range(2)]
    eight, one = zip(*pairs, strict=True)
    yield _measurement(_CONNECTIONS, eight, one)


def _latent(url: str, connections: int) -> Cost:
    with _planned(80 * _SIZE) as (context, issue):
        return _deliver(context, issue, url, 80 * _SIZE, connections)


def _smtp_peers() -> Iterator[Measurement]:
    with smtp_sink() as port:
        if peers.are_installed():
            # As in a delivery: several connections, one batch each.
            pairs = [
                (
                    _smtp(port, 3_000, Smtp.connections),
                    _measure(peers.django(port, _letters(300)), 300),
                )
                for _ in range(_ROUNDS)
            ]
            ours, theirs = zip(*pairs, strict=True)
            yield _measurement(_DJANGO, ours, theirs)
        if node_is_ready():
            yield _nodemailer(port)


def _nodemailer(port: int) -> Measurement:
    count, connections = 300, Smtp.connections
    ours: list[Cost] = []
    theirs: list[Cost] = []
    with tempfile.TemporaryDirectory() as folder:
        html = Path(folder) / "message.html"
        html.write_text(f"<p>{_LONG}</p>", "utf-8")
        words = ("nodemailer.mjs", str(port), str(connections), str(count))
        with node_peer(*words, environment={"BENCH_HTML": str(html)}) as peer:
            for _ in range(_ROUNDS):
                ours.append(_smtp(port, 3_000, connections))
                processor, wall = (seconds / count * 1e6 for seconds in peer.round())
                theirs.append(Cost(wall, processor))
    return _measurement(_NODEMAILER, ours, theirs)


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


def _stragglers() -> Measurement:
    """Compare a list with stragglers to one without; the wait for them does not count."""
    with smtp_sink() as port:
        with_stragglers, without = (_deliver_by_smtp(port, every) for every in (50, 0))
    return _measurement(_STRAGGLERS, [with_stragglers], [without])


def _deliver_by_smtp(port: int, every: int) -> Cost:
    mailer = _WithStragglers(port, every)
    with _planned(_STRAGGLER_LIST, batch_size=100) as (context, issue), closing(mailer):
        ledger = open_ledger(context, issue)

        def work() -> None:
            done = deliver(ledger, mailer, wait=lambda _seconds: None, connections=Smtp.connections)
            assert done.counts.accepted == _STRAGGLER_LIST, done

        return _measure(work, _STRAGGLER_LIST)


def _measurement(
    comparison: Comparison, ours: Sequence[Cost], theirs: Sequence[Cost]
) -> Measurement:
    """Take processor time where nothing is waited for, because other processes run as well."""
    first, other = (
        tuple(cost.cpu if comparison.clock == "processor" else cost.wall for cost in costs)
        for costs in (ours, theirs)
    )
    return Measurement(comparison=comparison, ours=first, theirs=other)


def _measure(work: Callable[[], object], count: int) -> Cost:
    started, cpu = time.perf_counter(), time.process_time()
    work()
    used, taken = time.process_time() - cpu, time.perf_counter() - started
    return Cost(taken / count * 1e6, used / count * 1e6)


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
