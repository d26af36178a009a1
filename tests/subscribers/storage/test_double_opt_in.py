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
from subscribers.storage import double_opt_in, mail_queue, sign_up_queue
from subscribers.storage.tables import moves
from tests.subscribers.conftest import NOW, SECRETS

ADA = "Ada@example.com"
WEEK = timedelta(days=7)
STAMP = int(NOW.timestamp())


def request_sign_up(
    connection: Connection, address: str = ADA, *, at: datetime = NOW
) -> Subscriber:
    due = double_opt_in.required_mail(connection, address, SECRETS)
    assert due is not None
    return double_opt_in.request_subscription(connection, due[1], SignUp(address=address), at=at)


def confirm(connection: Connection, person: Subscriber, *, at: datetime = NOW) -> str:
    assert person.asked_at is not None
    stamp = int(person.asked_at.timestamp())
    return double_opt_in.confirm(connection, person.id, stamp, at=at, ip="", secrets=SECRETS)


def add_subscriber(connection: Connection, address: str, **more: Any) -> Subscriber:
    added = storage.add(
        connection, Subscriber(address=address, **more), at=NOW, source="test", secrets=SECRETS
    )
    assert added.subscriber is not None
    return added.subscriber


def test_sign_up_confirm_and_confirm_again(connection: Connection) -> None:
    ada = request_sign_up(connection)
    assert (ada.status, ada.asked_at, ada.confirmed_at) == ("pending", NOW, None)
    assert confirm(connection, ada) == "confirmed"
    assert confirm(connection, ada) == "already confirmed"
    person = storage.require_by_address(connection, ADA)
    assert (person.status, person.confirmed_at) == ("active", NOW)


@pytest.mark.parametrize(
    ("late", "answer"), [(timedelta(0), "confirmed"), (timedelta(1), "too late")]
)
def test_a_confirmation_counts_for_seven_days(
    connection: Connection, late: timedelta, answer: str
) -> None:
    assert confirm(connection, request_sign_up(connection), at=NOW + WEEK + late) == answer


def test_only_the_sent_confirmation_counts(connection: Connection) -> None:
    ada = request_sign_up(connection)
    for stamp in (STAMP - 1, STAMP + 1, 0):
        outcome = double_opt_in.confirm(connection, ada.id, stamp, at=NOW, ip="", secrets=SECRETS)
        assert outcome == "too late"
    assert (
        double_opt_in.confirm(connection, 4711, STAMP, at=NOW, ip="", secrets=SECRETS) == "too late"
    )


def test_unconfirmed_new_readers_are_deleted_and_unsubscribed_ones_stay_so(
    connection: Connection,
) -> None:
    gone = add_subscriber(connection, "gone@example.com")
    storage.change_status(connection, gone.id, "complained", by="mailer", at=NOW, source="test")
    request_sign_up(connection)
    back = request_sign_up(connection, "gone@example.com")
    assert (back.status, back.previous_status) == ("pending", "complained")
    assert double_opt_in.expire_pending(connection, at=NOW + WEEK) == 0
    assert double_opt_in.expire_pending(connection, at=NOW + WEEK + timedelta(seconds=1)) == 2
    assert storage.find_by_address(connection, ADA) is None
    person = storage.require_by_address(connection, "gone@example.com")
    assert (person.status, person.previous_status, person.asked_at) == ("complained", "", None)
    events = [line.event for line in storage.consents_of(connection, gone.id)]
    assert events == ["added", "complained", "subscribed", "lapsed"]


def test_the_author_cannot_confirm_for_an_unsubscribed_reader(connection: Connection) -> None:
    gone = add_subscriber(connection, ADA)
    storage.unsubscribe(connection, gone.id, at=NOW, source="test")
    request_sign_up(connection)
    again = storage.add(connection, Subscriber(address=ADA), at=NOW, source="test", secrets=SECRETS)
    assert again.outcome == "unchanged"
    assert "signing up themselves" in again.reason
    assert storage.require_by_address(connection, ADA).status == "pending"


def test_a_suppressed_reader_gets_no_confirmation_message(connection: Connection) -> None:
    storage.suppress(connection, ADA, reason="author", at=NOW, source="test", secrets=SECRETS)
    assert (
        double_opt_in.required_mail(connection, ADA.upper().replace("EXAMPLE", "example"), SECRETS)
        is None
    )


def test_an_erased_reader_may_come_back_and_is_no_longer_barred(connection: Connection) -> None:
    storage.suppress(connection, ADA, reason="erased", at=NOW, source="test", secrets=SECRETS)
    assert confirm(connection, request_sign_up(connection)) == "confirmed"
    assert not storage.is_suppressed(connection, ADA, SECRETS)


def test_a_message_is_claimed_once_and_retried_later(connection: Connection) -> None:
    ada = request_sign_up(connection)
    for _ in range(2):
        mail_queue.enqueue(connection, "confirm", ada.id, now=NOW)
    [letter] = mail_queue.claim(connection, "confirm", 10, now=NOW)
    assert (letter.address, letter.stamp, letter.tries) == (ADA, STAMP, 1)
    assert mail_queue.claim(connection, "confirm", 10, now=NOW) == ()
    mail_queue.retry_later(connection, letter, now=NOW)
    assert mail_queue.claim(connection, "confirm", 10, now=NOW + timedelta(seconds=59)) == ()
    [again] = mail_queue.claim(connection, "confirm", 10, now=NOW + timedelta(seconds=61))
    mail_queue.dequeue(connection, [again.id])
    assert mail_queue.kinds_due(connection, now=NOW + WEEK) == ()


def test_a_message_that_keeps_failing_is_given_up(connection: Connection) -> None:
    ada, now, tries = request_sign_up(connection), NOW, 0
    mail_queue.enqueue(connection, "confirm", ada.id, now=now)
    while claimed := mail_queue.claim(connection, "confirm", 10, now=now):
        mail_queue.retry_later(connection, claimed[0], now=now)
        now, tries = now + timedelta(days=1), tries + 1
    assert tries == 10


def test_a_reader_who_confirmed_meanwhile_gets_no_message(connection: Connection) -> None:
    ada = request_sign_up(connection)
    mail_queue.enqueue(connection, "confirm", ada.id, now=NOW)
    confirm(connection, ada)
    assert mail_queue.claim(connection, "confirm", 10, now=NOW) == ()
    assert mail_queue.kinds_due(connection, now=NOW) == ()


def test_every_pending_reader_of_an_import_gets_a_message(connection: Connection) -> None:
    add_subscriber(connection, "old@example.com", status="pending")
    before = storage.require_by_address(connection, "old@example.com").id
    for name in ("one", "two"):
        add_subscriber(connection, f"{name}@example.com", status="pending")
    add_subscriber(connection, "three@example.com")
    assert mail_queue.enqueue_import_confirmations(connection, after=before, at=NOW, now=NOW) == 2
    mails = mail_queue.claim(connection, "confirm", 10, now=NOW)
    assert [mail.address for mail in mails] == ["one@example.com", "two@example.com"]


def test_an_address_change_needs_the_new_mailbox_and_keeps_the_subscriber(
    connection: Connection,
) -> None:
    ada = add_subscriber(connection, ADA)
    assert double_opt_in.request_change(
        connection, ada.id, "new@example.com", at=NOW, secrets=SECRETS
    )
    assert double_opt_in.requested_address(connection, ada.id, STAMP, at=NOW) == "new@example.com"
    assert (
        double_opt_in.confirm_change(connection, ada.id, STAMP + 1, at=NOW, ip="", secrets=SECRETS)
        == 0
    )
    assert (
        double_opt_in.confirm_change(connection, ada.id, STAMP, at=NOW, ip="", secrets=SECRETS)
        == ada.id
    )
    assert storage.require_by_address(connection, "NEW@example.com").id == ada.id
    assert storage.find_by_address(connection, ADA) is None
    assert (
        double_opt_in.confirm_change(connection, ada.id, STAMP, at=NOW, ip="", secrets=SECRETS) == 0
    )


def test_an_unconfirmed_address_change_is_deleted(connection: Connection) -> None:
    ada = add_subscriber(connection, ADA)
    double_opt_in.request_change(connection, ada.id, "new@example.com", at=NOW, secrets=SECRETS)
    late = NOW + WEEK + timedelta(seconds=1)
    assert (
        double_opt_in.confirm_change(connection, ada.id, STAMP, at=late, ip="", secrets=SECRETS)
        == 0
    )
    assert double_opt_in.expire_address_changes(connection, at=late) == 1
    assert connection.execute(select(moves)).all() == []


def test_an_address_cannot_change_to_itself_or_to_a_suppressed_one(connection: Connection) -> None:
    ada = add_subscriber(connection, ADA)
    storage.suppress(
        connection, "never@example.com", reason="author", at=NOW, source="test", secrets=SECRETS
    )
    for address in (ADA, "ada@example.com", "never@example.com"):
        assert not double_opt_in.request_change(
            connection, ada.id, address, at=NOW, secrets=SECRETS
        )
    assert not double_opt_in.request_change(
        connection, 4711, "x@example.com", at=NOW, secrets=SECRETS
    )


def test_several_processes_admit_no_more_than_one_would(engine: Engine) -> None:
    limits = SignUpLimits(all_hour=7, network_hour=100)
    start = threading.Barrier(4)

    def visit(place: int) -> list[str]:
        start.wait()
        admissions: list[str] = []
        for step in range(5):
            wish = SignUp(address=f"v{place}{step}@example.com")
            with engine.begin() as connection:
                admissions.append(
                    sign_up_queue.enqueue(
                        connection,
                        wish,
                        f"10.0.{place}.1",
                        now=NOW,
                        secret=SECRETS[0],
                        limits=limits,
                    )
                )
        return admissions

    with ThreadPoolExecutor(4) as pool:
        every = [admission for admissions in pool.map(visit, range(4)) for admission in admissions]
    assert (every.count("accepted"), every.count("site limit")) == (7, 13)


def test_each_sign_up_is_processed_once(engine: Engine) -> None:
    limits = SignUpLimits(all_hour=100, network_hour=100)
    with engine.begin() as connection:
        for place in range(12):
            wish = SignUp(address=f"v{place}@example.com", topics=("Trails", "Gear"))
            sign_up_queue.enqueue(
                connection, wish, "", now=NOW, secret=SECRETS[0], limits=limits, mover_id=3
            )

    def work(_: int) -> list[str]:
        addresses: list[str] = []
        while True:
            with engine.begin() as connection:
                waiting = sign_up_queue.oldest_waiting(connection)
            if waiting is None:
                return addresses
            with engine.begin() as connection:
                taken = sign_up_queue.claim(connection, waiting[0])
            if taken is None:
                continue
            wish, mover = taken
            assert (wish.topics, mover) == (("Trails", "Gear"), 3)
            assert wish.address == waiting[1]
            addresses.append(wish.address)

    with ThreadPoolExecutor(4) as pool:
        every = [address for addresses in pool.map(work, range(4)) for address in addresses]
    assert sorted(every) == sorted(f"v{place}@example.com" for place in range(12))
