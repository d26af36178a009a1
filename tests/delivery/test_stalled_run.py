"""A run that stalls past its lease, as on a suspended laptop, and then resumes."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.ledger.stored_ledger import LEASE
from newsletter.models import Figures
from newsletter.pipeline.send import send
from tests.delivery.worker_processes import GatedStandIn, wait_until
from tests.support.blog import Blog
from tests.support.delivery_folder import (
    create_sendgrid_newsletter,
    figures,
    freeze_next_issue,
    status,
)
from tests.support.newsletter_folder import NOW
from tests.support.program import Program
from tests.support.sendgrid import KEY


@pytest.fixture
def gate() -> Iterator[GatedStandIn]:
    with GatedStandIn() as standin:
        yield standin


@pytest.fixture
def context(tmp_path: Path, gate: GatedStandIn, database_url: str) -> Iterator[Context]:
    context = create_sendgrid_newsletter(
        tmp_path / "newsletter", gate, readers=20, batch_size=5, database_url=database_url
    )
    yield context
    context.engine.dispose()


@pytest.fixture
def program(context: Context) -> Program:
    return Program(context.folder, NOW, {"SENDGRID_API_KEY": KEY})


def much_later(context: Context) -> Context:
    """Return the newsletter as seen without its lock, after the lease has run out."""
    return replace(
        context, lock=nullcontext, real_clock=lambda: dt.datetime.now(dt.UTC) + 2 * LEASE
    )


@pytest.mark.parametrize("words", [("run",), ("send", "last")], ids=" ".join)
def test_a_stalled_run_s_batch_is_unknown_until_it_resumes_and_is_sent_once(
    context: Context, program: Program, gate: GatedStandIn, blog: Blog, words: tuple[str, ...]
) -> None:
    issue = freeze_next_issue(context)
    # A run goes on after the delivery, and reads the feeds.
    blog.serve_feed('<rss version="2.0"><channel><title>Hills</title></channel></rss>')
    program.set("https://blog.example.com/feed/", f"{blog.url}/feed/")
    with (context.folder / "newsletter.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[fetch]\nallow_private_addresses = true\n")
    gate.after = gate.wait_open
    with program.start(*words) as sleeper:
        wait_until(lambda: bool(gate.mailed))
        sleeper.send_signal(signal.SIGSTOP)
        gate.opened.set()
        # The process lives, so its lock keeps others out; this is the case where the lock failed.
        assert program("run").code == 75
        assert send(much_later(context), "last").figures == Figures(
            planned=20, accepted=15, unknown=5
        )

        sleeper.send_signal(signal.SIGCONT)
        sleeper.communicate(timeout=60)
    assert sleeper.returncode == 0
    assert figures(context, issue) == Figures(planned=20, accepted=20)
    assert status(context, issue) == "sent"
    assert len(set(gate.addresses)) == len(gate.addresses) == 20


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_told_to_stop_records_its_batch_and_reports_what_is_left(
    context: Context, program: Program, gate: GatedStandIn, told: signal.Signals
) -> None:
    issue = freeze_next_issue(context)
    gate.after = gate.wait_open
    with program.start("run") as running:
        wait_until(lambda: bool(gate.mailed))
        running.send_signal(told)
        gate.opened.set()
        _, text = running.communicate(timeout=60)
    assert running.returncode == 1
    assert "Issue 1: 5 of 20 accepted, 15 still pending. It was interrupted." in text
    assert figures(context, issue) == Figures(planned=20, accepted=5, pending=15)
    assert send(context, "last").figures == Figures(planned=20, accepted=20)
    assert len(set(gate.addresses)) == len(gate.addresses) == 20
