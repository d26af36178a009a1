"""A child process that answers requests on its standard streams, and can be killed.

The parent holds a `ChildProcess`, the child's program calls `answer_requests`. A request and its
reply are packets: four bytes of length, then the payload.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, BinaryIO

HEADER = struct.Struct(">I")
_READ_BYTES = 65536
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")


class ChildProcess:
    """A process that runs `module`, and the pipes to it."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # `module` is the name of one of our own
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_child_environment(),
            start_new_session=True,
        )

    def request(self, packet: bytes | bytearray, seconds: float) -> bytearray | None:
        """Return the payload of the reply, or None if the child died or took longer."""
        requests, replies = self._process.stdin, self._process.stdout
        if requests is None or replies is None:
            return None
        deadline = time.monotonic() + seconds
        writer = threading.Thread(target=_write, args=(requests, packet), daemon=True)
        writer.start()
        header = _read(replies, HEADER.size, deadline)
        payload = _read(replies, HEADER.unpack(header)[0], deadline) if header else header
        return payload or None

    def is_running(self) -> bool:
        """Whether the process still runs, a moment after it failed to reply."""
        try:
            self._process.wait(0.2)
        except subprocess.TimeoutExpired:
            return True
        return False

    def stop(self) -> None:
        """Kill the process and close its pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                # The pipe's buffer still holds the bytes that a dead child never read.
                with suppress(OSError):
                    stream.close()


def pack(payload: bytes) -> bytes:
    """Return the payload as a packet."""
    return HEADER.pack(len(payload)) + payload


def answer_requests(
    answer: Callable[[bytes], bytes | bytearray], *, most_memory: int, most_seconds: int
) -> None:
    """Answer each packet on standard input with a packet on standard output, until the end.

    The parent kills a child that is too slow. `most_seconds` of one request end a child whose
    parent was killed. `most_memory` is in bytes, and not limited where the system cannot (macOS).
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while payload := _read_packet(requests):
        signal.alarm(most_seconds)
        replies.write(answer(payload))
        replies.flush()
        signal.alarm(0)


def _read_packet(stream: BinaryIO) -> bytes:
    """Return the payload of the next packet, b"" at the end of the stream."""
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return b""
    return stream.read(HEADER.unpack(header)[0])


def _child_environment() -> dict[str, str]:
    """Return the child's environment: the path to our packages, and none of our secrets."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return inherited | {"PYTHONPATH": path}


def _write(stream: IO[bytes], packet: bytes | bytearray) -> None:
    try:
        stream.write(packet)
        stream.flush()
    except (OSError, ValueError):
        return  # the child died: the thread that reads its reply sees the end of the pipe


def _read(stream: IO[bytes], size: int, deadline: float) -> bytearray:
    """Read exactly `size` bytes; none if the pipe ends or the deadline passes first."""
    content = bytearray()
    while len(content) < size:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return content[:0]
        chunk = os.read(stream.fileno(), min(size - len(content), _READ_BYTES))
        if not chunk:
            return content[:0]
        content += chunk
    return content
