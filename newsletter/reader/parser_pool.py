"""Parser children: started when first needed, kept, and killed when they take too long."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from newsletter.errors import ParseError
from newsletter.models import Fetched, Post
from newsletter.reader.items import ParsedFeed
from newsletter.reader.parse_wire import HEADER, Answer, Question, decode_answer, encode

SECONDS = 8.0
_PIECE = 65536
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")


class ParserPool:
    """Up to `size` children; threads share them and wait their turn.

    `seconds` is how long one feed may take, by the monotonic clock.
    """

    def __init__(self, *, size: int = 0, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._free = threading.BoundedSemaphore(size or os.cpu_count() or 1)
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for child in self._idle:
            child.end()
        self._idle.clear()

    def parse(self, fetched: Fetched) -> ParsedFeed:
        """The feed in `fetched`. Raises ParseError."""
        return self._ask(Question(fetched=fetched))[0]

    def posts(self, fetched: Fetched, *, feed_url: str) -> tuple[ParsedFeed, tuple[Post, ...]]:
        """What the feed in `fetched` says of itself, and its cleaned posts for its items.

        Raises ParseError.
        """
        return self._ask(Question(fetched=fetched, feed_url=feed_url))

    def _ask(self, question: Question) -> tuple[ParsedFeed, tuple[Post, ...]]:
        with self._free:
            with self._lock:
                child = self._idle.pop() if self._idle else _Child()
            answer = child.answer(encode(question), self._seconds)
            if answer is None:
                late = child.runs()
                child.end()
                raise _given_up(question.fetched, self._seconds, late=late)
            with self._lock:
                self._idle.append(child)
        if answer.feed is None:
            raise ParseError(answer.message, url=question.fetched.url, cure=answer.cure)
        return answer.feed, answer.posts


def _given_up(fetched: Fetched, seconds: float, *, late: bool) -> ParseError:
    what = f"could not be read within {seconds:.0f} seconds" if late else "could not be read at all"
    return ParseError(
        f"{fetched.final_url} {what}, so it was given up.",
        url=fetched.url,
        cure="The feed is broken or made to harm; look at it in a browser. "
        "The other feeds are not affected.",
    )


class _Child:
    """One child process and the pipes to it."""

    def __init__(self) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "newsletter.reader.parse_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_surroundings(),
            start_new_session=True,
        )

    def answer(self, frame: bytes, seconds: float) -> Answer | None:
        """The child's answer, or None when it died or took longer than `seconds`."""
        asked, told = self._running.stdin, self._running.stdout
        if asked is None or told is None:
            return None
        deadline = time.monotonic() + seconds
        writer = threading.Thread(target=_write, args=(asked, frame), daemon=True)
        writer.start()
        header = _read(told, HEADER.size, deadline)
        body = _read(told, HEADER.unpack(header)[0], deadline) if header else b""
        return decode_answer(body) if body else None

    def runs(self) -> bool:
        """Whether it still works, or has died of what it was given."""
        try:
            self._running.wait(0.2)
        except subprocess.TimeoutExpired:
            return True
        return False

    def end(self) -> None:
        """Kills the child and closes its pipes."""
        self._running.kill()
        self._running.wait()
        for stream in (self._running.stdin, self._running.stdout):
            if stream is not None:
                stream.close()


def _surroundings() -> dict[str, str]:
    """The child's environment: where our packages are, and none of our secrets."""
    found = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return found | {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path)}


def _write(stream: IO[bytes], frame: bytes) -> None:
    try:
        stream.write(frame)
        stream.flush()
    except OSError:
        return  # the child died: whoever waits for its answer sees the end of the pipe


def _read(stream: IO[bytes], size: int, deadline: float) -> bytes:
    """Exactly `size` bytes, or b"" when the pipe ends or the deadline passes first."""
    pieces, missing = [], size
    while missing:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return b""
        piece = os.read(stream.fileno(), min(missing, _PIECE))
        if not piece:
            return b""
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
