"""Undo the last import, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine

from subscribers import storage
from subscribers.models import ImportReport, LastImport, Subscriber, UndoneImport
from subscribers.storage import import_log

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SECRETS = ("a new secret of good length", "an old secret of good length")
Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]


def last(connection: Connection) -> LastImport:
    newest_import = import_log.last_import(connection)
    assert newest_import is not None
    return newest_import


def undo(engine: Engine) -> UndoneImport:
    with engine.begin() as connection:
        return import_log.undo(connection, last(connection), at=LATER)


def everybody(engine: Engine) -> list[Subscriber]:
    with engine.begin() as connection:
        return [person for page in storage.all_pages(connection) for person in page]


def test_to_undo_an_import_leaves_the_list_as_it_was(load: Load, engine: Engine) -> None:
    load("email,name,tags\nida@example.com,Ida,5k\nute@example.com,,\nbo@example.com,,\n")
    before = everybody(engine)
    load(
        "email,name,status,confirmed_at\nida@example.com,Ida Moor,,2024-01-02\n"
        "ute@example.com,,unsubscribed,\nbo@example.com,Bo,,\nbo@example.com,,bounced,\n"
        "new@example.com,New,,\ngone@example.com,,unsubscribed,\n",
        now=NOW + timedelta(hours=1),
        source="imported from wrong.csv",
    )

    undone = undo(engine)

    assert everybody(engine) == before
    assert (undone.removed, undone.restored, undone.kept) == (2, 3, 0)
    assert undone.source == "imported from wrong.csv"


def test_the_consent_log_tells_that_it_was_undone(load: Load, engine: Engine) -> None:
    load("email\nida@example.com\n")

    undo(engine)

    with engine.begin() as connection:
        log = storage.consents_of(connection, 1)
    assert [entry.event for entry in log] == ["imported", "undone"]


def test_who_changed_since_stays_as_they_are(load: Load, engine: Engine) -> None:
    load("email\nida@example.com\n")
    load("email,name\nida@example.com,Ida\n")
    with engine.begin() as connection:
        chosen = Subscriber(address="ida@example.com", name="Ida Moor")
        storage.save_choices(connection, 1, chosen, at=LATER, ip="", source="preferences")

    undone = undo(engine)

    assert (undone.restored, undone.kept) == (0, 1)
    assert [person.name for person in everybody(engine)] == ["Ida Moor"]


def test_who_unsubscribes_after_an_import_unsubscribed_them_is_not_brought_back(
    load: Load, engine: Engine, listed: Listed
) -> None:
    load("email\nida@example.com\notto@example.com\n")
    load("email,status\nida@example.com,unsubscribed\notto@example.com,unsubscribed\n")
    with engine.begin() as connection:
        storage.unsubscribe(connection, 1, at=LATER, source="link")

    undo(engine)

    assert listed() == {"ida@example.com": "unsubscribed", "otto@example.com": "active"}


def test_a_change_by_the_person_or_the_author_is_counted(load: Load, engine: Engine) -> None:
    load("email\nida@example.com\notto@example.com\nute@example.com\n")
    with engine.begin() as connection:
        assert import_log.count_changed(connection, last(connection)) == 0
        storage.unsubscribe(connection, 1, at=NOW, source="link")
        tagged = Subscriber(address="otto@example.com", tags=("club",))
        storage.add(connection, tagged, at=NOW, source="author", secrets=SECRETS)

        assert import_log.count_changed(connection, last(connection)) == 2


def test_who_signs_up_during_an_import_is_none_of_its_people(
    load: Load, engine: Engine, listed: Listed
) -> None:
    load("email\nida@example.com\n")
    with engine.begin() as connection:
        person = Subscriber(address="otto@example.com")
        storage.add(connection, person, at=LATER, source="author", secrets=SECRETS)

    undo(engine)

    assert listed() == {"otto@example.com": "active"}


def test_an_erased_person_leaves_no_trace_in_what_is_remembered(load: Load, engine: Engine) -> None:
    load("email,name\nida@example.com,Ida\n")
    load("email,name\nida@example.com,Ida Moor\n", source="imported from ida@example.com (2).csv")
    with engine.begin() as connection:
        storage.erase(connection, "ida@example.com", by="author", at=LATER, secrets=SECRETS)
        found = last(connection)
        rows = connection.exec_driver_sql("SELECT * FROM import_changes").all()

    assert rows == []
    assert "ida@example.com" not in found.source
