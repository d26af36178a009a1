"""Double opt-in and address changes in the database: by whom, until when, and once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select

from subscribers import storage
from subscribers.models import SignUp, Subscriber
from subscribers.rate_limit import SignUpLimits
from subscribers.storage import address_change, double_opt_in, mail_queue, sign_up_queue
from subscribers.storage.tables import moves
from tests.subscribers.conftest import NOW, SECRETS

ADA = "Ada@example.com"
WEEK = timedelta(days=7)
STAMP = int(NOW.timestamp())


def request_sign_up(conn: Connection, address: str = ADA, *, at: datetime = NOW) -> Subscriber:
    due = double_opt_in.required_mail(conn, address, SECRETS)
    assert due is not None
    return double_opt_in.request_subscription(conn, due[1], SignUp(address=address), at=at)


def confirm(conn: Connection, person: Subscriber, *, at: datetime = NOW) -> str:
    assert person.asked_at is not None
    stamp = int(person.asked_at.timestamp())
    return double_opt_in.confirm(conn, person.id, stamp, at=at, ip="", secrets=SECRETS)


def add_subscriber(conn: Connection, address: str, **more: Any) -> Subscriber:
    added = storage.add(
        conn, Subscriber(address=address, **more), at=NOW, source="test", secrets=SECRETS
    )
    assert added.subscriber is not None
    return added.subscriber


def test_sign_up_confirm_and_confirm_again(conn: Connection) -> None:
    ada = request_sign_up(conn)
    assert (ada.status, ada.asked_at, ada.confirmed_at) == ("pending", NOW, None)
    assert confirm(conn, ada) == "confirmed"
    assert confirm(conn, ada) == "already confirmed"
    found = storage.require_by_address(conn, ADA)
    assert (found.status, found.confirmed_at) == ("active", NOW)


@pytest.mark.parametrize(
    ("late", "answer"), [(timedelta(0), "confirmed"), (timedelta(1), "too late")]
)
def test_a_confirmation_counts_for_seven_days(
    conn: Connection, late: timedelta, answer: str
) -> None:
    assert confirm(conn, request_sign_up(conn), at=NOW + WEEK + late) == answer


def test_only_the_sent_confirmation_counts(conn: Connection) -> None:
    ada = request_sign_up(conn)
    for stamp in (STAMP - 1, STAMP + 1, 0):
        found = double_opt_in.confirm(conn, ada.id, stamp, at=NOW, ip="", secrets=SECRETS)
        assert found == "too late"
    assert double_opt_in.confirm(conn, 4711, STAMP, at=NOW, ip="", secrets=SECRETS) == "too late"


def test_unconfirmed_new_readers_are_deleted_and_unsubscribed_ones_stay_so(
    conn: Connection,
) -> None:
    gone = add_subscriber(conn, "gone@example.com")
    storage.change_status(conn, gone.id, "complained", by="mailer", at=NOW, source="test")
    request_sign_up(conn)
    back = request_sign_up(conn, "gone@example.com")
    assert (back.status, back.previous_status) == ("pending", "complained")
    assert double_opt_in.expire_pending(conn, at=NOW + WEEK) == 0
    assert double_opt_in.expire_pending(conn, at=NOW + WEEK + timedelta(seconds=1)) == 2
    assert storage.find_by_address(conn, ADA) is None
    found = storage.require_by_address(conn, "gone@example.com")
    assert (found.status, found.previous_status, found.asked_at) == ("complained", "", None)
    events = [line.event for line in storage.consents_of(conn, gone.id)]
    assert events == ["added", "complained", "subscribed", "lapsed"]


def test_the_author_cannot_confirm_for_an_unsubscribed_reader(conn: Connection) -> None:
    gone = add_subscriber(conn, ADA)
    storage.unsubscribe(conn, gone.id, at=NOW, source="test")
    request_sign_up(conn)
    again = storage.add(conn, Subscriber(address=ADA), at=NOW, source="test", secrets=SECRETS)
    assert again.outcome == "unchanged"
    assert "signing up themselves" in again.reason
    assert storage.require_by_address(conn, ADA).status == "pending"


def test_a_suppressed_reader_gets_no_confirmation_message(conn: Connection) -> None:
    storage.suppress(conn, ADA, reason="author", at=NOW, source="test", secrets=SECRETS)
    assert (
        double_opt_in.required_mail(conn, ADA.upper().replace("EXAMPLE", "example"), SECRETS)
        is None
    )


def test_an_erased_reader_may_come_back_and_is_no_longer_barred(conn: Connection) -> None:
    storage.suppress(conn, ADA, reason="erased", at=NOW, source="test", secrets=SECRETS)
    assert confirm(conn, request_sign_up(conn)) == "confirmed"
    assert not storage.is_suppressed(conn, ADA, SECRETS)


def test_a_message_is_claimed_once_and_retried_later(conn: Connection) -> None:
    ada = request_sign_up(conn)
    for _ in range(2):
        mail_queue.enqueue(conn, "confirm", ada.id, now=NOW)
    [letter] = mail_queue.claim(conn, "confirm", 10, now=NOW)
    assert (letter.address, letter.stamp, letter.tries) == (ADA, STAMP, 1)
    assert mail_queue.claim(conn, "confirm", 10, now=NOW) == ()
    mail_queue.retry_later(conn, letter, now=NOW)
    assert mail_queue.claim(conn, "confirm", 10, now=NOW + timedelta(seconds=59)) == ()
    [again] = mail_queue.claim(conn, "confirm", 10, now=NOW + timedelta(seconds=61))
    mail_queue.dequeue(conn, [again.id])
    assert mail_queue.kinds_due(conn, now=NOW + WEEK) == ()


def test_a_message_that_keeps_failing_is_given_up(conn: Connection) -> None:
    ada, now, tries = request_sign_up(conn), NOW, 0
    mail_queue.enqueue(conn, "confirm", ada.id, now=now)
    while claimed := mail_queue.claim(conn, "confirm", 10, now=now):
        mail_queue.retry_later(conn, claimed[0], now=now)
        now, tries = now + timedelta(days=1), tries + 1
    assert tries == 10


def test_a_reader_who_confirmed_meanwhile_gets_no_message(conn: Connection) -> None:
    ada = request_sign_up(conn)
    mail_queue.enqueue(conn, "confirm", ada.id, now=NOW)
    confirm(conn, ada)
    assert mail_queue.claim(conn, "confirm", 10, now=NOW) == ()
    assert mail_queue.kinds_due(conn, now=NOW) == ()


def test_every_pending_reader_of_an_import_gets_a_message(conn: Connection) -> None:
    add_subscriber(conn, "old@example.com", status="pending")
    before = storage.require_by_address(conn, "old@example.com").id
    for name in ("one", "two"):
        add_subscriber(conn, f"{name}@example.com", status="pending")
    add_subscriber(conn, "three@example.com")
    assert mail_queue.enqueue_import_confirmations(conn, after=before, at=NOW, now=NOW) == 2
    found = mail_queue.claim(conn, "confirm", 10, now=NOW)
    assert [one.address for one in found] == ["one@example.com", "two@example.com"]


def test_an_address_change_needs_the_new_mailbox_and_keeps_the_subscriber(conn: Connection) -> None:
    ada = add_subscriber(conn, ADA)
    assert address_change.request_change(conn, ada.id, "new@example.com", at=NOW, secrets=SECRETS)
    assert address_change.requested_address(conn, ada.id, STAMP, at=NOW) == "new@example.com"
    assert (
        address_change.confirm_change(conn, ada.id, STAMP + 1, at=NOW, ip="", secrets=SECRETS) == 0
    )
    assert (
        address_change.confirm_change(conn, ada.id, STAMP, at=NOW, ip="", secrets=SECRETS) == ada.id
    )
    assert storage.require_by_address(conn, "NEW@example.com").id == ada.id
    assert storage.find_by_address(conn, ADA) is None
    assert address_change.confirm_change(conn, ada.id, STAMP, at=NOW, ip="", secrets=SECRETS) == 0


def test_an_unconfirmed_address_change_is_deleted(conn: Connection) -> None:
    ada = add_subscriber(conn, ADA)
    address_change.request_change(conn, ada.id, "new@example.com", at=NOW, secrets=SECRETS)
    late = NOW + WEEK + timedelta(seconds=1)
    assert address_change.confirm_change(conn, ada.id, STAMP, at=late, ip="", secrets=SECRETS) == 0
    assert address_change.expire_requests(conn, at=late) == 1
    assert conn.execute(select(moves)).all() == []


def test_an_address_cannot_change_to_itself_or_to_a_suppressed_one(conn: Connection) -> None:
    ada = add_subscriber(conn, ADA)
    storage.suppress(
        conn, "never@example.com", reason="author", at=NOW, source="test", secrets=SECRETS
    )
    for address in (ADA, "ada@example.com", "never@example.com"):
        assert not address_change.request_change(conn, ada.id, address, at=NOW, secrets=SECRETS)
    assert not address_change.request_change(conn, 4711, "x@example.com", at=NOW, secrets=SECRETS)


def test_several_processes_admit_no_more_than_one_would(engine: Engine) -> None:
    limits = SignUpLimits(all_hour=7, network_hour=100)
    start = threading.Barrier(4)

    def visit(place: int) -> list[str]:
        start.wait()
        found: list[str] = []
        for step in range(5):
            wish = SignUp(address=f"v{place}{step}@example.com")
            with engine.begin() as conn:
                found.append(
                    sign_up_queue.enqueue(
                        conn, wish, f"10.0.{place}.1", now=NOW, secret=SECRETS[0], limits=limits
                    )
                )
        return found

    with ThreadPoolExecutor(4) as pool:
        every = [one for found in pool.map(visit, range(4)) for one in found]
    assert (every.count("accepted"), every.count("site limit")) == (7, 13)


def test_each_sign_up_is_processed_once(engine: Engine) -> None:
    limits = SignUpLimits(all_hour=100, network_hour=100)
    with engine.begin() as conn:
        for place in range(12):
            wish = SignUp(address=f"v{place}@example.com", topics=("Trails", "Gear"))
            sign_up_queue.enqueue(
                conn, wish, "", now=NOW, secret=SECRETS[0], limits=limits, mover_id=3
            )

    def work(_: int) -> list[str]:
        found: list[str] = []
        while True:
            with engine.begin() as conn:
                waiting = sign_up_queue.oldest_waiting(conn)
            if waiting is None:
                return found
            with engine.begin() as conn:
                taken = sign_up_queue.claim(conn, waiting[0])
            if taken is None:
                continue
            wish, mover = taken
            assert (wish.topics, mover) == (("Trails", "Gear"), 3)
            assert wish.address == waiting[1]
            found.append(wish.address)

    with ThreadPoolExecutor(4) as pool:
        every = [one for found in pool.map(work, range(4)) for one in found]
    assert sorted(every) == sorted(f"v{place}@example.com" for place in range(12))
