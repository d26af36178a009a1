"""The author's search through the list: short pages, whatever its length."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import Connection

from subscribers import storage
from subscribers.models import Status, Subscriber
from subscribers.storage import find
from tests.subscribers.conftest import SECRETS


def join(
    connection: Connection, now: datetime, address: str, name: str = "", **values: object
) -> int:
    person = Subscriber(address=address, name=name, **values)  # type: ignore[arg-type]  # a test's shorthand
    added = storage.add(connection, person, at=now, source="test", secrets=SECRETS)
    assert added.subscriber is not None
    return added.subscriber.id


def addresses(page: storage.FoundPage) -> list[str]:
    return [person.address for person in page.people]


def test_the_newest_come_first_a_page_at_a_time(connection: Connection, now: datetime) -> None:
    for number in range(5):
        join(connection, now, f"r{number}@example.com")
    first = storage.search(connection, size=2)
    assert addresses(first) == ["r4@example.com", "r3@example.com"]
    second = storage.search(connection, size=2, below=first.below)
    assert addresses(second) == ["r2@example.com", "r1@example.com"]
    last = storage.search(connection, size=2, below=second.below)
    assert addresses(last) == ["r0@example.com"]
    assert last.below == 0


def test_a_part_of_the_address_or_the_name_is_found_in_any_case(
    connection: Connection, now: datetime
) -> None:
    join(connection, now, "ada@example.com", "Ada Lovelace")
    join(connection, now, "elodie@example.org", "Élodie Côté")
    assert addresses(storage.search(connection, "LOVE", size=9)) == ["ada@example.com"]
    assert addresses(storage.search(connection, "Example.ORG", size=9)) == ["elodie@example.org"]
    assert addresses(storage.search(connection, "élodie", size=9)) == ["elodie@example.org"]
    assert addresses(storage.search(connection, "%", size=9)) == []


def test_it_is_narrowed_by_status_and_by_tag(connection: Connection, now: datetime) -> None:
    join(connection, now, "ada@example.com", tags=("Club", "trail 100"))
    join(connection, now, "bo@example.com", tags=("clubhouse",))
    gone = join(connection, now, "cy@example.com")
    storage.unsubscribe(connection, gone, at=now, source="link")
    by_status: dict[Status, list[str]] = {
        "active": ["bo@example.com", "ada@example.com"],
        "unsubscribed": ["cy@example.com"],
        "bounced": [],
    }
    for status, expected in by_status.items():
        assert addresses(storage.search(connection, status=status, size=9)) == expected
    assert addresses(storage.search(connection, tag="club", size=9)) == ["ada@example.com"]
    assert addresses(storage.search(connection, "cy", status="active", size=9)) == []


def test_a_search_goes_on_where_it_stopped_for_want_of_time(
    connection: Connection, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        join(connection, now, f"r{number}@example.com")
    monkeypatch.setattr(find, "SEARCHED_AT_ONCE", 2)
    first = storage.search(connection, "r0", size=9)
    assert addresses(first) == []
    second = storage.search(connection, "r0", size=9, below=first.below)
    assert addresses(second) == []
    third = storage.search(connection, "r0", size=9, below=second.below)
    assert addresses(third) == ["r0@example.com"]
    assert third.below == 0


def test_how_an_address_begins_is_looked_up_in_the_whole_list(
    connection: Connection, now: datetime
) -> None:
    for address in ("anna@example.com", "Ann_e@example.com", "annB@example.com", "bo@example.com"):
        join(connection, now, address)
    found = storage.with_address_prefix(connection, "ANN", limit=9)
    assert {person.address.lower() for person in found} == {
        "ann_e@example.com",
        "anna@example.com",
        "annb@example.com",
    }
    assert storage.with_address_prefix(connection, "ann", status="bounced", limit=9) == ()
    assert len(storage.with_address_prefix(connection, "ann", limit=2)) == 2
    assert storage.with_address_prefix(connection, "an_", limit=9) == ()


def test_the_counts_of_each_status_come_from_the_indexes(
    connection: Connection, now: datetime
) -> None:
    for number in range(3):
        join(connection, now, f"r{number}@example.com")
    gone = join(connection, now, "cy@example.com")
    storage.unsubscribe(connection, gone, at=now, source="link")
    assert storage.count_by_status(connection) == {
        "pending": 0,
        "active": 3,
        "unsubscribed": 1,
        "bounced": 0,
        "complained": 0,
    }


def test_tags_are_replaced_and_logged_once(connection: Connection, now: datetime) -> None:
    reader = join(connection, now, "ada@example.com", tags=("club",))
    assert storage.set_tags(connection, reader, ("vip", "club"), at=now, source="desk")
    assert not storage.set_tags(connection, reader, ("vip", "club"), at=now, source="desk")
    assert storage.set_tags(connection, reader, (), at=now, source="desk")
    person = storage.find_by_id(connection, reader)
    assert person is not None
    assert person.tags == ()
    log = [entry.event for entry in storage.consents_of(connection, reader)]
    assert log == ["added", "changed", "changed"]


def test_the_log_is_counted_by_month_and_goes_on_where_it_stopped(
    connection: Connection, now: datetime
) -> None:
    reader = join(connection, now, "ada@example.com")
    up_to, counts = storage.monthly_counts(connection, 0)
    assert counts == {("2026-11", "added"): 1}
    storage.unsubscribe(connection, reader, at=now.replace(month=12), source="link")
    assert storage.monthly_counts(connection, up_to)[1] == {("2026-12", "unsubscribed"): 1}
    assert storage.monthly_counts(connection, up_to + 1) == (up_to + 1, {})
