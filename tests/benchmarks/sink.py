"""Servers that accept everything, as separate processes, so that they cost the sender nothing."""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.support.smtp_relay import Relay

_ACCEPTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: x\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def http_sink(latency: float = 0.0) -> Iterator[str]:
    """Run a web server that answers 202 after `latency` seconds; return its address."""
    with _beside(_serve_http, latency) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def smtp_sink(latency: float = 0.0) -> Iterator[int]:
    """Run a relay that accepts every message, `latency` seconds a packet; return its port."""
    with _beside(_serve_smtp, latency) as port:
        yield port


@contextmanager
def _beside(work: Callable[[Connection, float], None], latency: float) -> Iterator[int]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=work, args=(theirs, latency), daemon=True)
    process.start()
    try:
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join()


def _serve_smtp(told: Connection, latency: float) -> None:
    with Relay(keep=False, latency=latency) as relay:
        told.send(relay.port)
        threading.Event().wait()


def _serve_http(told: Connection, latency: float) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        told.send(listening.getsockname()[1])
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=_answer, args=(connection, latency), daemon=True).start()


def _answer(connection: socket.socket, latency: float) -> None:
    file = connection.makefile("rb")
    while line := file.readline():
        length = 0
        while line not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            line = file.readline()
        file.read(length)
        time.sleep(latency)
        connection.sendall(_ACCEPTED)
