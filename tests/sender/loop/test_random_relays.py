"""Relays that answer at random: nobody gets two, nobody is lost, and every run comes to an end.

Each seed is a relay of another temper. Its own record of what it accepted is the judge.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from newsletter.models import Recipient
from newsletter.sender.loop.deliver import DeliverySummary, deliver
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import batch, recipient
from tests.support.memory_ledger import MemoryLedger
from tests.support.smtp_relay import Conversation, Relay

READERS = 9
SEEDS = 100
_REPLIES = (
    "550 5.1.1 No such user",
    "550 5.7.1 Access denied",
    "450 4.2.0 Greylisted",
    "452 4.2.2 Mailbox full",
    "554 5.7.1 Relay access denied",
    "550 5.4.5 Daily sending quota exceeded",
    "552 5.3.4 Message size exceeds fixed limit",
    "554 5.7.1 Message rejected: listed URL",
    "452 4.4.5 Too many messages per session",
    "421 4.7.0 Connection expired, try reconnecting",
    "421 4.3.2 Service shutting down",
    "451 4.3.0 Temporary lookup failure",
    "close",
)
_REFUSED_DOMAIN = "hills2.example"


@dataclass(slots=True)
class Temper:
    """What a relay answers, and whom it refused for good."""

    chance: random.Random
    #: How often each step is answered otherwise than well.
    rates: dict[str, float] = field(default_factory=dict)
    #: The replies that this relay knows.
    replies: tuple[str, ...] = ()
    #: The reply to every reader of one domain, "" if it is like the others.
    to_domain: str = ""
    #: Messages that one connection takes, 0 for any number.
    per_session: int = 0
    refused: set[str] = field(default_factory=set)
    is_calm: bool = False

    @classmethod
    def of(cls, seed: int) -> Temper:
        chance = random.Random(seed)  # noqa: S311  # reproducible
        return cls(
            chance=chance,
            rates={
                step: chance.choice((0.0, 0.0, 0.1, 0.4, 0.9))
                for step in ("mail", "rcpt", "data", "dot", "after")
            },
            replies=tuple(chance.sample(_REPLIES, chance.choice((1, 2, 5, len(_REPLIES))))),
            to_domain=chance.choice(("", "", *_REPLIES[:-1])),
            per_session=chance.choice((0, 0, 1, 2)),
        )

    def reply(self, step: str, sender: str) -> str | None:
        if self.is_calm or self.chance.random() >= self.rates[step]:
            return None
        return self._refuse(self.chance.choice(self.replies), sender)

    def mail(self, talk: Conversation) -> str | None:
        if self.per_session and talk.taken >= self.per_session:
            return "452 4.4.5 Too many messages per session"
        return self.reply("mail", talk.sender)

    def rcpt(self, talk: Conversation) -> str | None:
        if self.to_domain and not self.is_calm and talk.asked_for.endswith(_REFUSED_DOMAIN):
            return self._refuse(self.to_domain, talk.sender)
        return self.reply("rcpt", talk.sender)

    def data(self, talk: Conversation) -> str | None:
        return self.reply("data", talk.sender)

    def dot(self, talk: Conversation) -> str | None:
        reply = self.reply("dot", talk.sender)
        return self.chance.choice(("cut", "hang up")) if reply == "close" else reply

    def after(self, _talk: Conversation) -> str | None:
        if self.is_calm or self.chance.random() >= self.rates["after"]:
            return None
        return self.chance.choice(("421 4.4.2 Goodbye", "close"))

    def _refuse(self, reply: str, sender: str) -> str:
        if reply.startswith("5"):
            self.refused.add(sender)
        return reply


def sender_of(subscriber_id: int) -> str:
    """Return the return path of a reader's message, by which the relay knows whose it is."""
    return f"bounce+{subscriber_id}@example.com"


def attempt(relay: Relay, book: MemoryLedger, connections: int) -> DeliverySummary:
    """Deliver once, as a run does; the run must ask nobody without end."""
    before, waits = Counter(relay.asked), list[float]()
    smtp = Smtp(host="127.0.0.1", port=relay.port, security="none", timeout=5)
    try:
        summary = deliver(book, smtp, wait=waits.append, connections=connections)
    finally:
        smtp.close()
    # Backoff begins again whenever somebody was served.
    assert sum(waits) <= 20 + READERS * 155
    assert max((relay.asked - before).values(), default=0) < 60
    return summary


def end_of(seed: int) -> tuple[MemoryLedger, Temper, Counter[str]]:
    """Deliver through the relay of a seed, then through the same one when it is calm."""
    temper = Temper.of(seed)
    readers = tuple(
        recipient(number, f"runner{number}@hills{number % 3}.example")
        for number in range(1, READERS + 1)
    )
    pattern = replace(batch(), envelope_sender=sender_of)
    book = MemoryLedger(pattern, readers, temper.chance.choice((1, 2, 4, 9)))
    connections = temper.chance.choice((1, 1, 3))
    with Relay(
        pipelining=temper.chance.random() < 0.5,
        mail=temper.mail,
        rcpt=temper.rcpt,
        data=temper.data,
        dot=temper.dot,
        after=temper.after,
    ) as relay:
        for _ in range(4):
            attempt(relay, book, connections)
            book.pass_time(temper.chance.choice((0, 60, 3600)))
        temper.is_calm = True
        for _ in range(4):
            book.pass_time(24 * 3600)
            calm = attempt(relay, book, connections)
        assert calm.reason == "", seed
        return book, temper, Counter(relay.addresses)


def describe(seed: int, reader: Recipient, status: str, messages: int) -> str:
    return f"seed {seed}: {reader.address} is {status} and got {messages}"


@pytest.mark.parametrize("first", range(0, SEEDS, 20))
def test_whatever_a_relay_answers_nobody_gets_two_and_nobody_is_lost(first: int) -> None:
    for seed in range(first, first + 20):
        book, temper, mailed = end_of(seed)
        for reader in book.recipients:
            status, messages = book.status[reader.subscriber_id], mailed[reader.address]
            where = describe(seed, reader, status, messages)
            assert messages <= 1, where
            assert status != "pending", where
            assert status != "accepted" or messages, where
            assert status in ("accepted", "unknown") or not messages, where
            if status == "failed":
                assert sender_of(reader.subscriber_id) in temper.refused, where
