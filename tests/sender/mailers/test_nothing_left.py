"""What failed before the first byte left was not sent, whatever the exception was.

An exception is raised at every single call that a mailer makes while it sends, one after the
other. Whether anything left is decided by the other side's own record.
"""

from __future__ import annotations

import gc
import smtplib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from newsletter.models import Figures, Receipt
from newsletter.sender.batch import Batch
from newsletter.sender.loop.deliver import deliver
from newsletter.sender.mailers import Mailer
from newsletter.sender.mailers.sendgrid.held_mailer import HeldSendGrid
from newsletter.sender.mailers.sendgrid.mailer import SendGrid
from newsletter.sender.mailers.smtp.mailer import Smtp
from tests.support.batches import EDITION, batch, recipient
from tests.support.injection import Injection
from tests.support.memory_ledger import MemoryLedger
from tests.support.sendgrid import KEY, SendGridStandIn
from tests.support.smtp_relay import Relay

_ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: UnicodeEncodeError("ascii", "ä", 0, 1, "ordinal not in range(128)"),
    lambda: ValueError("no such thing"),
    lambda: OSError(5, "Input/output error"),
    lambda: TimeoutError("timed out"),
    lambda: RuntimeError("a bug"),
    lambda: ArithmeticError("a bug"),
    MemoryError,
    lambda: smtplib.SMTPServerDisconnected("Connection unexpectedly closed"),
)


_NEVER = 10**9


class FaultyMailer:
    """A mailer that raises an exception in the middle of a batch."""

    connections = 1

    def __init__(self, mailer: Mailer, injection: Injection) -> None:
        self.name, self.batch_size = mailer.name, mailer.batch_size
        self._mailer, self._injection = mailer, injection

    def send(self, batch: Batch) -> tuple[Receipt, ...]:
        send = self._mailer.send
        # A collection in the midst would call finalizers, and an exception in one is lost.
        gc.disable()
        sys.setprofile(self._injection.hook)
        try:
            return send(batch)
        finally:
            sys.setprofile(None)
            gc.enable()

    def close(self) -> None:
        self._mailer.close()


def ledger(number: int) -> MemoryLedger:
    # Another edition each time: a message builder is cached.
    pattern = replace(batch(), edition=replace(EDITION, content_hash=str(number)))
    return MemoryLedger(pattern, (recipient(1), recipient(2)), 2)


@dataclass(slots=True)
class OtherSide:
    """What the server itself knows."""

    #: A new mailer that sends to it.
    create: Callable[[], Mailer]
    #: Forgets what it got.
    reset: Callable[[], None]
    #: Sees to it that it knows of every connection.
    accept_waiting: Callable[[], None]
    #: Whether it has recorded all that it got.
    is_idle: Callable[[], bool]
    #: Messages, or requests, of which the first byte arrived.
    begun: Callable[[], int]
    addresses: Callable[[], list[str]]


def attempt(number: int, other: OtherSide) -> tuple[Injection, MemoryLedger]:
    """Deliver to two readers with an exception at call `number`."""
    injection = Injection(number, _ERRORS[number % len(_ERRORS)]())
    book = ledger(number)
    mailer = FaultyMailer(other.create(), injection)
    other.reset()
    # Once something has left, what nobody foresaw is raised, and the batch stays unknown.
    with suppress(type(injection.error)):
        deliver(book, mailer, wait=lambda _seconds: None)
    mailer.close()
    injection.error.__traceback__ = None  # it may hold a socket
    other.accept_waiting()
    while not other.is_idle():
        gc.collect()
        time.sleep(0.0005)
    return injection, book


def raise_everywhere(other: OtherSide, *, step: int = 1) -> int:
    """Raise at every call, or every `step`-th; return how many there are."""
    attempt(_NEVER, other)  # what is done only once is done: imports, patterns
    number = 1  # call 0 is that of the mailer itself
    while True:
        injection, book = attempt(number, other)
        figures, addresses = book.figures(), other.addresses()
        if not injection.raised_in:
            assert figures == Figures(planned=2, accepted=2)
            return number
        where = f"call {number}, {injection.error!r} in {injection.raised_in}"
        if other.begun() == 0:
            assert figures == Figures(planned=2, pending=2), where
        assert figures.failed == 0, where
        assert len(set(addresses)) == len(addresses), where
        assert figures.accepted + figures.unknown >= len(addresses), where
        number += step


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect sockets: an exception in the midst of `create_connection` leaves them behind.

    What other tests left in memory is set aside, so that each of many collections is short.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("pipelining", "step"), [(True, 1), (False, 3)])
def test_an_exception_before_the_first_byte_of_a_message_sends_nothing(
    *, pipelining: bool, step: int
) -> None:
    with Relay(pipelining=pipelining, auth_offered="PLAIN") as relay:

        def create() -> Smtp:
            return Smtp(
                host="127.0.0.1",
                port=relay.port,
                security="none",
                username="läufer",
                password="Schneeglöckchen",
                timeout=5,
            )

        def reset() -> None:
            relay.begun = 0
            relay.accepted.clear()

        other = OtherSide(
            create=create,
            reset=reset,
            # A message follows the relay's greeting.
            accept_waiting=lambda: None,
            is_idle=lambda: not relay.open,
            begun=lambda: relay.begun,
            addresses=lambda: relay.addresses,
        )
        assert raise_everywhere(other, step=step) > 200


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize(("kind", "step"), [(SendGrid, 9), (HeldSendGrid, 31)])
def test_an_exception_before_the_first_byte_of_a_request_sends_nothing(
    sendgrid: SendGridStandIn, kind: type[SendGrid], step: int
) -> None:
    def reset() -> None:
        sendgrid.begun = 0
        sendgrid.mailed.clear()

    other = OtherSide(
        create=lambda: kind(KEY, sendgrid.url, timeout=5),
        reset=reset,
        accept_waiting=sendgrid.accept_waiting,
        is_idle=lambda: sendgrid.is_idle,
        begun=lambda: sendgrid.begun,
        addresses=lambda: sendgrid.addresses,
    )
    assert raise_everywhere(other, step=step) > 200
