"""The gain from a second machine: two workers on PostgreSQL against one."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import delete, func, insert, select, table

from newsletter.context import Context
from newsletter.delivery.leader import open_queue, share_batches
from newsletter.models import Issue
from newsletter.sender.job_queue import job_schema as engine_tables
from newsletter.storage import editions, issues, tables
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from subscribers.storage.tables import subscribers
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.sink import http_sink
from tests.delivery.worker_processes import start_worker
from tests.support import postgresql
from tests.support.delivery_folder import create_sendgrid_newsletter, freeze_next_issue
from tests.support.postgresql import PostgreSQL
from tests.support.sendgrid import SendGridStandIn

_NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
_LATENCY = 0.05


_ROUNDS = 3
_BY_SIZE = {
    size: Comparison(
        key=f"sharing.batches-of-{size}",
        what=f"two workers on PostgreSQL, 50 ms an answer, batches of {size:,}",
        against="one worker",
        unit="s",
        floor=1 / 1.6,
        clock="wall",
        explanation="Both workers, the server of the database and the sink share the machine's "
        "cores: with two cores, large batches wait for the processor and no more for the network.",
    )
    for size in (100, 1_000)
}
COMPARISONS = tuple(_BY_SIZE.values())


def measure() -> Iterator[Measurement]:
    """Take the time from the first job to the issue's end; the workers wait beforehand."""
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as folder,
        postgresql.run_server(Path(folder)) as server,
        http_sink(_LATENCY) as url,
    ):
        for size, comparison in _BY_SIZE.items():
            # Sixty-four batches open one connection a worker, so latency dominates.
            pairs = [
                [_seconds(server, url, many, size, 64) for many in (2, 1)] for _ in range(_ROUNDS)
            ]
            ours, theirs = zip(*pairs, strict=True)
            yield Measurement(comparison=comparison, ours=ours, theirs=theirs)


def _seconds(server: PostgreSQL, url: str, workers: int, size: int, batches: int) -> float:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        context = create_sendgrid_newsletter(
            Path(folder) / "newsletter",
            SendGridStandIn(url=url),
            readers=1,
            batch_size=size,
            database_url=server.new_database(),
        )
        stack.callback(context.engine.dispose)
        issue = freeze_next_issue(context)
        _plan(context, issue, size, batches)
        open_queue(context.engine)
        for _ in range(workers):
            stack.enter_context(start_worker(context.folder))
        while _at_work(context) < workers:
            time.sleep(0.01)
        time.sleep(0.5)  # they listen a moment after they are registered
        start = time.perf_counter()
        with share_batches(context, issue):
            while _status(context, issue) != "sent":
                time.sleep(0.005)
        seconds = time.perf_counter() - start
        with snapshot(context.engine) as connection:
            assert deliveries.figures(connection, issue.id).accepted == size * batches
    return seconds


def _plan(context: Context, issue: Issue, size: int, batches: int) -> None:
    """Replace the folder's only reader by a long list."""
    numbers = range(1, size * batches + 1)
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
            for number in numbers
        ]
        connection.execute(insert(subscribers), people)
        edition = editions.editions_of(connection, issue)[0].key
        planned = (
            deliveries.PlannedDelivery(
                subscriber_id=number, address=f"runner{number}@example.org", edition=edition
            )
            for number in numbers
        )
        deliveries.plan(connection, issue.id, planned, batch_size=size, now=_NOW)


def _at_work(context: Context) -> int:
    there = table("procrastinate_workers", schema=engine_tables()[0])
    with snapshot(context.engine) as connection:
        return int(connection.scalar(select(func.count()).select_from(there)) or 0)


def _status(context: Context, issue: Issue) -> str:
    with snapshot(context.engine) as connection:
        return str(issues.status_of(connection, issue.id))
