"""An HTTP client with persistent connections that knows how far a request came.

`NotReached`: nothing left this machine, so the batch was not sent. `ResponseLost`: some of the
request may have arrived, so the outcome is unknown. No other client makes this distinction. What
decides is whether a byte was handed to the socket, whatever the exception was.

Redirects are not followed: they would carry the API key to another host.
"""

from __future__ import annotations

import http.client
import io
import selectors
import socket
import ssl
import threading
import time
import weakref
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

# Servers close idle connections after a while. A request sent at that moment has an unknown
# outcome, so a connection that was idle for longer (in seconds) is not used again.
_MAX_IDLE = 5.0
_MAX_RESPONSE_BODY = 65_536


class NotReached(Exception):
    """Nothing of the request left this machine; the text says why."""


class ResponseLost(Exception):
    """The request may have arrived, but there is no response; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """A response of the server."""

    status: int
    #: Looked up without regard to case.
    headers: Message
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the value of a header, "" if it is missing."""
        return str(self.headers.get(name, ""))


class _Connection(http.client.HTTPConnection):
    """A connection that notes when a byte is about to leave."""

    #: Called before bytes are handed to the socket, once the connection is made.
    on_write: Callable[[], None] | None = None

    def send(self, data: Any) -> None:
        """Write some bytes, and never connect again on the way."""
        if self.sock is None:
            raise http.client.NotConnected
        if self.on_write is not None:
            self.on_write()
        self.sock.sendall(data)


class _SecureConnection(_Connection, http.client.HTTPSConnection):
    """The same over TLS."""


@dataclass(slots=True)
class _OpenConnection:
    connection: _Connection
    #: When the last response ended, by the clock.
    used_at: float


class KeepAliveConnection:
    """One persistent connection for each thread to one host (`https://…` or `http://…`)."""

    def __init__(
        self, host: str, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Connect on first use. `timeout` bounds, in seconds each, three steps: connecting,
        sending a request, and reading the whole response.
        """
        self._host = urlsplit(host)
        self._timeout = timeout
        self._clock = clock
        self._of_thread = threading.local()
        # A thread that ends would drop its connection without closing it.
        self._all: set[_Connection] = set()
        weakref.finalize(self, _close_all, self._all)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Sequence[bytes]
    ) -> HttpResponse:
        """Send a request, its body in pieces, and read the response.

        Raise NotReached or ResponseLost.
        """
        writes = self.writes
        opened: _OpenConnection | None = None
        try:
            opened = self._connect()
            response = self._exchange(opened.connection, method, path, headers, body)
        except BaseException as error:
            if opened is not None:
                opened.connection.close()
            if not isinstance(error, Exception):
                raise
            if self.writes == writes:
                raise NotReached(self._reason(error)) from error
            raise ResponseLost(self._reason(error)) from error
        opened.used_at = self._clock()
        return response

    @property
    def writes(self) -> int:
        """How often this thread handed bytes of a request to a socket: it only grows."""
        return getattr(self._of_thread, "writes", 0)

    def _count_write(self) -> None:
        self._of_thread.writes = self.writes + 1

    def close(self) -> None:
        """Close all connections; the next exchange connects again."""
        _close_all(self._all)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Sequence[bytes],
    ) -> HttpResponse:
        headers = dict(headers)
        if body:
            headers["Content-Length"] = str(sum(map(len, body)))
        # A server that refuses early closes the connection during the body. It has responded
        # already, and the response says more than the broken pipe.
        with suppress(BrokenPipeError, ConnectionResetError):
            pieces = self._within_timeout(connection, body) if body else None
            connection.request(method, path, body=pieces, headers=headers)
        deadline = self._clock() + self._timeout
        connection.response_class = _response_with_deadline(  # type: ignore[assignment] # http.client only calls it
            lambda: deadline - self._clock()
        )
        with connection.getresponse() as response:
            try:
                content = response.read(_MAX_RESPONSE_BODY)
                is_complete = response.isclosed()
            except (OSError, http.client.HTTPException):
                # Status line and headers decide the outcome; a torn body changes nothing.
                content, is_complete = b"", False
        if not is_complete:
            connection.close()
        return HttpResponse(status=response.status, headers=response.headers, body=content)

    def _within_timeout(
        self, connection: http.client.HTTPConnection, body: Sequence[bytes]
    ) -> Iterator[bytes]:
        """Yield the pieces, as long as there is time for all of them together."""
        deadline = self._clock() + self._timeout
        for piece in body:
            left = deadline - self._clock()
            if left <= 0:
                raise TimeoutError
            connection.sock.settimeout(left)
            yield piece

    def _reason(self, error: Exception) -> str:
        """Return in words what went wrong."""
        if isinstance(error, TimeoutError):
            return "no answer in time"
        if isinstance(error, socket.gaierror):
            return f"{self._host.hostname} is not found ({error.strerror})"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate does not hold: {error.verify_message}"
        if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
            return "it does not speak TLS there"
        if isinstance(error, OSError | http.client.HTTPException):
            return getattr(error, "strerror", "") or str(error) or type(error).__name__
        return f"{type(error).__name__}: {error}"

    def _connect(self) -> _OpenConnection:
        opened: _OpenConnection | None = getattr(self._of_thread, "opened", None)
        if opened is not None and self._is_usable(opened):
            opened.connection.sock.settimeout(self._timeout)
            return opened
        if opened is not None:
            opened.connection.close()
            self._all.discard(opened.connection)
        connection = _new_connection(self._host, self._timeout)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        connection.on_write = self._count_write
        self._all.add(connection)
        opened = _OpenConnection(connection=connection, used_at=self._clock())
        self._of_thread.opened = opened
        return opened

    def _is_usable(self, opened: _OpenConnection) -> bool:
        sock = opened.connection.sock
        if sock is None or self._clock() - opened.used_at > _MAX_IDLE:
            return False
        return not has_unread_input(sock)


def has_unread_input(sock: socket.socket) -> bool:
    """Whether an idle connection has input, or its end: the server closed it, or is about to.

    The selector is the system's best: `select` fails for file descriptors above 1,023.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


def _new_connection(host: SplitResult, timeout: float) -> _Connection:
    if host.scheme == "http":
        return _Connection(host.hostname or "", host.port, timeout=timeout)
    proxy = urlsplit(getproxies().get("https", ""))
    if not proxy.hostname or proxy_bypass(host.hostname or ""):
        return _SecureConnection(host.hostname or "", host.port, timeout=timeout)
    connection = _SecureConnection(proxy.hostname, proxy.port, timeout=timeout)
    connection.set_tunnel(host.hostname or "", host.port, headers=_proxy_headers(proxy))
    return connection


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(login).decode()}"}


def _close_all(connections: set[_Connection]) -> None:
    while connections:
        connections.pop().close()


def _response_with_deadline(
    seconds_left: Callable[[], float],
) -> Callable[..., http.client.HTTPResponse]:
    """Return a `response_class` for http.client whose reads share one deadline.

    A socket's own timeout begins again with every byte, so a server that sends one byte a
    minute would block the run without end.
    """

    def response(sock: socket.socket, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:
        reader: Any = _SocketWithDeadline(sock, seconds_left)
        return http.client.HTTPResponse(reader, *args, **kwargs)

    return response


class _SocketWithDeadline:
    """The one method of a socket that HTTPResponse calls."""

    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._file = _FileWithDeadline(sock, seconds_left)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._file)


class _FileWithDeadline(io.RawIOBase):
    """Input of a socket until a deadline. An error after the first byte reads as its end.

    If the connection breaks after `HTTP/1.1 202`, the response was given: what follows is
    missing, but the outcome is known.
    """

    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._sock = sock
        self._seconds_left = seconds_left
        # Keeps the socket open until this is closed, as socket.makefile does.
        self._raw = sock.makefile("rb", buffering=0)
        self._has_begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        try:
            left = self._seconds_left()
            if left <= 0:
                raise TimeoutError("the answer took too long")
            self._sock.settimeout(left)
            count = self._raw.readinto(buffer)
        except OSError:
            if self._has_begun:
                return 0
            raise
        self._has_begun = True
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
