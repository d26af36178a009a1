"""An HTTP answer that must be complete by a moment, however slowly its bytes trickle in.

A socket's own timeout starts anew with every byte, so a server that sends one a minute
would hold a run for ever.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable
from typing import Any


class _Timed(io.RawIOBase):
    def __init__(self, sock: socket.socket, seconds_left: Callable[[], float]) -> None:
        self._sock = sock
        self._seconds_left = seconds_left
        # Keeps the socket open until this is closed, as sock.makefile does.
        self._raw = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._seconds_left()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

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
