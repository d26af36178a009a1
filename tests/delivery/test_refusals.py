"""Refusals in the ledger of either engine, and with workers: one reader decides for nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.delivery.leader import share_batches
from newsletter.models import Figures
from newsletter.pipeline.send import send
from tests.delivery.worker_processes import start_worker
from tests.support.delivery_folder import create_smtp_newsletter, figures, freeze_next_issue
from tests.support.postgresql import PostgreSQL
from tests.support.smtp_relay import Relay

READERS = tuple(f"runner{number}@hills{number % 3}.example" for number in range(30))
DENIED = "550 5.7.1 Access denied"
LISTED = "554 5.7.1 Your IP address is listed by our blocklist"

Folder = Callable[..., Context]


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as relay:
        yield relay


@pytest.fixture
def folder(tmp_path: Path, relay: Relay, database_url: str) -> Iterator[Folder]:
    """Create newsletters whose mailer is the relay."""
    with ExitStack() as stack:

        def create(batch_size: int) -> Context:
            context = create_smtp_newsletter(
                tmp_path / "newsletter",
                relay,
                READERS,
                batch_size=batch_size,
                database_url=database_url,
            )
            stack.callback(context.engine.dispose)
            return context

        yield create


@pytest.mark.parametrize("refused", [READERS[:3], READERS[-3:]], ids=["front", "end"])
@pytest.mark.parametrize("batch_size", [1, 3])
def test_three_refused_readers_at_either_end_stop_nobody(
    folder: Folder, relay: Relay, batch_size: int, refused: tuple[str, ...]
) -> None:
    relay.to_recipient.update(dict.fromkeys(refused, DENIED))
    context = folder(batch_size)
    freeze_next_issue(context)

    sent = send(context, "last")

    assert sent.figures == Figures(planned=30, accepted=27, failed=3), sent.reason
    assert sorted(relay.addresses) == sorted(set(READERS) - set(refused))


def test_a_domain_that_blames_us_is_told_and_holds_up_no_other_issue(
    folder: Folder, relay: Relay
) -> None:
    odd = [reader for reader in READERS if reader.endswith("@hills2.example")]
    relay.to_recipient.update(dict.fromkeys(odd, LISTED))
    # Readers are asked one after the other, so the last one is of that domain, and from the end
    # the first.
    context = folder(1)
    freeze_next_issue(context)

    sent = send(context, "last")

    assert (sent.figures.accepted, sent.figures.unknown) == (20, 0), sent.reason
    assert sent.figures.pending == sent.waiting, sent.reason
    assert sent.complete


def test_a_worker_waits_for_no_straggler_since_the_leader_does(
    tmp_path: Path, relay: Relay, postgresql_server: PostgreSQL
) -> None:
    late = READERS[4]
    relay.to_recipient[late] = "450 4.2.0 Greylisted"
    context = create_smtp_newsletter(
        tmp_path / "newsletter",
        relay,
        READERS,
        batch_size=3,
        database_url=postgresql_server.new_database(),
    )
    issue = freeze_next_issue(context)
    with share_batches(context, issue), start_worker(context.folder, "--once") as worker:
        assert worker.wait_for_exit() == 0

    assert figures(context, issue) == Figures(planned=30, accepted=29, pending=1)
    assert relay.asked[late] == 1
    context.engine.dispose()
