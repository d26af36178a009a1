"""Recording a batch and claiming the next share one commit: both are stored, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from newsletter.context import Context
from newsletter.delivery.control import stop
from newsletter.models import Figures
from newsletter.sender.batch import Batch, receipt_for_each
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    figures,
    freeze_next_issue,
    ledger,
)
from tests.support.postgresql import PostgreSQL


@pytest.fixture
def context(database_url: str, tmp_path: Path) -> Iterator[Context]:
    context = create_outbox_newsletter(tmp_path / "newsletter", database_url=database_url)
    yield context
    context.engine.dispose()


def numbers(batch: Batch | None) -> list[int]:
    assert batch is not None
    return [recipient.subscriber_id for recipient in batch.recipients]


def test_each_record_brings_the_next_batch_until_none_is_left(context: Context) -> None:
    issue = freeze_next_issue(context)
    book = ledger(context, issue)
    values, batch = [], book.claim(None)
    while batch:
        values += numbers(batch)
        batch = book.record_and_claim(batch, receipt_for_each(batch.recipients, "accepted"))
    assert values == [1, 2, 3, 4, 5, 6]
    assert figures(context, issue) == Figures(planned=6, accepted=6)


def test_a_stopped_issue_stores_the_record_and_claims_nothing_more(
    context: Context,
) -> None:
    issue = freeze_next_issue(context)
    book = ledger(context, issue)
    batch = book.claim(None)
    assert batch is not None
    stop(context, "last")
    assert book.record_and_claim(batch, receipt_for_each(batch.recipients, "accepted")) is None
    assert figures(context, issue) == Figures(planned=6, accepted=2, pending=4)


def test_a_commit_whose_response_was_lost_may_be_repeated(
    tmp_path: Path, postgresql_server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = create_outbox_newsletter(
        tmp_path / "newsletter", database_url=postgresql_server.new_database()
    )
    issue = freeze_next_issue(context)
    book = ledger(context, issue)
    first = book.claim(None)
    assert first is not None
    commit = context.engine.dialect.do_commit

    def commit_and_lose_the_answer(connection: Any) -> None:
        commit(connection)
        monkeypatch.undo()
        connection.driver_connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(context.engine.dialect, "do_commit", commit_and_lose_the_answer)
    second = book.record_and_claim(first, receipt_for_each(first.recipients, "accepted"))

    assert numbers(second) == [3, 4]
    assert figures(context, issue) == Figures(planned=6, accepted=2, unknown=2, pending=2)
    assert second is not None
    assert numbers(
        book.record_and_claim(second, receipt_for_each(second.recipients, "accepted"))
    ) == [5, 6]
    context.engine.dispose()
