"""Clients that keep the site waiting, and those who are answered all the same."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from newsletter.context import Context
from newsletter.site.server import listen
from newsletter.wsgi.http_server import ConnectionLimits, LimitedServer
from tests.attacks.slow_clients import HALF_REQUESTS, allow_files
from tests.support.newsletter_folder import status_of, subscribe
from tests.support.visitor import Visitor, run_server

SLOW = 300
ONE_CLICK = b"List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
#: Opens a connection to the site and sends these bytes.
Open = Callable[[bytes], socket.socket]


@contextmanager
def running(context: Context, limits: ConnectionLimits) -> Iterator[tuple[Visitor, Open]]:
    site = listen(context, host="127.0.0.1", port=0, limits=limits)
    with run_server(site.server), ExitStack() as opened:

        def connect(half_request: bytes) -> socket.socket:
            client = opened.enter_context(socket.create_connection(("127.0.0.1", site.port), 60))
            client.sendall(half_request)
            return client

        yield Visitor(site.port), connect


def is_open(client: socket.socket) -> bool:
    """Whether the site has neither answered nor closed."""
    client.settimeout(0)
    try:
        client.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def read_until_closed(client: socket.socket) -> bytes:
    """Return all that the site sends before it closes; a test that waits for ever times out."""
    client.settimeout(60)
    received = b""
    with suppress(ConnectionResetError):
        while part := client.recv(4096):
            received += part
    return received


def trickle(client: socket.socket) -> bytes | None:
    """Send a byte. Return what the site answers, b"" once it has closed, None for nothing yet."""
    client.settimeout(0.02)
    try:
        client.sendall(b"a")
        return client.recv(1)
    except TimeoutError:
        return None
    except ConnectionError:
        return b""


def test_a_reader_is_answered_while_hundreds_of_requests_stay_unfinished(context: Context) -> None:
    link = subscribe(context, "ada@example.com")
    allow_files(4 * SLOW)
    with running(context, ConnectionLimits(request_seconds=600)) as (visitor, connect):
        slow = [connect(HALF_REQUESTS[place % 2]) for place in range(SLOW)]
        for client in slow:
            client.sendall(b"a")
        health = visitor.get("/healthz")
        left = visitor.request("POST", link, FORM, ONE_CLICK)
        assert all(is_open(client) for client in slow)
    assert (health.status, left.status) == (200, 200)
    assert status_of(context, "ada@example.com") == "unsubscribed"


def test_a_request_has_a_deadline_however_steadily_it_trickles(context: Context) -> None:
    with running(context, ConnectionLimits(request_seconds=0.1)) as (_, connect):
        silent = connect(b"")
        waiting = [connect(half_request) for half_request in HALF_REQUESTS]
        answers: list[bytes] = []
        while waiting:
            for client in tuple(waiting):
                answer = trickle(client)
                if answer is not None:
                    answers.append(answer)
                    waiting.remove(client)
        assert answers == [b""] * len(HALF_REQUESTS)
        assert read_until_closed(silent) == b""


def test_a_client_that_does_not_take_its_response_is_shown_out() -> None:
    more_than_all_buffers = b"a" * 14_000_000

    def app(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Length", str(len(more_than_all_buffers)))])
        return [more_than_all_buffers]

    listener = socket.create_server(("127.0.0.1", 0))
    server = LimitedServer(app, listener, ConnectionLimits(response_seconds=0.1), threads=1)
    address = listener.getsockname()
    with run_server(server), socket.create_connection(address, 60) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1)
        while server.active_channels:
            time.sleep(0.02)
        taken = 1
        with suppress(ConnectionError):
            while part := client.recv(1_000_000):
                taken += len(part)
    assert taken < len(more_than_all_buffers)


def test_hundreds_of_requests_at_once_are_not_all_served(context: Context) -> None:
    with running(context, ConnectionLimits()) as (_, connect):
        client = connect(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 190)
        answer = read_until_closed(client)
    assert answer.count(b"HTTP/1.1 200") < 190


def test_a_full_house_shows_out_who_has_kept_it_waiting_longest(context: Context) -> None:
    limits = ConnectionLimits(request_seconds=600, most_connections=20)
    with running(context, limits) as (visitor, connect):
        first = connect(HALF_REQUESTS[0])
        slow = [connect(HALF_REQUESTS[0]) for _ in range(30)]
        assert visitor.get("/healthz").status == 200
        read_until_closed(first)
        assert is_open(slow[-1])


def test_a_request_of_two_lengths_is_refused_and_the_connection_closed(context: Context) -> None:
    smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(context, ConnectionLimits()) as (_, connect):
        for head in (
            "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n",
        ):
            client = connect(f"{head}Host: localhost\r\n\r\n{smuggled}".encode())
            answer = read_until_closed(client)
            assert answer.split(b" ")[1] == b"400", head
            assert answer.count(b"HTTP/1.") == 1, head
