"""An erasure reads years of deliveries while others write, and locks them out for its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from newsletter.context import Context
from newsletter.models import Issue
from newsletter.storage import reader_records
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.deliveries import PlannedDelivery
from newsletter.storage.tables import delivery
from newsletter.subscriptions.erase import erase
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue

ANN, BOB = "runner1@example.org", "runner2@example.org"


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    url = "" if database_url.startswith("sqlite") else database_url
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=3, database_url=url)
    yield context
    context.engine.dispose()


@pytest.fixture
def issue(context: Context) -> Issue:
    return freeze_next_issue(context)


def plan(context: Context, issue: Issue, number: int, address: str) -> None:
    """Plan one delivery more."""
    new = PlannedDelivery(subscriber_id=number, address=address, edition="north")
    with transaction(context.engine) as connection:
        deliveries.plan(connection, issue.id, [new], batch_size=2, now=context.clock())


def complain_of(context: Context, address: str, reader: int) -> None:
    """Store a server's reply that names somebody, as versions before this one did."""
    of_reader = delivery.c.subscriber_id == reader
    with transaction(context.engine) as connection:
        words = f"550 <{address.upper()}> is full"
        connection.execute(update(delivery).where(of_reader).values(detail=words))


def rows_of(context: Context) -> list[tuple[str, str]]:
    query = select(delivery.c.address, delivery.c.detail).order_by(delivery.c.id)
    with snapshot(context.engine) as connection:
        return [(row[0], row[1]) for row in connection.execute(query)]


def test_what_names_the_reader_is_found_before_the_transaction(
    context: Context, issue: Issue
) -> None:
    plan(context, issue, 70, ANN.title())
    complain_of(context, ANN, reader=2)
    statements: list[tuple[bool, str, Any]] = []

    @event.listens_for(context.engine, "before_cursor_execute")
    def note(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> None:
        is_writing = connection.get_execution_options().get("happy_trails_write", False)
        statements.append((is_writing, statement, parameters))

    erase(context, ANN, by="author")

    assert rows_of(context) == [
        ("1@erased.invalid", ""),
        (BOB, "550 <…@EXAMPLE.ORG> is full"),
        ("runner3@example.org", ""),
        ("70@erased.invalid", ""),
    ]
    if context.engine.dialect.name == "sqlite":
        locked = [entry for entry in statements if entry[0] and "delivery" in entry[1]]
        with snapshot(context.engine) as connection:
            plans = [
                row[-1]
                for _, statement, parameters in locked
                if statement.startswith(("SELECT", "UPDATE"))
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
        assert plans
        assert not [step for step in plans if step.startswith("SCAN delivery")]
        # The only search of every row begins behind those that were read before.
        searched_above = [
            parameters[0] for _, statement, parameters in locked if "delivery.id > ?" in statement
        ]
        assert searched_above == [4]


def test_what_is_stored_between_the_search_and_the_transaction_is_erased_too(
    context: Context, issue: Issue
) -> None:
    with snapshot(context.engine) as connection:
        mentions = reader_records.find_mentions(connection, 1, ANN)
    plan(context, issue, 70, ANN.title())
    plan(context, issue, 71, "late@example.org")
    complain_of(context, ANN, reader=71)

    with transaction(context.engine) as connection:
        spellings = reader_records.erase_reader(connection, 1, ANN, mentions)

    assert spellings == tuple(sorted((ANN, ANN.title())))
    assert [row for row in rows_of(context) if "unner1@" in "".join(row).lower()] == []
    assert rows_of(context)[-1] == ("late@example.org", "550 <…@EXAMPLE.ORG> is full")
