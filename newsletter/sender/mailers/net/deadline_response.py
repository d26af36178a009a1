"""An HTTP answer that must be complete by a moment, and counts as far as it came.

A socket's own timeout starts anew with every byte, so a server that sends one a minute
would hold a run for ever. And where the line breaks after the words `HTTP/1.1 202`, the
answer was given: what follows is taken for missing, not the whole for lost.
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
