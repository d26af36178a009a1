"""Refusals over a whole issue: a relay's every answer, the loop, and whom the ledger blames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.models import Figures
from newsletter.sender.loop.deliver import DeliverySummary, deliver
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import batch, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.smtp_relay import Conversation, Relay, Script


def people(count: int, *, domains: int = 1, size: int = 100) -> MemoryLedger:
    """Return a ledger of readers whose addresses go through so many domains in turn."""
    readers = tuple(
        recipient(number, f"runner{number}@hills{number % domains}.example")
        for number in range(1, count + 1)
    )
    return MemoryLedger(batch(), readers, size)


@contextmanager
def run(relay: Relay, book: MemoryLedger, waits: list[float]) -> Iterator[DeliverySummary]:
    smtp = Smtp(host="127.0.0.1", port=relay.port, security="none", timeout=5)
    try:
        yield deliver(book, smtp, wait=waits.append)
    finally:
        smtp.close()


def attempt(relay: Relay, book: MemoryLedger) -> tuple[DeliverySummary, list[float]]:
    """Deliver what is left, once; return the summary and what was waited."""
    waits: list[float] = []
    with run(relay, book, waits) as summary:
        return summary, waits


def refuse_after(count: int, reply: str) -> Script:
    """Return a script that refuses from the message after `count` accepted ones on."""
    taken = 0

    def script(_talk: Conversation) -> str | None:
        nonlocal taken
        taken += 1
        return reply if taken > count else None

    return script


@pytest.mark.parametrize("size", [2, 7, 100])
@pytest.mark.parametrize("domains", [1, 3])
def test_a_quota_that_ends_midway_stops_the_issue_and_blames_nobody(
    size: int, domains: int
) -> None:
    book = people(30, domains=domains, size=size)
    reply = "552 5.7.0 Message would take you over your relay quota of 12"
    with Relay(dot=refuse_after(12, reply)) as relay:
        summary, waits = attempt(relay, book)
        assert book.figures() == Figures(planned=30, accepted=12, pending=18)
        assert summary.fault == "account"
        assert summary.words == reply
        assert 1 <= len(set(summary.addresses)) <= 3
        assert reply in summary.reason
        assert sum(relay.asked.values()) <= 12 + 10
        assert sum(waits) <= 20
        relay.dot = None
        assert attempt(relay, book)[0].reason == ""
        assert sorted(relay.addresses) == sorted(reader.address for reader in book.recipients)


@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("count", [1, 2, 6, 30])
@pytest.mark.parametrize(
    ("command", "reply", "fault"),
    [
        ("dot", "552 5.3.4 Message size exceeds fixed limit", "message"),
        ("dot", "554 5.7.1 Message rejected: listed URL", "message"),
        ("mail", "530 5.7.0 Authentication required", "account"),
        ("rcpt", "554 5.7.1 Relay access denied", "account"),
        ("rcpt", "550 5.4.5 Daily sending quota exceeded", "account"),
        ("rcpt", "550 5.7.1 Access denied", "account"),
        ("data", "554 5.7.1 Not now and not ever", "message"),
    ],
)
def test_what_is_refused_for_everybody_is_booked_on_nobody(
    command: str, reply: str, fault: str, count: int, size: int
) -> None:
    book = people(count, domains=4, size=size)
    with Relay() as relay:
        setattr(relay, command, lambda _talk: reply)
        summary, waits = attempt(relay, book)
        assert book.figures() == Figures(planned=count, pending=count)
        assert summary.fault == fault
        assert summary.words == reply
        assert sum(relay.asked.values()) <= 8
        assert waits == []


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("reply", ["550 5.7.1 Access denied", "550 5.1.1 No such user"])
def test_three_refused_readers_in_front_stop_nobody(reply: str, size: int) -> None:
    book = people(30, size=size)
    with Relay(to_recipient={book.recipients[n].address: reply for n in range(3)}) as relay:
        summary, waits = attempt(relay, book)
        assert summary.reason == ""
        assert book.figures() == Figures(planned=30, accepted=27, failed=3)
        assert waits == []
        assert len(relay.addresses) == len(set(relay.addresses)) == 27


@pytest.mark.parametrize("place", [0, 7, 28])
@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("rcpt", "550 5.7.1 Sorry, your IP address is listed by our blocklist"),
        ("dot", "554 5.7.1 This message looks like spam to us"),
    ],
)
def test_one_reader_s_server_that_blames_us_is_tried_twice_and_then_fails_alone(
    command: str, reply: str, place: int
) -> None:
    book = people(30, domains=30, size=10)
    odd = book.recipients[place]
    with Relay() as relay:
        setattr(relay, command, lambda talk: reply if talk.asked_for == odd.address else None)
        summary, waits = attempt(relay, book)
        assert summary.reason == ""
        assert waits == [20]
        assert book.figures() == Figures(planned=30, accepted=29, failed=1)
        assert relay.asked[odd.address] == 2
        assert book.fault[odd.subscriber_id] in ("account", "message")


LISTED = "554 5.7.1 Your IP address is listed by our blocklist"


def with_odd_domain(count: int, *, at: int, size: int) -> MemoryLedger:
    """Return a ledger of thirty readers, and so many of one domain from place `at` on."""
    readers = [recipient(n, f"runner{n}@hills{n % 5}.example") for n in range(1, 31)]
    readers[at:at] = [recipient(n, f"odd{n}@odd.example") for n in range(101, 101 + count)]
    return MemoryLedger(batch(), tuple(readers), size)


def refuse_odd_domain(talk: Conversation) -> str | None:
    return LISTED if talk.asked_for.endswith("@odd.example") else None


@pytest.mark.parametrize("size", [4, 100])
@pytest.mark.parametrize("at", [0, 15])
@pytest.mark.parametrize("count", [2, 3, 8])
def test_a_domain_that_blames_us_is_tried_twice_and_then_fails_alone(
    count: int, at: int, size: int
) -> None:
    book = with_odd_domain(count, at=at, size=size)
    with Relay(rcpt=refuse_odd_domain) as relay:
        summary, waits = attempt(relay, book)
        assert summary.reason == ""
        assert sum(waits) <= 20
        assert book.figures() == Figures(planned=30 + count, accepted=30, failed=count)
        assert all(n <= 2 for n in relay.asked.values())


@pytest.mark.parametrize("size", [4, 100])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_a_domain_that_blames_us_at_the_end_is_told_once_and_then_waits(
    count: int, size: int
) -> None:
    book = with_odd_domain(count, at=30, size=size)
    with Relay(rcpt=refuse_odd_domain) as relay:
        summary, _ = attempt(relay, book)
        # It may be a quota that ended: nobody is left who could tell.
        assert LISTED in summary.reason
        assert book.figures() == Figures(planned=30 + count, accepted=30, pending=count)
        assert len(book.deferred) > 0
        assert not book.planned, "each has a time at which it is given up"
        for _ in range(3):
            book.pass_time(15 * 60)
            assert attempt(relay, book)[0].reason == ""
            assert not book.planned
        relay.rcpt = None
        for _ in range(3):
            book.pass_time(8 * 3600)
            attempt(relay, book)
        assert book.figures() == Figures(planned=30 + count, accepted=30 + count)


@pytest.mark.parametrize("reply", [LISTED, "550 5.4.5 Daily sending quota exceeded"])
@pytest.mark.parametrize(("count", "size"), [(2, 100), (3, 100), (3, 10)])
def test_the_last_readers_of_several_domains_who_are_refused_alike_wait_and_end(
    count: int, size: int, reply: str
) -> None:
    book = with_odd_domains(count, size=size)
    with Relay(rcpt=lambda talk: reply if "@odd" in talk.asked_for else None) as relay:
        summary, _ = attempt(relay, book)
        assert reply in summary.reason
        assert book.figures() == Figures(planned=30 + count, accepted=30, pending=count)
        for _ in range(3):
            assert not book.planned, "each has a time at which it is given up"
            book.pass_time(15 * 60)
            assert attempt(relay, book)[0].reason == "", "told once"
        relay.rcpt = None
        book.pass_time(24 * 3600)
        attempt(relay, book)
        assert book.figures() == Figures(planned=30 + count, accepted=30 + count)


def with_odd_domains(count: int, *, size: int) -> MemoryLedger:
    """Return a ledger of thirty readers, and so many at the end, each of another domain."""
    readers = [recipient(n, f"runner{n}@hills{n % 5}.example") for n in range(1, 31)]
    readers += [recipient(n, f"odd{n}@odd{n}.example") for n in range(101, 101 + count)]
    return MemoryLedger(batch(), tuple(readers), size)


def test_who_waits_keeps_waiting_when_the_account_is_refused_meanwhile() -> None:
    book = people(12, domains=4, size=6)
    greylisted = {reader.address for reader in book.recipients[:6]}
    with Relay(to_recipient=dict.fromkeys(greylisted, "450 4.2.0 Greylisted")) as relay:
        attempt(relay, book)
        relay.to_recipient.clear()
        relay.rcpt = lambda _talk: "550 5.4.5 Daily sending quota exceeded"
        book.pass_time(15 * 60)
        summary, _ = attempt(relay, book)
        assert summary.fault == "account"
        assert not book.planned, "each has a time at which it is given up"
        assert book.figures() == Figures(planned=12, accepted=6, pending=6)


def test_a_quota_that_ends_with_the_last_reader_is_told_and_tried_again_later() -> None:
    book = people(10, size=5)
    with Relay(dot=refuse_after(9, "552 5.7.0 Relay quota exceeded")) as relay:
        summary, _ = attempt(relay, book)
        assert summary.fault == "account"
        assert book.figures() == Figures(planned=10, accepted=9, pending=1)
        book.pass_time(20)
        attempt(relay, book)
        assert book.figures() == Figures(planned=10, accepted=9, pending=1)
        relay.dot = None
        book.pass_time(15 * 60)
        assert attempt(relay, book)[0].reason == ""
        assert book.figures() == Figures(planned=10, accepted=10)


def test_a_relay_that_knows_nobody_of_a_whole_list_is_the_wrong_relay() -> None:
    book = people(30, domains=3)
    with Relay(rcpt=lambda _talk: "550 5.1.1 User unknown") as relay:
        summary, _ = attempt(relay, book)
        assert summary.fault == "account"
        assert book.figures() == Figures(planned=30, pending=30)
        assert len(summary.addresses) == 3
        for address in summary.addresses:
            assert address in summary.reason


def test_a_dead_address_on_its_own_has_failed() -> None:
    book = people(1)
    with Relay(rcpt=lambda _talk: "550 5.1.1 User unknown") as relay:
        assert attempt(relay, book)[0].reason == ""
        assert book.figures() == Figures(planned=1, failed=1)
        assert book.fault[1] == "reader_gone"


def test_a_domain_that_refuses_us_takes_nothing_from_the_others() -> None:
    readers = tuple(
        recipient(number, f"runner{number}@{'club' if number < 21 else f'hills{number}'}.example")
        for number in range(1, 41)
    )
    book = MemoryLedger(batch(), readers, 100)
    with Relay(
        rcpt=lambda talk: "550 5.7.1 Not for the club" if "club" in talk.asked_for else None
    ) as relay:
        summary, _ = attempt(relay, book)
        assert summary.reason == ""
        assert book.figures() == Figures(planned=40, accepted=20, failed=20)


def test_several_connections_count_refusals_together() -> None:
    book = people(200, domains=5, size=5)
    with Relay(rcpt=lambda _talk: "554 5.7.1 Relay access denied") as relay:
        smtp = Smtp(host="127.0.0.1", port=relay.port, security="none", timeout=5)
        summary = deliver(book, smtp, wait=lambda _seconds: None, connections=4)
        smtp.close()
        assert summary.fault == "account"
        assert book.figures() == Figures(planned=200, pending=200)
        assert sum(relay.asked.values()) <= 4 * 3
