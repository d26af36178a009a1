"""Readers come and leave while an issue is frozen for a long list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, update

from newsletter.context import Context
from newsletter.delivery.freeze import freeze
from newsletter.editorial.draft import draft_issue
from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.storage import reader_records, tables
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries, planning
from subscribers import storage as people
from subscribers.models import Subscriber
from tests.support.delivery_folder import create_outbox_newsletter

ERASED, LEFT = "runner1@example.org", "runner2@example.org"


@pytest.fixture
def context(tmp_path: Path, database_url: str) -> Iterator[Context]:
    url = "" if database_url.startswith("sqlite") else database_url
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=3, database_url=url)
    yield context
    context.engine.dispose()


@pytest.fixture
def issue(context: Context) -> Issue:
    issue = draft_issue(context).issue
    assert issue is not None
    return issue


def freeze_beside(
    context: Context, elsewhere: Context, issue: Issue, write: Callable[[Connection], None]
) -> Issue | Exception:
    """Freeze an issue, and write once it is planned, before it locks others out."""
    left = [write]

    @event.listens_for(context.engine, "before_cursor_execute")
    def write_once(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        locks = statement == "BEGIN IMMEDIATE" or "pg_advisory_xact_lock(" in statement
        if left and locks:
            with transaction(elsewhere.engine) as connection:
                left.pop()(connection)

    try:
        return freeze(context, issue.number, need_approval=False)
    except NotReady as error:
        return error
    finally:
        assert not left


def erase_and_leave(context: Context, connection: Connection) -> None:
    secrets = context.secrets.require_signing()
    at = context.clock()
    gone = people.erase(connection, ERASED, by="subscriber", at=at, secrets=secrets)
    reader_records.erase_reader(connection, gone.subscriber_id, ERASED)
    person = people.require_by_address(connection, LEFT)
    people.unsubscribe(connection, person.id, at=at, source="one-click")


def test_who_is_erased_meanwhile_is_not_in_the_issue_by_name(
    context: Context, elsewhere: Context, issue: Issue
) -> None:
    frozen = freeze_beside(context, elsewhere, issue, lambda c: erase_and_leave(context, c))

    assert isinstance(frozen, Issue)
    assert frozen.status == "frozen"
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 3, "planned before they left"
        rows = connection.execute(tables.delivery.select()).all()
    assert sorted(row.address.partition("@")[2] for row in rows) == [
        *("erased.invalid", "example.org", "example.org")
    ]


def test_the_plan_is_copied_with_a_large_page_cache_that_is_given_back(
    context: Context, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []

    @event.listens_for(context.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        statements.append(statement)

    def copy_then_fail(connection: Connection, *_: object, **__: object) -> None:
        store_plan(connection, issue.id, now=context.clock())
        raise NotReady("the disk is full")

    store_plan = planning.store_plan
    monkeypatch.setattr(planning, "store_plan", copy_then_fail)
    with pytest.raises(NotReady):
        freeze(context, issue.number, need_approval=False)

    copied = next(
        at for at, one in enumerate(statements) if one.startswith("INSERT INTO delivery ")
    )
    settings = {at: one for at, one in enumerate(statements) if "PRAGMA cache_size =" in one}
    if context.engine.dialect.name != "sqlite":
        assert settings == {}
        return
    assert [at < copied for at in settings] == [True, False], "also where the copy fails"
    assert next(iter(settings.values())) == "PRAGMA cache_size = -24000"


def test_an_issue_that_the_author_stops_meanwhile_is_not_frozen(
    context: Context, elsewhere: Context, issue: Issue
) -> None:
    def stop(connection: Connection) -> None:
        connection.execute(update(tables.issue).values(status="stopped"))

    error = freeze_beside(context, elsewhere, issue, stop)

    assert isinstance(error, NotReady)
    assert "changed while it was made ready" in str(error)
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 0


def test_who_joins_meanwhile_gets_the_next_issue(
    context: Context, elsewhere: Context, issue: Issue
) -> None:
    def join(connection: Connection) -> None:
        late = Subscriber(address="late@example.org")
        secrets = context.secrets.require_signing()
        people.add(connection, late, at=context.clock(), source="test", secrets=secrets)

    frozen = freeze_beside(context, elsewhere, issue, join)

    assert isinstance(frozen, Issue)
    with snapshot(context.engine) as connection:
        assert deliveries.figures(connection, issue.id).planned == 3


def test_nothing_of_a_plan_stays_in_the_connection(
    context: Context, elsewhere: Context, issue: Issue
) -> None:
    def stop(connection: Connection) -> None:
        connection.execute(update(tables.issue).values(status="stopped"))

    assert isinstance(freeze_beside(context, elsewhere, issue, stop), NotReady)

    with snapshot(context.engine) as connection:
        if connection.dialect.name == "sqlite":
            left = connection.exec_driver_sql("SELECT name FROM sqlite_temp_master").all()
        else:
            left = connection.exec_driver_sql(
                "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'"
            ).all()
    assert left == []
