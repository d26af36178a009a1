from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from subscribers import storage
from subscribers.models import ActiveSubscriber, Status, Subscriber

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def fill(connection: Connection, count: int) -> list[int]:
    ids = []
    statuses: tuple[Status, ...] = ("active", "active", "pending", "unsubscribed", "active")
    for number in range(count):
        person = Subscriber(
            address=f"runner{number}@example.com",
            name=f"Runner {number}",
            status=statuses[number % 5],
            hemisphere=("north", "south", "tropics", "tropics", "")[number % 5],
        )
        added = storage.add(connection, person, at=NOW, source="test", secrets=("s",)).subscriber
        assert added is not None
        ids.append(added.id)
    return ids


def test_pages_hold_every_active_subscriber_once_in_order(connection: Connection) -> None:
    fill(connection, 23)

    for size in (1, 4, 14, 15, 1_000):
        pages = list(storage.active_pages(connection, size))
        rows = [row for page in pages for row in page]
        assert all(0 < len(page) <= size for page in pages)
        assert [row.name for row in rows] == [
            f"Runner {number}" for number in range(23) if number % 5 in (0, 1, 4)
        ]
    assert isinstance(rows[0], ActiveSubscriber)
    assert rows[0][1:] == ("runner0@example.com", "Runner 0", "north", "")


def test_an_empty_list_has_no_pages(connection: Connection) -> None:
    assert list(storage.active_pages(connection, 10)) == []
    assert list(storage.all_pages(connection, 10)) == []


def test_a_reader_added_while_paging_is_seen_and_none_twice(connection: Connection) -> None:
    fill(connection, 6)
    pages = storage.all_pages(connection, 4)
    first = next(pages)
    person = Subscriber(address="late@example.com")
    storage.add(connection, person, at=NOW, source="test", secrets=("s",))

    rest = [subscriber.address for page in pages for subscriber in page]

    assert len(first) + len(rest) == 7
    assert rest[-1] == "late@example.com"


def test_only_the_active_are_mailable_at_this_moment(connection: Connection) -> None:
    ids = fill(connection, 10)
    active = {ids[number] for number in range(10) if number % 5 in (0, 1, 4)}

    assert set(storage.active_links(connection, [*ids, 999_999])) == active
    storage.unsubscribe(connection, ids[0], at=NOW, source="one-click")
    assert set(storage.active_links(connection, ids)) == active - {ids[0]}
    assert storage.active_links(connection, []) == {}


def test_a_great_many_ids_can_be_looked_up_at_once(connection: Connection) -> None:
    ids = fill(connection, 5)

    assert set(storage.active_links(connection, range(100_000))) == {ids[0], ids[1], ids[4]}


def test_hemispheres_in_use_are_those_of_active_readers_who_said_so(connection: Connection) -> None:
    fill(connection, 5)

    assert {where for where, _ in storage.count_choices(connection)} == {"", "north", "south"}


def test_counts_name_every_status(connection: Connection) -> None:
    fill(connection, 5)

    assert storage.count_by_status(connection) == {
        "pending": 1,
        "active": 3,
        "unsubscribed": 1,
        "bounced": 0,
        "complained": 0,
    }
