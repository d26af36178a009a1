"""Parser children: started when first needed, kept, and killed when they take too long."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from newsletter.errors import ParseError
from newsletter.models import FetchResult, Post
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, FeedUpdate, KnownItems, ParsedFeed
from newsletter.reader.workers.protocol import (
    HEADER,
    WorkerReply,
    WorkerRequest,
    decode_reply,
    encode,
)

TIMEOUT_SECONDS = 8.0
_CURE = (
    "The feed is broken or made to harm; look at it in a browser. The other feeds are not affected."
)
_PIECE = 65536
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")


class ParserPool:
    """Up to `size` children; threads share them and wait their turn.

    `seconds` is how long one feed may take, by the monotonic clock.
    """

    def __init__(self, *, size: int = 0, seconds: float = TIMEOUT_SECONDS) -> None:
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
            child.stop()
        self._idle.clear()

    def parse(self, fetched: FetchResult) -> ParsedFeed:
        """The feed in `fetched`. Raises ParseError."""
        answer = self._request(WorkerRequest(fetched=fetched))
        if answer.feed is None:
            raise ParseError(answer.message, url=fetched.url, cure=answer.cure)
        return answer.feed

    def posts(
        self, fetched: FetchResult, *, feed_url: str, known: KnownItems = NO_KNOWN_ITEMS
    ) -> FeedUpdate:
        """The posts of the feed in `fetched`, but for `known` items.

        New ones may come uncleaned, with their source. Raises ParseError.
        """
        answer = self._request(WorkerRequest(fetched=fetched, feed_url=feed_url, known=known))
        if answer.fresh is None:
            raise ParseError(answer.message, url=fetched.url, cure=answer.cure)
        return answer.fresh

    def clean(self, posts: tuple[Post, ...]) -> tuple[Post, ...]:
        """The posts, cleaned. Raises ParseError when they take too long together."""
        return self._request(WorkerRequest(posts=posts)).posts

    def _request(self, question: WorkerRequest) -> WorkerReply:
        frame = encode(question)
        with self._free:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            # A child may have died of something else than this feed, so a new one is
            # asked once more. One that merely took too long is not.
            for child in (idle or _Child(), None):
                answer = self._try_child(child or _Child(), frame, question)
                if answer is not None:
                    return answer
        what, url = _describe(question)
        raise ParseError(
            f"{what} made the part of the program that reads feeds break down, twice.",
            url=url,
            cure=_CURE,
        )

    def _try_child(
        self, child: _Child, frame: bytearray, question: WorkerRequest
    ) -> WorkerReply | None:
        """The child's answer, or None when it died. Raises ParseError when it is late."""
        answer = child.request(frame, self._seconds)
        if answer is not None:
            with self._lock:
                self._idle.append(child)
            return answer
        late = child.is_running()
        child.stop()
        if late:
            what, url = _describe(question)
            raise ParseError(
                f"{what} could not be read within {self._seconds:.0f} seconds, so it was given up.",
                url=url,
                cure=_CURE,
            )
        return None


def _describe(question: WorkerRequest) -> tuple[str, str]:
    """What a question is about, and its address."""
    if question.fetched is not None:
        return question.fetched.final_url, question.fetched.url
    post = question.posts[0]
    return f"The post {post.title!r}", post.url


class _Child:
    """One child process and the pipes to it."""

    def __init__(self) -> None:
        self._running = subprocess.Popen(
            [sys.executable, "-m", "newsletter.reader.workers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_child_environment(),
            start_new_session=True,
        )

    def request(self, frame: bytearray, seconds: float) -> WorkerReply | None:
        """The child's answer, or None when it died or took longer than `seconds`."""
        asked, told = self._running.stdin, self._running.stdout
        if asked is None or told is None:
            return None
        deadline = time.monotonic() + seconds
        writer = threading.Thread(target=_write, args=(asked, frame), daemon=True)
        writer.start()
        header = _read(told, HEADER.size, deadline)
        body = _read(told, HEADER.unpack(header)[0], deadline) if header else header
        return decode_reply(body) if body else None

    def is_running(self) -> bool:
        """Whether it still works, or has died of what it was given."""
        try:
            self._running.wait(0.2)
        except subprocess.TimeoutExpired:
            return True
        return False

    def stop(self) -> None:
        """Kills the child and closes its pipes."""
        self._running.kill()
        self._running.wait()
        for stream in (self._running.stdin, self._running.stdout):
            if stream is not None:
                # What a child that died never read is still in the pipe's buffer.
                with suppress(OSError):
                    stream.close()


def _child_environment() -> dict[str, str]:
    """The child's environment: where our packages are, and none of our secrets."""
    found = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return found | {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path)}


def _write(stream: IO[bytes], frame: bytearray) -> None:
    try:
        stream.write(frame)
        stream.flush()
    except OSError:
        return  # the child died: whoever waits for its answer sees the end of the pipe


def _read(stream: IO[bytes], size: int, deadline: float) -> bytearray:
    """Exactly `size` bytes, or none when the pipe ends or the deadline passes first."""
    found = bytearray()
    while len(found) < size:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            return found[:0]
        piece = os.read(stream.fileno(), min(size - len(found), _PIECE))
        if not piece:
            return found[:0]
        found += piece
    return found
