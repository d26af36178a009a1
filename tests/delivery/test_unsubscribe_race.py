"""Readers who unsubscribe in real threads during delivery get no message."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import Engine

from newsletter.context import Context
from newsletter.delivery.freeze import freeze
from newsletter.delivery.ledger.stored_ledger import open_ledger
from newsletter.editorial.draft import draft_issue
from newsletter.models import Issue
from newsletter.storage import issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.group_commit import GroupCommit
from newsletter.storage.database.migrate import migrate
from newsletter.storage.ledger import batches, deliveries
from newsletter.storage.ledger.batches import Intent
from newsletter.storage.ledger.deliveries import PlannedDelivery
from newsletter.subscriptions.unsubscribe import unsubscribe
from subscribers import storage as people
from subscribers.models import Subscriber
from subscribers.tokens import sign_token
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import link_id_of

NOW = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)
READERS = 60


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(database_url, tmp_path)
    migrate(engine)
    people.migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def issue(engine: Engine) -> Issue:
    """Plan an issue for sixty readers, three to a batch."""
    with transaction(engine) as connection:
        for number in range(READERS):
            person = Subscriber(address=f"reader{number}@example.org")
            people.add(connection, person, at=NOW, source="", secrets=("a secret",))
        issue = issues.add(
            connection, Issue(key="2026-W48", number=1, planned_for=NOW, created_at=NOW)
        )
        planned = [
            PlannedDelivery(
                subscriber_id=subscriber.id, address=subscriber.address, edition="north"
            )
            for page in people.all_pages(connection)
            for subscriber in page
        ]
        deliveries.plan(connection, issue.id, planned, batch_size=3, now=NOW)
    return issue


def test_a_reader_who_left_before_a_claim_is_in_none_and_the_figures_add_up(
    engine: Engine, issue: Issue
) -> None:
    left: list[int] = []
    wrong: list[set[int]] = []
    claimed: list[int] = []

    def leave() -> None:
        for subscriber_id in range(READERS, 0, -2):
            with transaction(engine) as connection:
                people.unsubscribe(connection, subscriber_id, at=NOW, source="one-click")
            left.append(subscriber_id)  # only now is the reader told that they are unsubscribed

    def claim() -> None:
        while True:
            values = set(left)
            intent = Intent(attempt_id="a", holder="me", lease_until=NOW, mailer="outbox")
            with transaction(engine, shared=True) as connection:
                claimed_batch = batches.claim(
                    connection,
                    issue.id,
                    intent,
                    mailable=partial(people.active_links, connection),
                    now=NOW,
                    due=NOW,
                )
            if claimed_batch is None:
                return
            ids = {subscriber for subscriber, _ in claimed_batch.deliveries}
            claimed.extend(ids)
            wrong.append(values & ids)

    at_once(leave, claim, claim)

    assert not any(wrong)
    assert len(claimed) == len(set(claimed))
    with snapshot(engine) as connection:
        figures = deliveries.figures(connection, issue.id)
    assert figures.planned == READERS
    assert figures.unknown == len(claimed)
    assert figures.unknown + figures.suppressed == READERS


def test_a_reader_who_left_before_the_freeze_is_not_planned_and_one_who_leaves_later_gets_nothing(
    tmp_path: Path, database_url: str
) -> None:
    context = create_outbox_newsletter(
        tmp_path / "newsletter", readers=READERS, batch_size=3, database_url=database_url
    )
    drafted = draft_issue(context).issue
    assert drafted is not None
    together = GroupCommit(context.engine)
    left: list[int] = []
    wrong: list[set[int]] = []
    planned: set[int] = set()
    suppressed: list[int] = []
    claimed: list[int] = []
    some_left, is_frozen = threading.Event(), threading.Event()

    def leave_by(first: int) -> None:
        for subscriber_id in range(first, READERS + 1, 6):
            link = sign_token(
                "unsubscribe", link_id_of(context, subscriber_id), context.secrets.signing
            )
            unsubscribe(context, link, source="one-click", group_commit=together)
            left.append(subscriber_id)  # only now is the reader told that they are unsubscribed
            some_left.set()
            if subscriber_id > READERS * 3 // 4:
                is_frozen.wait(60)

    def go_out() -> None:
        some_left.wait(60)
        values = set(left)
        issue = freeze(context, drafted.number, need_approval=False)
        planned.update(chain(*_pages(context, issue)))
        # Who left while the freeze planned is there, and gets nothing.
        with snapshot(context.engine) as connection:
            suppressed.append(deliveries.figures(connection, issue.id).suppressed)
        wrong.append(values & planned)
        is_frozen.set()
        ledger = open_ledger(context, issue)
        while True:
            values = set(left)
            batch = ledger.claim(None)
            if batch is None:
                return
            ids = {recipient.subscriber_id for recipient in batch.recipients}
            claimed.extend(ids)
            wrong.append(values & ids)

    at_once(*(partial(leave_by, first) for first in (1, 3, 5)), go_out)

    assert not any(wrong)
    assert len(claimed) == len(set(claimed))
    assert set(range(1, READERS + 1)) - set(claimed) <= set(left)
    assert set(range(2, READERS + 1, 2)) <= planned & set(claimed)
    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, drafted.number)
        assert issue is not None
        figures = deliveries.figures(connection, issue.id)
    assert figures.planned == len(planned) + sum(suppressed)
    assert len(planned) < READERS
    assert figures.unknown == len(claimed)
    assert figures.unknown + figures.suppressed == figures.planned
    context.engine.dispose()


def at_once(*works: Callable[[], None]) -> None:
    """Run each in its own thread and wait for all."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _pages(context: Context, issue: Issue) -> tuple[tuple[int, ...], ...]:
    with snapshot(context.engine) as connection:
        return tuple(deliveries.recipients_only_in(connection, issue.id, None, READERS))
