from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, insert, text
from sqlalchemy.exc import DBAPIError

from subscribers import storage
from subscribers.models import SignUp, Subscriber
from subscribers.rate_limit import SignUpLimits
from subscribers.storage import double_opt_in
from subscribers.storage.sign_up_queue import enqueue, oldest_waiting
from subscribers.storage.suppressions import suppression_digest
from subscribers.storage.tables import consents

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECRETS = ("a new secret of good length", "an old secret of good length")
ANN = "Ann.Runner+club@Example.com"


def add(connection: Connection, address: str, **values: Any) -> int:
    person = Subscriber(address=address, **values)
    added = storage.add(connection, person, at=NOW, source="command", secrets=SECRETS).subscriber
    assert added is not None
    return added.id


def erase(connection: Connection, address: str = ANN) -> Any:
    return storage.erase(connection, address, by="author", at=NOW, secrets=SECRETS)


def cells(connection: Connection) -> str:
    """Return every cell of every table of the database."""
    tables = MetaData()
    tables.reflect(connection)
    texts = [
        str(cell)
        for table in tables.sorted_tables
        for row in connection.execute(table.select())
        for cell in row
    ]
    return "\n".join(texts).lower()


def test_only_a_hash_is_left_of_a_person(connection: Connection) -> None:
    number = add(connection, ANN, name="Ann", source="met at the expo", tags=("club",))
    bob = add(connection, "bob@example.com", name=ANN, source=f"a friend of {ANN.upper()}")
    double_opt_in.request_change(
        connection, number, "ann@elsewhere.example.com", at=NOW, secrets=SECRETS
    )
    double_opt_in.request_change(connection, bob, ANN, at=NOW, secrets=SECRETS)
    enqueue(
        connection,
        SignUp(address=ANN),
        "192.0.2.7",
        now=NOW,
        secret=SECRETS[0],
        limits=SignUpLimits(),
    )

    erased = erase(connection)

    left = cells(connection)
    assert (erased.subscriber_id, erased.suppressed) == (number, True)
    assert "runner" not in left
    assert "expo" not in left
    assert "elsewhere" not in left
    assert suppression_digest("ann.runner+club@example.com", SECRETS[0]) in left
    assert oldest_waiting(connection) is None
    assert storage.find_by_id(connection, bob) is not None


def test_a_longer_address_that_ends_alike_stays(connection: Connection) -> None:
    add(connection, "ann@example.com")
    other = add(
        connection, "joann@example.com", source="joann@example.com.au asked for ann@example.com."
    )

    erase(connection, "ann@example.com")

    person = storage.find_by_id(connection, other)
    assert person is not None
    assert person.address == "joann@example.com"
    assert person.source == "joann@example.com.au asked for (erased)."


def test_the_log_keeps_the_events_of_an_id_without_a_person(
    connection: Connection,
) -> None:
    number = add(connection, ANN)
    storage.unsubscribe(connection, number, at=NOW, source="one-click")

    erase(connection)

    log = storage.consents_of(connection, number)
    assert [(line.event, line.actor) for line in log] == [
        ("added", "author"),
        ("unsubscribed", "subscriber"),
        ("erased", "author"),
    ]
    assert {(line.source, line.ip) for line in log} == {("", "")}


def test_erasing_twice_and_erasing_a_stranger_are_harmless(connection: Connection) -> None:
    add(connection, ANN)

    assert erase(connection).suppressed
    assert not erase(connection).suppressed
    assert erase(connection, "nobody@example.com").subscriber_id is None
    assert storage.find_suppression(connection, "nobody@example.com", SECRETS) is None


def test_neither_the_author_nor_a_file_brings_an_erased_person_back(
    engine: Engine, load: Callable[..., Any], listed: Callable[[], dict[str, str]]
) -> None:
    with engine.begin() as connection:
        add(connection, ANN)
        erase(connection)

    report = load(f"email,name\n{ANN},Ann\n{ANN.upper()},Ann\ncleo@example.com,\n")
    with engine.begin() as connection:
        offered = Subscriber(address=ANN)
        again = storage.add(connection, offered, at=NOW, source="command", secrets=SECRETS)

    assert (report.read, report.added, report.unchanged) == (3, 1, 2)
    assert (again.outcome, again.subscriber) == ("unchanged", None)
    assert list(listed()) == ["cleo@example.com"]


def test_an_erased_person_comes_back_as_a_new_subscriber_by_signing_up(
    connection: Connection,
) -> None:
    before = add(connection, ANN, name="Ann", tags=("club",))
    erase(connection)

    due = double_opt_in.required_mail(connection, ANN, SECRETS)
    assert due == ("confirm", None)
    person = double_opt_in.request_subscription(connection, None, SignUp(address=ANN), at=NOW)
    assert storage.find_suppression(connection, ANN, SECRETS) is not None
    stamp = int(NOW.timestamp())
    outcome = double_opt_in.confirm(connection, person.id, stamp, at=NOW, ip="", secrets=SECRETS)

    assert outcome == "confirmed"
    assert person.id > before
    back = storage.find_by_address(connection, ANN)
    assert back is not None
    assert (back.status, back.name, back.tags) == ("active", "", ())
    assert storage.find_suppression(connection, ANN, SECRETS) is None


def test_a_complaint_and_the_authors_word_outlive_erasure(connection: Connection) -> None:
    complained = add(connection, "bob@example.com")
    storage.change_status(connection, complained, "complained", by="mailer", at=NOW, source="event")
    add(connection, "cleo@example.com")
    storage.suppress(
        connection, "cleo@example.com", reason="author", at=NOW, source="desk", secrets=SECRETS
    )

    for address in ("bob@example.com", "cleo@example.com"):
        erase(connection, address)
        assert double_opt_in.required_mail(connection, address, SECRETS) is None


def test_the_authors_word_outweighs_an_erasure(connection: Connection) -> None:
    add(connection, ANN)
    erase(connection)

    storage.suppress(connection, ANN, reason="author", at=NOW, source="desk", secrets=SECRETS)

    suppression = storage.find_suppression(connection, ANN.lower(), SECRETS)
    assert suppression is not None
    assert suppression.reason == "author"


def test_a_hash_made_with_an_old_secret_still_bars(connection: Connection) -> None:
    add(connection, ANN)
    storage.erase(connection, ANN, by="author", at=NOW, secrets=(SECRETS[1],))

    offered = Subscriber(address=ANN)
    assert storage.add(connection, offered, at=NOW, source="", secrets=SECRETS).subscriber is None
    assert (
        storage.add(connection, offered, at=NOW, source="", secrets=("lost",)).subscriber
        is not None
    )


def test_suppressing_one_who_was_asked_back_leaves_them_as_they_were(
    connection: Connection,
) -> None:
    number = add(connection, ANN)
    storage.change_status(connection, number, "bounced", by="mailer", at=NOW, source="event")
    known = storage.find_by_id(connection, number)
    double_opt_in.request_subscription(connection, known, SignUp(address=ANN), at=NOW)

    storage.suppress(connection, ANN, reason="author", at=NOW, source="desk", secrets=SECRETS)

    person = storage.find_by_id(connection, number)
    assert person is not None
    assert (person.status, person.previous_status) == ("bounced", "")


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM consents",
        "UPDATE consents SET event = 'confirmed'",
        "UPDATE consents SET subscriber_id = 99",
        "UPDATE consents SET actor = 'subscriber'",
        "UPDATE consents SET wording = 'other words'",
    ],
)
def test_the_database_itself_keeps_the_log_append_only(engine: Engine, change: str) -> None:
    with engine.begin() as connection:
        add(connection, ANN)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(change))


def test_the_time_of_a_line_cannot_be_changed(engine: Engine) -> None:
    with engine.begin() as connection:
        add(connection, ANN)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(consents.update().values(at=NOW - timedelta(days=1)))


def test_the_log_holds_entries_of_unused_ids(connection: Connection) -> None:
    line = {"subscriber_id": 4711, "event": "erased", "at": NOW, "actor": "author"}
    connection.execute(insert(consents).values(line))
    assert len(storage.consents_of(connection, 4711)) == 1
