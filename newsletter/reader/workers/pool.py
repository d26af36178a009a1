"""A pool of worker processes: started when needed, reused, killed when they take too long."""

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
_READ_BYTES = 65536
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT")


class ParserPool:
    """Up to `size` children, shared by threads that wait for a free one.

    `seconds` is the time limit of one request, by the monotonic clock.
    """

    def __init__(self, *, size: int = 0, seconds: float = TIMEOUT_SECONDS) -> None:
        self._seconds = seconds
        self._slots = threading.BoundedSemaphore(size or os.cpu_count() or 1)
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

    def parse(self, response: FetchResult) -> ParsedFeed:
        """Return the feed in `response`. Raise ParseError."""
        reply = self._request(WorkerRequest(response=response))
        if reply.feed is None:
            raise ParseError(reply.message, url=response.url, cure=reply.cure)
        return reply.feed

    def posts(
        self, response: FetchResult, *, feed_url: str, known: KnownItems = NO_KNOWN_ITEMS
    ) -> FeedUpdate:
        """Return the posts of the feed in `response`, except those of `known` items.

        New posts may be uncleaned, with their source. Raise ParseError.
        """
        reply = self._request(WorkerRequest(response=response, feed_url=feed_url, known=known))
        if reply.update is None:
            raise ParseError(reply.message, url=response.url, cure=reply.cure)
        return reply.update

    def feed_links(self, page: FetchResult) -> tuple[str, ...]:
        """Return the feeds that a web page links. Raise ParseError if it takes too long."""
        return self._request(WorkerRequest(response=page, links=True)).links

    def clean(self, posts: tuple[Post, ...]) -> tuple[Post, ...]:
        """Return the posts, cleaned. Raise ParseError if they take too long together."""
        return self._request(WorkerRequest(posts=posts)).posts

    def _request(self, request: WorkerRequest) -> WorkerReply:
        packet = encode(request)
        with self._slots:
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            # An idle child may have died of an earlier request, so a new one gets a second
            # try. A request that exceeded the time limit gets none.
            for child in (idle or _Child(), None):
                reply = self._try_child(child or _Child(), packet, request)
                if reply is not None:
                    return reply
        subject, url = _describe(request)
        raise ParseError(
            f"{subject} made the part of the program that reads feeds break down, twice.",
            url=url,
            cure=_CURE,
        )

    def _try_child(
        self, child: _Child, packet: bytearray, request: WorkerRequest
    ) -> WorkerReply | None:
        """Return the child's reply, or None if it died. Raise ParseError if it is too late."""
        reply = child.request(packet, self._seconds)
        if reply is not None:
            with self._lock:
                self._idle.append(child)
            return reply
        is_late = child.is_running()
        child.stop()
        if is_late:
            subject, url = _describe(request)
            raise ParseError(
                f"{subject} could not be read within {self._seconds:.0f} seconds, "
                "so it was given up.",
                url=url,
                cure=_CURE,
            )
        return None


def _describe(request: WorkerRequest) -> tuple[str, str]:
    """Return what a request is about, in words, and its URL."""
    if request.response is not None:
        return request.response.final_url, request.response.url
    post = request.posts[0]
    return f"The post {post.title!r}", post.url


class _Child:
    """One worker process and the pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "newsletter.reader.workers.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_child_environment(),
            start_new_session=True,
        )

    def request(self, packet: bytearray, seconds: float) -> WorkerReply | None:
        """Return the child's reply, or None if it died or took longer than `seconds`."""
        requests, replies = self._process.stdin, self._process.stdout
        if requests is None or replies is None:
            return None
        deadline = time.monotonic() + seconds
        writer = threading.Thread(target=_write, args=(requests, packet), daemon=True)
        writer.start()
        header = _read(replies, HEADER.size, deadline)
        payload = _read(replies, HEADER.unpack(header)[0], deadline) if header else header
        return decode_reply(payload) if payload else None

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


def _child_environment() -> dict[str, str]:
    """Return the child's environment: the path to our packages, and none of our secrets."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    path = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    return inherited | {"PYTHONPATH": path}


def _write(stream: IO[bytes], packet: bytearray) -> None:
    try:
        stream.write(packet)
        stream.flush()
    except OSError:
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
