"""Waitress, with what it lacks against slow and many clients.

Waitress reads requests in one thread that never waits for a client, and hands only whole ones to
its workers, so a slow client costs no worker. By itself it forgets a client that is silent, but
never one that trickles; takes no further connection once 100 are open; and accepts one at a time.
Here a whole request has a deadline, a full house shows out whoever has kept it waiting longest,
and all who stand at the door come in at once.
"""

from __future__ import annotations

import heapq
import resource
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waitress.adjustments import Adjustments  # type: ignore[import-untyped]  # ships no types
from waitress.parser import (  # type: ignore[import-untyped]  # ships no types
    HTTPRequestParser,
    ParsingError,
)
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]  # ships no types
from waitress.task import ThreadedTaskDispatcher  # type: ignore[import-untyped]  # ships no types

from newsletter.wsgi.bare_responses import StrictChannel

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Files that the program itself may need while every connection is taken.
_OWN_FILES = 128
# With more, a turn of waitress' loop, which looks at each connection, takes too long.
_MOST_CONNECTIONS = 4000
# How many may come in at one turn of the loop.
_ACCEPTED_AT_ONCE = 128
# Pipelined requests of one connection. A client that sends hundreds and reads no response would
# fill the worker's output buffer of 16 MB, and the worker would block.
_MOST_PIPELINED = 64
# A path with a token and the headers of a browser behind two proxies are some 2 KB.
_MOST_HEADER_BYTES = 32 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """How long and how many clients may keep the site waiting."""

    #: Seconds for a whole request, head and body, however steadily its bytes come in.
    request_seconds: float = 20
    #: Seconds for a client to take a whole response.
    response_seconds: float = 120
    #: Connections that are open at once; one more closes those that have waited longest.
    most_connections: int = _MOST_CONNECTIONS


DEFAULT_LIMITS = ConnectionLimits()


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # ships no types
    """Refuses a request of ambiguous length (RFC 9112, 6.1); waitress then closes."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        # Waitress removes the header of a body in chunks, and leaves that of HTTP/1.0, where
        # there are none.
        if "TRANSFER_ENCODING" in self.headers or (
            self.chunked and "CONTENT_LENGTH" in self.headers
        ):
            raise ParsingError("Content-Length and Transfer-Encoding contradict each other")


class _Channel(StrictChannel):
    """A connection that knows since when it waits for its client."""

    parser_class = _Parser
    #: `time.monotonic` of the first byte of the request, of the response, or of the connection.
    waits_since = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.waits_since = time.monotonic()
        super().__init__(*arguments, **named)

    def handle_read(self) -> None:
        if self.request is None and not self.requests:
            self.waits_since = time.monotonic()
        super().handle_read()
        if len(self.requests) > _MOST_PIPELINED:
            self.show_out()

    def service(self) -> None:
        super().service()
        self.waits_since = time.monotonic()

    def is_late(self, now: float, limits: ConnectionLimits) -> bool:
        """Whether its client has had the time of `limits`. One that is being served is not."""
        if self.requests:
            return False
        allowed = limits.response_seconds if self.total_outbufs_len else limits.request_seconds
        return now - self.waits_since > allowed

    def show_out(self) -> None:
        """Let the loop close it at its next turn, without waiting for the client."""
        self.will_close = True
        # A client that reads nothing would keep the socket unwritable, and so open.
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class LimitedServer(TcpWSGIServer):  # type: ignore[misc]  # ships no types
    """Serves a WSGI app on a socket that listens. `run` serves until a signal or `close`."""

    channel_class = _Channel

    def __init__(
        self,
        app: WSGIApplication,
        listener: socket.socket,
        limits: ConnectionLimits,
        **adjustments: Any,
    ) -> None:
        self._limits = limits
        self._most = min(limits.most_connections, _allowed_files() - _OWN_FILES)
        settings = Adjustments(
            asyncore_use_poll=True,
            cleanup_interval=1,
            # Never reached: one more is let in before others are shown out.
            connection_limit=self._most + 4 * _ACCEPTED_AT_ONCE,
            max_request_header_size=_MOST_HEADER_BYTES,
            ident=None,
            **adjustments,
        )
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(settings.threads)
        super().__init__(
            app,
            _sock=listener,
            dispatcher=dispatcher,
            adj=settings,
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
        )

    def maintenance(self, _now: float) -> None:
        """Show late clients out. Waitress calls this each `cleanup_interval`."""
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.is_late(now, self._limits):
                channel.show_out()

    def handle_accept(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            known = len(self.active_channels)
            super().handle_accept()
            if len(self.active_channels) == known:
                break
        if len(self.active_channels) > self._most:
            self._make_room()

    def _make_room(self) -> None:
        """Show out those who have kept the site waiting longest, some at once."""
        waiting = [
            channel
            for channel in self.active_channels.values()
            if not channel.requests and not channel.will_close
        ]
        excess = len(self.active_channels) - self._most + self._most // 20
        for channel in heapq.nsmallest(excess, waiting, key=lambda each: each.waits_since):
            channel.show_out()


def _allowed_files() -> int:
    """Let this process open as many files as the system lets it, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + 4 * _OWN_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
