"""Readers whose server says "later": on a schedule of their own, and nobody waits for them."""

from __future__ import annotations

import datetime as dt

import pytest

from newsletter.models import Figures
from newsletter.models.delivery_state import give_up_at, retry_distance
from newsletter.sender.loop.deliver import DeliverySummary, deliver
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import batch, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.smtp_relay import Conversation, Relay

FULL = "452 4.2.2 Mailbox full"
LATER = "450 4.2.0 Greylisted, come back later"


def people(count: int = 6, size: int = 2) -> MemoryLedger:
    return MemoryLedger(batch(), tuple(recipient(n) for n in range(1, count + 1)), size)


def attempt(
    relay: Relay, book: MemoryLedger, wait_budget: WaitBudget | None = None
) -> tuple[DeliverySummary, list[float]]:
    waits: list[float] = []
    smtp = Smtp(host="127.0.0.1", port=relay.port, security="none", timeout=5)
    summary = deliver(book, smtp, wait=waits.append, wait_budget=wait_budget)
    smtp.close()
    return summary, waits


def runner(number: int) -> str:
    return f"runner{number}@example.org"


def test_a_full_mailbox_is_tried_once_more_and_holds_up_nobody() -> None:
    book = people()
    with Relay(to_recipient={runner(3): FULL}) as relay:
        summary, waits = attempt(relay, book)
        assert summary.reason == ""
        assert summary.fault == ""
        assert waits == [20]
        assert book.figures() == Figures(planned=6, accepted=5, pending=1)
        assert relay.asked[runner(3)] == 2
        # The next run comes too early for the second retry: nobody is asked, nothing is waited for.
        assert attempt(relay, book) == (DeliverySummary(counts=summary.counts.__class__()), [])
        assert relay.asked[runner(3)] == 2
        book.pass_time(15 * 60)
        relay.to_recipient.clear()
        assert attempt(relay, book)[0].counts.accepted == 1
        assert book.figures() == Figures(planned=6, accepted=6)


def test_greylisting_that_passes_arrives_in_the_same_run() -> None:
    book = people(30, 10)

    def greylist(talk: Conversation) -> str | None:
        return LATER if relay.asked[talk.asked_for] == 1 else None

    with Relay(rcpt=greylist) as relay:
        summary, waits = attempt(relay, book)
    assert summary.reason == ""
    assert waits == [20]
    assert book.figures() == Figures(planned=30, accepted=30)
    assert len(set(relay.addresses)) == len(relay.addresses) == 30


def test_a_run_waits_twenty_seconds_in_all_however_many_are_put_off() -> None:
    book = people(40, 4)
    with Relay(rcpt=lambda talk: LATER if int(talk.asked_for[6:-12]) % 2 else None) as relay:
        summary, waits = attempt(relay, book)
    assert summary.reason == ""
    assert sum(waits) == 20
    assert book.figures() == Figures(planned=40, accepted=20, pending=20)


def test_the_issues_of_one_run_share_the_time_to_wait() -> None:
    budget = WaitBudget()
    with Relay(to_recipient={runner(3): LATER}) as relay:
        waits = [attempt(relay, people(), budget)[1] for _ in range(3)]
    assert waits == [[20], [], []]


@pytest.mark.parametrize("reply", ["451 4.3.0 Temporary lookup failure", "451 4.4.3 DNS trouble"])
def test_a_server_that_fails_for_one_reader_only_is_no_outage(reply: str) -> None:
    book = people(10, 5)
    with Relay(to_recipient={runner(10): reply}) as relay:
        for tries in (2, 3):
            summary, waits = attempt(relay, book)
            assert summary.reason == ""
            assert sum(waits) <= 20
            assert relay.asked[runner(10)] == tries
            book.pass_time(15 * 60)
    assert book.figures() == Figures(planned=10, accepted=9, pending=1)


def test_a_server_that_fails_for_everybody_is_waited_for_and_then_left() -> None:
    book = people(10, 5)
    with Relay(rcpt=lambda _talk: "451 4.3.0 Temporary lookup failure") as relay:
        summary, waits = attempt(relay, book)
        assert "Temporary lookup failure" in summary.reason
        assert summary.fault == ""
        assert waits == [5, 10, 20, 40, 80]
        # Three refusals tell as much as ten.
        assert sum(relay.asked.values()) <= 6 * 3
    assert book.figures() == Figures(planned=10, pending=10)


def test_the_distances_between_tries_grow_to_eight_hours() -> None:
    minutes = [retry_distance(tries).total_seconds() / 60 for tries in range(1, 10)]
    assert minutes == [20 / 60, 15, 30, 60, 120, 240, 480, 480, 480]


def test_a_straggler_is_given_up_by_the_calendar() -> None:
    first = dt.datetime(2026, 11, 22, 7, 5, tzinfo=dt.UTC)
    assert give_up_at(first, 48) == dt.datetime(2026, 11, 24, 7, 5, tzinfo=dt.UTC)
