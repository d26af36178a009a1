"""How many pages of the archive the real site serves in a second, in an issue's first hour."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.table import Row
from tests.benchmarks.unsubscribing import served_site
from tests.support.archive import create_archive

_REQUESTS = 6_000
_CONNECTIONS = 12
_WANTED = 1_000  # a second on two cores, including the client's own work


def rows() -> Iterator[Row]:
    """Open one page, and ask again for one that has not changed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "newsletter"
        create_archive(folder).engine.dispose()
        with served_site(folder) as port:
            page, etag = _read_page(port)
            for what, headers, length in (
                ("pages of the archive", b"", len(page)),
                ("304 of the archive", b"If-None-Match: %s\r\n" % etag, 0),
            ):
                rate = _REQUESTS / _seconds(port, headers, length)
                yield Row(
                    what=f"{_WANTED} {what} a second : ours",
                    ratio=_WANTED / rate,
                    aim=1.0,
                    figures=f"{rate:.0f} a second of {length / 1000:.0f} KB",
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

    start = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        for reading in [pool.submit(read) for _ in range(_CONNECTIONS)]:
            reading.result()
    return time.perf_counter() - start


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
