from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from subscribers import storage
from subscribers.errors import InvalidAddress, NoSuchSubscriber
from subscribers.models import Addition, Subscriber

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECRETS = ("a secret", "an older secret")


def add(connection: Connection, address: str, **values: object) -> Addition:
    person = Subscriber(address=address, **values)  # type: ignore[arg-type]  # test shorthand
    return storage.add(connection, person, at=NOW, source="command line", secrets=SECRETS)


def test_an_added_person_is_active_and_the_log_says_by_whose_word(connection: Connection) -> None:
    addition = add(
        connection, "ann@example.com", name="Ann", hemisphere="south", tags=("club", "5k")
    )

    assert addition.outcome == "added"
    person = storage.find_by_address(connection, "ANN@EXAMPLE.COM")
    assert person == addition.subscriber
    assert person is not None
    assert (person.status, person.name, person.hemisphere) == ("active", "Ann", "south")
    assert (person.tags, person.created_at) == (("club", "5k"), NOW)
    (line,) = storage.consents_of(connection, person.id)
    assert (line.event, line.actor, line.at, line.source) == (
        "added",
        "author",
        NOW,
        "command line",
    )


def test_the_same_person_spelled_otherwise_is_on_the_list_once(connection: Connection) -> None:
    add(connection, "ann@bücher.example.com")

    for spelling in ("Ann@xn--bcher-kva.example.com", " ANN@BÜCHER.example.com "):
        assert add(connection, spelling).outcome == "unchanged"
    assert sum(storage.count_by_status(connection).values()) == 1


def test_adding_again_with_more_details_updates_and_erases_nothing(
    connection: Connection,
) -> None:
    add(connection, "ann@example.com", name="Ann", hemisphere="south")

    addition = add(connection, "ann@example.com", name="Ann B.", rhythm="monthly")

    assert addition.outcome == "updated"
    assert addition.subscriber is not None
    assert addition.subscriber.name == "Ann B."
    assert addition.subscriber.hemisphere == "south"
    assert addition.subscriber.rhythm == "monthly"


@pytest.mark.parametrize("gone", ["unsubscribed", "bounced", "complained"])
def test_adding_revives_nobody_who_is_gone(connection: Connection, gone: str) -> None:
    person = add(connection, "ann@example.com", name="Ann").subscriber
    assert person is not None
    storage.change_status(connection, person.id, gone, by="mailer", at=NOW, source="event")  # type: ignore[arg-type]  # a parameter of the test

    addition = add(connection, "Ann@example.com", name="Somebody else")

    assert addition.outcome == "unchanged"
    assert gone in addition.reason
    assert addition.subscriber is not None
    assert (addition.subscriber.status, addition.subscriber.name) == (gone, "Ann")


def test_a_suppressed_address_cannot_be_added_under_any_secret(connection: Connection) -> None:
    for secret in SECRETS:
        address = f"ann{secret[:2].strip()}@example.com"
        storage.suppress(
            connection, address, reason="author", at=NOW, source="command line", secrets=(secret,)
        )
        addition = add(connection, address.upper())
        assert addition.outcome == "unchanged"
        assert addition.subscriber is None
        assert "signing up themselves" in addition.reason
    assert sum(storage.count_by_status(connection).values()) == 0


def test_suppressing_takes_a_person_out_at_once(connection: Connection) -> None:
    person = add(connection, "ann@example.com").subscriber
    assert person is not None

    first = storage.suppress(
        connection, "Ann@example.com", reason="author", at=NOW, source="desk", secrets=SECRETS
    )
    again = storage.suppress(
        connection, "ann@example.com", reason="author", at=NOW, source="desk", secrets=SECRETS
    )

    assert (first, again) == (True, False)
    assert storage.active_links(connection, [person.id]) == {}
    assert [line.event for line in storage.consents_of(connection, person.id)] == [
        "added",
        "suppressed",
    ]


def test_a_bad_address_is_refused_and_nothing_is_stored(connection: Connection) -> None:
    with pytest.raises(InvalidAddress):
        add(connection, "ann at example.com")
    assert sum(storage.count_by_status(connection).values()) == 0


def test_unsubscribing_twice_is_harmless(connection: Connection) -> None:
    person = add(connection, "ann@example.com").subscriber
    assert person is not None
    later = NOW + timedelta(days=1)

    assert storage.unsubscribe(connection, person.id, at=later, source="one-click")
    assert not storage.unsubscribe(connection, person.id, at=later, source="one-click")

    stored_person = storage.find_by_id(connection, person.id)
    assert stored_person is not None
    assert stored_person.status == "unsubscribed"
    log = storage.consents_of(connection, person.id)
    assert [(line.event, line.actor, line.at) for line in log] == [
        ("added", "author", NOW),
        ("unsubscribed", "subscriber", later),
    ]


def test_unsubscribing_an_erased_reader_changes_nothing(connection: Connection) -> None:
    assert not storage.unsubscribe(connection, 4711, at=NOW, source="one-click")
    assert storage.find_by_id(connection, 4711) is None


def test_the_author_removes_a_person_by_address(connection: Connection) -> None:
    person = add(connection, "ann@example.com").subscriber
    assert person is not None

    assert storage.remove(connection, "Ann@Example.com", at=NOW, source="command line")
    assert not storage.remove(connection, "ann@example.com", at=NOW, source="command line")
    with pytest.raises(NoSuchSubscriber, match=r"bob@example\.com"):
        storage.remove(connection, "bob@example.com", at=NOW, source="command line")
    assert storage.consents_of(connection, person.id)[-1].actor == "author"


def test_confirming_is_dated(connection: Connection) -> None:
    person = add(connection, "ann@example.com", status="pending").subscriber
    assert person is not None
    later = NOW + timedelta(hours=2)

    assert storage.change_status(
        connection, person.id, "active", by="subscriber", at=later, source="confirm page"
    )
    stored_person = storage.find_by_id(connection, person.id)
    assert stored_person is not None
    assert (stored_person.status, stored_person.confirmed_at) == ("active", later)


def test_an_id_is_never_given_twice(engine: Engine) -> None:
    with engine.begin() as connection:
        first = add(connection, "ann@example.com").subscriber
        assert first is not None
        connection.exec_driver_sql("DELETE FROM subscribers")
        second = add(connection, "bob@example.com").subscriber
    assert second is not None
    assert second.id > first.id


def test_two_threads_adding_the_same_person_add_one(engine: Engine) -> None:
    outcomes: list[str] = []

    def work(number: int) -> None:
        for step in range(20):
            with engine.begin() as connection:
                outcomes.append(
                    add(connection, f"runner{step}@example.com", name=f"{number}").outcome
                )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("added") == 20
    assert len(outcomes) == 40
