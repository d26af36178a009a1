"""How many unsubscribe POSTs the real site stores on disk in a second."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from newsletter.app import open_newsletter
from newsletter.storage.database.engine import transaction
from subscribers.models import ImportRow
from subscribers.storage import count_by_status, links_of_ids
from subscribers.storage.bulk import insert_many
from subscribers.tokens import sign_token
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.support.newsletter_folder import create_newsletter

READERS = 4_000
CONNECTIONS = 12
_ROUNDS = 3
_WANTED_MS = 2.0  # each: 500 a second on two cores, including the client's own work
_BODY = b"List-Unsubscribe=One-Click"


_POSTS = Comparison(
    key="unsubscribing.posts",
    what="a one-click unsubscribe, durable on disk",
    against="2 ms each (500 a second)",
    unit="ms",
    floor=1.0,
    clock="wall",
    explanation="By a profile it is the disk's flush, which several requests share, and waitress.",
    is_limit=True,
)
COMPARISONS = (_POSTS,)


def measure() -> Iterator[Measurement]:
    """Unsubscribe all readers at once by one-click, over open connections."""
    yield Measurement(
        comparison=_POSTS,
        ours=tuple(_unsubscribe_all() / READERS * 1e3 for _ in range(_ROUNDS)),
        theirs=(_WANTED_MS,),
        remark=f"{READERS:,} over {CONNECTIONS} connections",
    )


def _unsubscribe_all() -> float:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "newsletter"
        tokens = _readers(folder)
        with served_site(folder) as port:
            seconds = _all_leave(port, tokens)
        _check(folder)
    return seconds


def _readers(folder: Path) -> list[str]:
    context = create_newsletter(folder)
    people = [ImportRow(f"r{i}@example.com", f"r{i}@example.com") for i in range(READERS)]
    with transaction(context.engine) as connection:
        insert_many(connection, people, at=context.clock(), source="benchmark")
        links = links_of_ids(connection, range(1, READERS + 1))
    context.engine.dispose()
    return [sign_token("unsubscribe", link, context.secrets.signing) for link in links.values()]


@contextmanager
def served_site(folder: Path) -> Iterator[int]:
    running = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "--folder", str(folder), "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NEWSLETTER_NOW": "2026-11-20T12:00:00+00:00"},
    )
    assert running.stderr is not None
    try:
        match = re.search(r"localhost:(\d+)", running.stderr.readline())
        assert match
        yield int(match[1])
    finally:
        running.terminate()
        running.communicate()


def _all_leave(port: int, tokens: list[str]) -> float:
    shares = [tokens[place::CONNECTIONS] for place in range(CONNECTIONS)]
    threads = [threading.Thread(target=_leave, args=(port, share)) for share in shares]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def _leave(port: int, tokens: list[str]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as link:
        for token in tokens:
            link.sendall(
                b"POST /unsubscribe/%s HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (token.encode(), len(_BODY), _BODY)
            )
            answer = link.recv(65_536)
            while b"Unsubscribed.\n" not in answer:
                more = link.recv(65_536)
                assert more, answer
                answer += more


def _check(folder: Path) -> None:
    context = open_newsletter(folder, {})
    with transaction(context.engine) as connection:
        assert count_by_status(connection)["unsubscribed"] == READERS
    context.engine.dispose()
