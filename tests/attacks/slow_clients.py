"""Thousands of clients that never finish a request, and one reader who wants to leave.

    python -m tests.attacks.slow_clients [CONNECTIONS] [SECONDS]

It serves a newsletter with the real program, holds the connections open from a process of its own,
each with a byte a second, opens anew what the site closes, and prints how long `/healthz` and
one-click unsubscribe take meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median

from tests.support.newsletter_folder import NOW, create_newsletter, status_of, subscribe

CONNECTIONS = 2_000
SECONDS = 60
#: The longest that an answer may take, in seconds.
MOST_SECONDS = 1.0
#: Half a head, and half a body: what each client sends before it begins to trickle.
HALF_REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n",
)
_ONE_CLICK = b"List-Unsubscribe=One-Click"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request of an honest client."""

    path: str
    seconds: float
    answer: bytes


def main(connections: int = CONNECTIONS, seconds: float = SECONDS) -> bool:
    """Print the figures, and return whether every answer came in time."""
    allow_files(connections + 100)
    with tempfile.TemporaryDirectory() as name:
        context = create_newsletter(Path(name) / "newsletter")
        link = subscribe(context, "ada@example.com")
        with _served(context.folder) as port, _trickling(port, connections):
            probes = list(_probe(port, link, seconds))
        left = status_of(context, "ada@example.com") == "unsubscribed"
        context.engine.dispose()
    print(f"{connections} connections trickle a byte a second for {seconds:.0f} s:")
    for path in ("/healthz", link):
        took = [probe.seconds for probe in probes if probe.path == path]
        shown = "one-click unsubscribe" if path == link else path
        print(f"  {shown}: {len(took)} asked, median {median(took):.3f} s, worst {max(took):.3f} s")
    wrong = [probe for probe in probes if b" 200 " not in probe.answer.partition(b"\r\n")[0]]
    late = [probe for probe in probes if probe.seconds > MOST_SECONDS]
    print(f"  {len(wrong)} without an answer, {len(late)} later than {MOST_SECONDS:.0f} s")
    return left and not wrong and not late


def allow_files(count: int) -> None:
    """Let this process and its children open `count` files, or say that the system forbids it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


@contextmanager
def _served(folder: Path) -> Iterator[int]:
    words = ("--folder", str(folder), "serve", "--host", "127.0.0.1", "--port", "0")
    with (folder / "serve.log").open("w+", encoding="utf-8") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "newsletter", *words],
            stderr=log,
            env=os.environ | {"NEWSLETTER_NOW": NOW},
        )
        try:
            yield _printed_port(folder / "serve.log")
        finally:
            running.terminate()
            running.wait()
            print((folder / "serve.log").read_text("utf-8"), file=sys.stderr)


def _printed_port(log: Path) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := re.search(r"localhost:(\d+)", log.read_text("utf-8")):
            return int(found[1])
        time.sleep(0.05)
    raise RuntimeError(f"The site does not start: {log.read_text('utf-8')}")


@contextmanager
def _trickling(port: int, connections: int) -> Iterator[None]:
    spawn = multiprocessing.get_context("spawn")
    full, stop = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_trickle, args=(port, connections, full, stop))
    process.start()
    try:
        if not full.wait(60):
            raise RuntimeError("The slow clients did not start.")
        yield
        if not process.is_alive():
            raise RuntimeError("The slow clients ended too early.")
    finally:
        stop.set()
        process.join()


def _trickle(port: int, connections: int, full: Event, stop: Event) -> None:
    clients = [_Slow(port, place) for place in range(connections)]
    opened = [client.trickle() for client in clients]
    while not stop.is_set():
        started = time.monotonic()
        for place, client in enumerate(clients):
            opened[place] += client.trickle()
            # Spread over the second.
            ahead = started + place / connections - time.monotonic()
            if ahead > 0.005:
                time.sleep(ahead)
        full.set()
        time.sleep(max(0, started + 1 - time.monotonic()))
    print(f"  {sum(opened)} connections in all; the site closed {sum(opened) - connections}")


class _Slow:
    """A client that sends half a request, a byte at each `trickle`, and comes again if refused."""

    def __init__(self, port: int, place: int) -> None:
        self._port = port
        self._half = HALF_REQUESTS[place % len(HALF_REQUESTS)]
        self._socket: socket.socket | None = None
        self._unsent = b""

    def trickle(self) -> int:
        """Send a byte, and return 1 if the connection had to be opened for it."""
        opened = 0
        if self._socket is None:
            self._socket, self._unsent, opened = socket.socket(), self._half, 1
            self._socket.settimeout(0)
            self._socket.connect_ex(("127.0.0.1", self._port))
        try:
            sent = self._socket.send(self._unsent or b"a")
            self._unsent = self._unsent[sent:]
        except BlockingIOError:
            pass  # the site has not taken the connection yet
        except OSError:
            self._socket.close()
            self._socket = None
        return opened


def _probe(port: int, link: str, seconds: float) -> Iterator[Probe]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        head = "Host: localhost\r\nConnection: close\r\n"
        yield _ask(port, "/healthz", f"GET /healthz HTTP/1.1\r\n{head}\r\n".encode())
        head += f"Content-Length: {len(_ONE_CLICK)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
        yield _ask(port, link, f"POST {link} HTTP/1.1\r\n{head}\r\n".encode() + _ONE_CLICK)
        time.sleep(0.1)


def _ask(port: int, path: str, request: bytes) -> Probe:
    started = time.monotonic()
    answer = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(request)
            while part := client.recv(65_536):
                answer += part
    except OSError:
        pass
    return Probe(path, time.monotonic() - started, answer)


if __name__ == "__main__":
    raise SystemExit(not main(*(int(word) for word in sys.argv[1:])))
