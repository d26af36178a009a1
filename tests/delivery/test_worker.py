"""Workers on PostgreSQL: whatever happens to one of them, each reader is mailed once."""

from __future__ import annotations

import datetime as dt
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from newsletter.context import Context
from newsletter.delivery.control import stop
from newsletter.delivery.leader import open_queue, share_batches
from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.delivery.worker import run_worker
from newsletter.models import Figures, Issue
from newsletter.pipeline.send import send
from newsletter.sender.job_queue import Heartbeat, JobQueue, job_schema
from newsletter.storage.database.engine import snapshot
from newsletter.storage.database.postgresql import connect_arguments
from tests.delivery.worker_processes import GatedStandIn, start_worker, wait_until
from tests.support.delivery_folder import (
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    status,
)
from tests.support.postgresql import PostgreSQL
from tests.support.sendgrid import Reply

Folder = Callable[..., Context]


@pytest.fixture
def gate() -> Iterator[GatedStandIn]:
    with GatedStandIn() as standin:
        yield standin


@pytest.fixture
def folder(tmp_path: Path, gate: GatedStandIn, postgresql_server: PostgreSQL) -> Iterator[Folder]:
    """Create newsletters on PostgreSQL with batches of five."""
    with ExitStack() as stack:

        def make(readers: int, **settings: int) -> Context:
            context = create_sendgrid_newsletter(
                tmp_path / "newsletter",
                gate,
                readers=readers,
                batch_size=5,
                database_url=postgresql_server.new_database(),
                **settings,  # type: ignore[arg-type]  # numbers, as the tests below give them
            )
            stack.callback(context.engine.dispose)
            return replace(context, wait=time.sleep)

        yield make


def nobody_twice(gate: GatedStandIn) -> bool:
    return len(set(gate.addresses)) == len(gate.addresses)


def jobs(context: Context) -> list[str]:
    """Return the states of all jobs."""
    with snapshot(context.engine) as connection:
        return list(
            connection.scalars(text(f"SELECT status FROM {job_schema()[0]}.procrastinate_jobs"))  # noqa: S608  # a table name of our own
        )


def test_two_workers_mail_everybody_once_and_end_the_issue_without_a_leader(
    folder: Folder, gate: GatedStandIn
) -> None:
    context = folder(60)
    issue = freeze_next_issue(context)
    # Hold both requests until the second has arrived.
    gate.before = lambda: gate.wait_for(2)
    with (
        share_batches(context, issue),
        start_worker(context.folder, "--once") as one,
        start_worker(context.folder, "--once") as other,
    ):
        assert (one.wait_for_exit(), other.wait_for_exit()) == (0, 0)

    assert figures(context, issue) == Figures(planned=60, accepted=60)
    assert status(context, issue) == "sent"
    assert nobody_twice(gate)
    assert len(gate.addresses) == 60
    for worker in (one, other):
        assert worker.said.startswith("Ready to take part; Ctrl-C ends it.\nIssue 1: 5 accepted.")
    assert jobs(context) == []


def test_the_leader_delivers_too_and_returns_when_the_others_have_ended(
    folder: Folder, gate: GatedStandIn
) -> None:
    context = folder(100)
    freeze_next_issue(context)
    # The leader opens two connections for twenty batches; the third request is the helper's.
    gate.before = lambda: gate.wait_for(3)
    with start_worker(context.folder) as helper:
        sent = send(context, "last")
        helper.signal(signal.SIGTERM)
        assert helper.wait_for_exit() == 0

    assert sent.issue.status == "sent"
    assert sent.figures == Figures(planned=100, accepted=100)
    assert "5 accepted" in helper.said
    assert nobody_twice(gate)
    assert jobs(context) == []


def test_without_workers_the_leader_delivers_alone(folder: Folder, gate: GatedStandIn) -> None:
    context = folder(60)
    freeze_next_issue(context)
    assert send(context, "last").figures == Figures(planned=60, accepted=60)
    assert nobody_twice(gate)
    assert jobs(context) == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_killed_worker_s_batch_is_unknown_and_the_rest_is_sent_by_others(
    folder: Folder, gate: GatedStandIn, moment: str
) -> None:
    context = folder(60)
    issue = freeze_next_issue(context)
    setattr(gate, moment, gate.wait_open)
    with share_batches(context, issue), start_worker(context.folder) as doomed:
        wait_until(lambda: bool(gate.arrivals))
        doomed.kill()
    gate.opened.set()

    sent = send(context, "last")
    assert sent.figures == Figures(planned=60, accepted=55, unknown=5)
    assert sent.issue.status == "sent"
    assert nobody_twice(gate)
    assert len(gate.addresses) == 60  # accepted, although the response was lost


def test_jobs_of_dead_workers_are_retried(folder: Folder, gate: GatedStandIn) -> None:
    context = folder(160)
    issue = freeze_next_issue(context)
    gate.before = gate.wait_open
    with share_batches(context, issue):
        with start_worker(context.folder) as doomed:
            wait_until(lambda: bool(gate.arrivals))
            doomed.kill()
        gate.opened.set()
        assert "doing" in jobs(context)
        while status(context, issue) != "sent":
            _work_once(context)

    # Its job was of two batches: one unknown, the other sent by the worker that retried the job.
    assert figures(context, issue) == Figures(planned=160, accepted=155, unknown=5)
    assert nobody_twice(gate)


def _work_once(context: Context) -> None:
    """Run in a thread, because a browser test may keep an event loop in this one."""
    values: list[str] = []
    with ThreadPoolExecutor(1) as apart:
        apart.submit(
            run_worker, context, say=values.append, once=True, open_queue=_impatient
        ).result()


def _impatient(engine: Engine) -> JobQueue:
    open_queue(engine)
    return JobQueue(connect_arguments(engine), heartbeat=Heartbeat(interval=0.2, timeout=1.0))


def test_a_worker_stalled_past_its_lease_loses_its_batch_and_its_late_proof_counts(
    folder: Folder, gate: GatedStandIn
) -> None:
    context = folder(60)
    issue = freeze_next_issue(context)
    gate.after = gate.wait_open
    with start_worker(context.folder) as sleeper:
        with share_batches(context, issue):
            wait_until(lambda: bool(gate.mailed))
            sleeper.signal(signal.SIGSTOP)
        gate.opened.set()
        tomorrow = replace(context, real_clock=lambda: dt.datetime.now(dt.UTC) + LEASE * 2)
        assert send(tomorrow, "last").figures == Figures(planned=60, accepted=55, unknown=5)

        sleeper.signal(signal.SIGCONT)
        wait_until(lambda: figures(context, issue).unknown == 0)
        sleeper.signal(signal.SIGTERM)
        assert sleeper.wait_for_exit() == 0
    assert figures(context, issue) == Figures(planned=60, accepted=60)
    assert nobody_twice(gate)
    assert len(gate.addresses) == 60


def test_a_worker_told_to_stop_finishes_its_batch_and_returns_the_rest(
    folder: Folder, gate: GatedStandIn
) -> None:
    context = folder(160)
    issue = freeze_next_issue(context)
    gate.before = gate.wait_open
    with share_batches(context, issue):
        with start_worker(context.folder) as leaver:
            wait_until(lambda: bool(gate.arrivals))
            leaver.signal(signal.SIGTERM)
            time.sleep(0.1)
            gate.opened.set()
            assert leaver.wait_for_exit() == 0
        result = figures(context, issue)
        assert result == Figures(
            planned=160, accepted=len(gate.addresses), pending=160 - result.accepted
        )
        assert result.pending > 0
        assert set(jobs(context)) == {"todo"}
        with start_worker(context.folder, "--once") as successor:
            assert successor.wait_for_exit() == 0
    assert figures(context, issue) == Figures(planned=160, accepted=160)
    assert nobody_twice(gate)


def test_a_worker_opens_new_connections_for_each_job(folder: Folder, gate: GatedStandIn) -> None:
    context = folder(800)
    issue = freeze_next_issue(context)
    open_now: list[int] = []
    gate.after = lambda: open_now.append(len(gate._open))
    with share_batches(context, issue), start_worker(context.folder, "--once") as worker:
        assert worker.wait_for_exit() == 0
    assert figures(context, issue) == Figures(planned=800, accepted=800)
    # Sixteen jobs of ten batches, each over two connections.
    assert open_now[-1] <= 2


def test_a_stop_reaches_workers_during_delivery(folder: Folder, gate: GatedStandIn) -> None:
    context = folder(160)
    issue = freeze_next_issue(context)
    gate.before = lambda: gate.wait_for(2)
    gate.after = lambda: stop_after(context, issue, gate)
    with (
        share_batches(context, issue),
        start_worker(context.folder, "--once") as one,
        start_worker(context.folder, "--once") as other,
    ):
        assert (one.wait_for_exit(), other.wait_for_exit()) == (0, 0)
    result = figures(context, issue)
    assert status(context, issue) == "stopped"
    assert result == Figures(
        planned=160, accepted=len(gate.addresses), pending=160 - result.accepted
    )
    assert result.pending > 0
    assert nobody_twice(gate)


def stop_after(context: Context, issue: Issue, gate: GatedStandIn) -> None:
    if len(gate.arrivals) >= 4:
        stop(context, str(issue.number))


def test_too_many_failures_stop_all_workers(folder: Folder, gate: GatedStandIn) -> None:
    context = folder(400)
    issue = freeze_next_issue(context)
    gate.refused_addresses |= {f"runner{number}@example.org" for number in range(1, 400, 4)}
    with start_worker(context.folder) as helper:
        wait_until(helper.is_ready)
        sent = send(context, "last")
        helper.signal(signal.SIGTERM)
        assert helper.wait_for_exit() == 0
    assert sent.issue.status == status(context, issue) == "stopped"
    assert "It was stopped: " in sent.reason
    assert "were refused" in sent.reason
    assert sent.figures.pending > 0
    assert sent.figures.accepted == len(gate.addresses)
    assert nobody_twice(gate)


def test_a_worker_whose_account_is_refused_exits_with_3_as_send_does(
    folder: Folder, gate: GatedStandIn
) -> None:
    context = folder(20)
    issue = freeze_next_issue(context)
    forbidden = Reply(status=403, body={"errors": [{"message": "Sender is suspended"}]})
    gate.script += [forbidden] * 4
    with share_batches(context, issue), start_worker(context.folder, "--once") as worker:
        assert worker.wait_for_exit() == 3
    assert "Sender is suspended" in worker.said
    assert figures(context, issue) == Figures(planned=20, pending=20)


def test_all_machines_share_one_rate_limit(folder: Folder, gate: GatedStandIn) -> None:
    # Five messages in a quarter of a second.
    context = folder(30, rate_per_minute=1200)
    freeze_next_issue(context)
    start = time.monotonic()
    with start_worker(context.folder) as one, start_worker(context.folder) as other:
        wait_until(lambda: one.is_ready() and other.is_ready())
        sent = send(context, "last")
        for worker in (one, other):
            worker.signal(signal.SIGTERM)
            assert worker.wait_for_exit() == 0
    assert sent.figures == Figures(planned=30, accepted=30)
    # A slow machine only delays them: none comes before its time.
    early = [
        place
        for place, moment in enumerate(sorted(gate.arrivals))
        if moment < start + place * 0.25 * 0.999
    ]
    assert early == []
    assert len(gate.arrivals) == 6
    assert nobody_twice(gate)
