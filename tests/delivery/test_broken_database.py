"""A database that cannot be written to, before or after a request was sent."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.models import Figures
from newsletter.pipeline.send import send
from tests.support.delivery_folder import create_sendgrid_newsletter, figures, freeze_next_issue
from tests.support.sendgrid import SendGridStandIn


@pytest.fixture
def context(tmp_path: Path, sendgrid: SendGridStandIn) -> Context:
    return impatient(create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid))


def impatient(context: Context) -> Context:
    """Return the newsletter with a short busy timeout."""

    def hasten(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(context.engine, "connect", hasten)
    context.engine.dispose()
    return context


def lock_database(context: Context) -> sqlite3.Connection:
    """Hold a write lock on the database from another connection."""
    connection = sqlite3.connect(
        context.folder / "newsletter.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN IMMEDIATE")
    return connection


@pytest.fixture
def soon_at_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry without waiting."""
    monkeypatch.setattr("newsletter.storage.database.engine._BACKOFF", (0.0,))


@pytest.mark.usefixtures("soon_at_an_end")
def test_nothing_is_sent_where_the_intent_cannot_be_written(
    context: Context, sendgrid: SendGridStandIn
) -> None:
    issue = freeze_next_issue(context)
    with closing(lock_database(context)), pytest.raises(NewsletterError, match="locked"):
        send(context, "last")
    assert sendgrid.requests == []
    assert figures(context, issue) == Figures(planned=6, pending=6)
    assert send(context, "last").figures == Figures(planned=6, accepted=6)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 6


def test_a_long_database_lock_costs_no_message(
    context: Context, sendgrid: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze_next_issue(context)
    take = sendgrid.take

    def take_and_occupy(payload: dict[str, Any]) -> None:
        take(payload)
        backup = lock_database(context)
        threading.Timer(0.2, backup.close).start()

    monkeypatch.setattr(SendGridStandIn, "take", lambda _self, payload: take_and_occupy(payload))
    assert send(context, "last").figures == Figures(planned=6, accepted=6)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 6


@pytest.mark.usefixtures("soon_at_an_end")
def test_a_sent_batch_that_could_not_be_recorded_is_unknown(
    context: Context, sendgrid: SendGridStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = freeze_next_issue(context)
    others: list[sqlite3.Connection] = []
    take = sendgrid.take

    def take_and_occupy(payload: dict[str, Any]) -> None:
        take(payload)
        others.append(lock_database(context))

    monkeypatch.setattr(SendGridStandIn, "take", lambda _self, payload: take_and_occupy(payload))
    with pytest.raises(NewsletterError, match="locked"):
        send(context, "last")
    monkeypatch.undo()
    for connection in others:
        connection.close()
    assert figures(context, issue) == Figures(planned=6, unknown=2, pending=4)
    assert send(context, "last").figures == Figures(planned=6, accepted=4, unknown=2)
    assert len(set(sendgrid.addresses)) == len(sendgrid.addresses) == 6
