"""An HTTP connection that is kept open and says how far a request came.

`NotReached`: nothing of the request left this machine. `Lost`: some of it may have
arrived, and there is no answer. No redirect is followed: it would carry the key along.
"""

from __future__ import annotations

import http.client
import io
import selectors
import socket
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

# Servers drop idle connections after a while, and a request that meets such a drop is lost
# in doubt. A connection idle for longer than this is not used again.
LONGEST_IDLE = 5.0
LONGEST_BODY = 65_536


class NotReached(Exception):
    """Nothing of the request left this machine; the text says why."""


class ResponseLost(Exception):
    """The request may have arrived, but no answer came; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """What the server said. `headers` match without regard to case."""

    status: int
    headers: Message
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header, "" where there is none."""
        return str(self.headers.get(name, ""))


@dataclass(slots=True)
class _Open:
    connection: http.client.HTTPConnection
    used: float


class KeepAliveConnection:
    """One connection for each thread to one host (`https://…` or `http://…`).

    `timeout` bounds, in seconds each: connecting, handing over a request, and the answer as
    a whole.
    """

    def __init__(
        self, host: str, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._host = urlsplit(host)
        self._timeout = timeout
        self._clock = clock
        self._of_thread = threading.local()
        # Held here too, for a thread that ends would drop its connection without closing it.
        self._all: set[http.client.HTTPConnection] = set()
        weakref.finalize(self, _close_all, self._all)

    def exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: Sequence[bytes]
    ) -> HttpResponse:
        """Sends a request, its body in pieces, and reads the answer; raises NotReached or Lost."""
        kept = self._connected()
        try:
            answer = self._ask(kept.connection, method, path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            kept.connection.close()
            raise ResponseLost(_said(error)) from error
        except BaseException:
            kept.connection.close()
            raise
        kept.used = self._clock()
        return answer

    def close(self) -> None:
        """Closes what is open; the next exchange opens anew."""
        _close_all(self._all)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Sequence[bytes],
    ) -> HttpResponse:
        own = dict(headers)
        if body:
            own["Content-Length"] = str(sum(map(len, body)))
        # A server that refuses early hangs up on the body, and has answered already.
        with suppress(BrokenPipeError, ConnectionResetError):
            handed = self._in_time(connection, body) if body else None
            connection.request(method, path, body=handed, headers=own)
        until = self._clock() + self._timeout
        connection.response_class = timed_response(  # type: ignore[assignment] # http.client only calls it
            lambda: until - self._clock()
        )
        with connection.getresponse() as response:
            try:
                found = response.read(LONGEST_BODY)
                whole = response.isclosed()
            except (OSError, http.client.HTTPException):
                # The status line and the headers are the answer: a torn body takes nothing back.
                found, whole = b"", False
        if not whole:
            connection.close()
        return HttpResponse(status=response.status, headers=response.headers, body=found)

    def _in_time(
        self, connection: http.client.HTTPConnection, body: Sequence[bytes]
    ) -> Iterator[bytes]:
        """The pieces, as long as there is time for all of them together."""
        until = self._clock() + self._timeout
        for piece in body:
            left = until - self._clock()
            if left <= 0:
                raise TimeoutError
            connection.sock.settimeout(left)
            yield piece

    def _connected(self) -> _Open:
        kept: _Open | None = getattr(self._of_thread, "kept", None)
        if kept is not None and self._usable(kept):
            kept.connection.sock.settimeout(self._timeout)
            return kept
        if kept is not None:
            kept.connection.close()
            self._all.discard(kept.connection)
        connection = _new(self._host, self._timeout)
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise NotReached(_said(error)) from error
        self._all.add(connection)
        kept = self._of_thread.kept = _Open(connection=connection, used=self._clock())
        return kept

    def _usable(self, kept: _Open) -> bool:
        sock = kept.connection.sock
        if sock is None or self._clock() - kept.used > LONGEST_IDLE:
            return False
        # A kept connection with something to read was hung up on.
        return not readable(sock)


def _new(host: SplitResult, timeout: float) -> http.client.HTTPConnection:
    if host.scheme == "http":
        return http.client.HTTPConnection(host.hostname or "", host.port, timeout=timeout)
    proxy = urlsplit(getproxies().get("https", ""))
    if not proxy.hostname or proxy_bypass(host.hostname or ""):
        return http.client.HTTPSConnection(host.hostname or "", host.port, timeout=timeout)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=timeout)
    connection.set_tunnel(host.hostname or "", host.port, headers=_proxy_headers(proxy))
    return connection


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if not proxy.username:
        return {}
    login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {b64encode(login).decode()}"}


def _close_all(connections: set[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _said(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


class _Timed(io.RawIOBase):
    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._sock = sock
        self._seconds_left = seconds_left
        # Keeps the socket open until this is closed, as sock.makefile does.
        self._raw = sock.makefile("rb", buffering=0)
        self._begun = False

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
            if self._begun:
                return 0
            raise
        self._begun = True
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Patient:
    """What HTTPResponse wants of a socket: a file to read from."""

    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._timed = _Timed(sock, seconds_left)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._timed)


def timed_response(
    seconds_left: Callable[[], float],
) -> Callable[..., http.client.HTTPResponse]:
    """A `response_class` whose reads share the seconds that are left."""

    def made(sock: socket.socket, *args: Any, **kwargs: Any) -> http.client.HTTPResponse:
        patient: Any = _Patient(sock, seconds_left)
        return http.client.HTTPResponse(patient, *args, **kwargs)

    return made


def readable(sock: socket.socket) -> bool:
    """Whether something came, or the other side hung up; at once.

    By what the system has for it: `select` alone knows no file numbers above 1,023.
    """
    with selectors.DefaultSelector() as watching:
        watching.register(sock, selectors.EVENT_READ)
        return bool(watching.select(0))
