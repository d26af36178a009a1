"""On PostgreSQL readers come and leave while an issue is frozen for a long list."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text, update

from newsletter.context import Context
from newsletter.delivery.freeze import freeze
from newsletter.editorial.draft import draft_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.storage import reader_records, tables
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from subscribers import storage as people
from tests.support.delivery_folder import create_outbox_newsletter
from tests.support.newsletter_folder import subscribe
from tests.support.postgresql import PostgreSQL

ERASED, LEFT = "runner1@example.org", "runner2@example.org"


@pytest.fixture
def context(tmp_path: Path, postgresql_server: PostgreSQL) -> Iterator[Context]:
    context = create_outbox_newsletter(
        tmp_path / "newsletter", readers=3, database_url=postgresql_server.new_database()
    )
    yield context
    context.engine.dispose()


@pytest.fixture
def issue(context: Context) -> Issue:
    issue = draft_issue(context).issue
    assert issue is not None
    return issue


def freeze_beside(
    context: Context, issue: Issue, write: Callable[[Connection], None]
) -> Issue | Exception:
    """Freeze an issue while another transaction holds the lock, and writes once it is planned."""
    results: list[Issue | Exception] = []

    def work() -> None:
        try:
            results.append(freeze(context, issue.number, need_approval=False))
        except NotReady as error:
            results.append(error)

    thread = threading.Thread(target=work)
    with transaction(context.engine) as connection:
        thread.start()
        waiting = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        while not connection.scalar(waiting):
            time.sleep(0.01)
        write(connection)
    thread.join()
    return results[0]


def erase_and_leave(context: Context, connection: Connection) -> None:
    secrets = context.secrets.require_signing()
    at = context.clock()
    gone = people.erase(connection, ERASED, by="subscriber", at=at, secrets=secrets)
    reader_records.erase_reader(connection, gone.subscriber_id, ERASED)
    person = people.require_by_address(connection, LEFT)
    people.unsubscribe(connection, person.id, at=at, source="one-click")


def test_who_is_erased_meanwhile_is_not_in_the_issue_by_name(
    context: Context, issue: Issue
) -> None:
    frozen = freeze_beside(context, issue, lambda c: erase_and_leave(context, c))

    assert isinstance(frozen, Issue)
    assert frozen.status == "frozen"
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 3, "planned before they left"
        rows = connection.execute(tables.delivery.select()).all()
    assert sorted(row.address.partition("@")[2] for row in rows) == [
        *("erased.invalid", "example.org", "example.org")
    ]


def test_an_issue_that_the_author_stops_meanwhile_is_not_frozen(
    context: Context, issue: Issue
) -> None:
    def stop(connection: Connection) -> None:
        connection.execute(update(tables.issue).values(status="stopped"))

    error = freeze_beside(context, issue, stop)

    assert isinstance(error, NotReady)
    assert "changed while it was made ready" in str(error)
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 0


def test_who_joins_meanwhile_gets_the_next_issue(context: Context, issue: Issue) -> None:
    frozen = freeze_beside(context, issue, lambda _: None)
    subscribe(context, "late@example.org")

    assert isinstance(frozen, Issue)
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 3
