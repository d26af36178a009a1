"""How many pages of the archive the real site serves in a second, in an issue's first hour."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import wall_time
from tests.benchmarks.unsubscribing import served_site
from tests.support.archive import create_archive

_REQUESTS = 6_000
_CONNECTIONS = 12
_ROUNDS = 5
_WANTED_MS = 1.0  # a page: 1,000 a second on two cores, including the client's own work
_WHY = (
    "By a profile half of it is waitress (threads, sockets, the request's head); the client's "
    "twelve threads take the other core."
)
_PAGES, _UNCHANGED = COMPARISONS = tuple(
    Comparison(
        key=f"archive.{key}",
        what=what,
        against="1 ms each (1,000 a second)",
        unit="ms",
        floor=1.0,
        clock="wall",
        explanation=_WHY,
        is_limit=True,
    )
    for key, what in (
        ("pages", "a page of the archive, 12 connections"),
        ("unchanged", "an unchanged page of the archive (304)"),
    )
)


def measure() -> Iterator[Measurement]:
    """Open one page, and ask again for one that has not changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "newsletter"
        create_archive(folder).engine.dispose()
        with served_site(folder) as port:
            page, etag = _read_page(port)
            for comparison, headers, length in (
                (_PAGES, b"", len(page)),
                (_UNCHANGED, b"If-None-Match: %s\r\n" % etag, 0),
            ):
                seconds = [_seconds(port, headers, length) for _ in range(_ROUNDS)]
                yield Measurement(
                    comparison=comparison,
                    ours=tuple(taken / _REQUESTS * 1e3 for taken in seconds),
                    theirs=(_WANTED_MS,),
                    remark=f"pages of {length / 1000:.0f} KB" if length else "",
                )


def _read_page(port: int) -> tuple[bytes, bytes]:
    with socket.create_connection(("127.0.0.1", port)) as link:
        head, body = _exchange(link, b"Connection: close\r\n", None)
    etag = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"etag:"))
    return body, etag.partition(b":")[2].strip()


def _seconds(port: int, headers: bytes, length: int) -> float:
    def read() -> None:
        link = socket.create_connection(("127.0.0.1", port))
        for _ in range(_REQUESTS // _CONNECTIONS):
            head, _ = _exchange(link, headers, length)
            if b"Connection: close" in head:  # waitress closes after a 304
                link.close()
                link = socket.create_connection(("127.0.0.1", port))
        link.close()

    def read_all() -> None:
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            for reading in [pool.submit(read) for _ in range(_CONNECTIONS)]:
                reading.result()

    return wall_time(read_all)


def _exchange(link: socket.socket, headers: bytes, length: int | None) -> tuple[bytes, bytes]:
    """Return head and body of the page; without a length the server closes after it."""
    link.sendall(b"GET /archive/1 HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % headers)
    answer = b""
    while True:
        head, end, body = answer.partition(b"\r\n\r\n")
        if end and length is not None and len(body) >= length:
            return head, body
        chunk = link.recv(262_144)
        if not chunk:
            assert length is None, answer[:200]
            return head, body
        answer += chunk
