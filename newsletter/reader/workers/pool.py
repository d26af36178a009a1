"""A pool of worker processes: started when needed, reused, killed when they take too long.

`clean_posts` cleans posts that were stored with their source in such a pool: no post can hold up
the program, and as many are cleaned at once as there are processors. Threads wait for servers and
worker processes, and nobody waits for those threads after Ctrl-C.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Self

from newsletter.child_process import ChildProcess
from newsletter.errors import ParseError, UsageError
from newsletter.models import FetchResult, Post
from newsletter.reader.parsing.items import NO_KNOWN_ITEMS, FeedUpdate, KnownItems, ParsedFeed
from newsletter.reader.workers.protocol import WorkerReply, WorkerRequest, decode_reply, encode

TIMEOUT_SECONDS = 8.0
_CURE = (
    "The feed is broken or made to harm; look at it in a browser. The other feeds are not affected."
)
_CHILD = "newsletter.reader.workers.child"
_THREADS = 4
_CHUNK = 20


class ParserPool:
    """Up to `size` children, shared by threads that wait for a free one.

    `seconds` is the time limit of one request, by the monotonic clock.
    """

    def __init__(self, *, size: int = 0, seconds: float = TIMEOUT_SECONDS) -> None:
        self._seconds = seconds
        self._slots = threading.BoundedSemaphore(size or os.cpu_count() or 1)
        self._idle: list[ChildProcess] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
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

    def opml(self, raw: bytes, *, name: str) -> tuple[str, ...]:
        """Return the URLs of the feeds in the OPML file `name`.

        Raise UsageError as `read_opml` does, and ParseError if it takes too long to read.
        """
        reply = self._request(WorkerRequest(opml=raw, name=name))
        if reply.message:
            raise UsageError(reply.message, cure=reply.cure)
        return reply.links

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
            for child in (idle or ChildProcess(_CHILD), None):
                reply = self._try_child(child or ChildProcess(_CHILD), packet, request)
                if reply is not None:
                    return reply
        subject, url = _describe(request)
        raise ParseError(
            f"{subject} made the part of the program that reads feeds break down, twice.",
            url=url,
            cure=_CURE,
        )

    def _try_child(
        self, child: ChildProcess, packet: bytearray, request: WorkerRequest
    ) -> WorkerReply | None:
        """Return the child's reply, or None if it died. Raise ParseError if it is too late."""
        payload = child.request(packet, self._seconds)
        if payload is not None:
            with self._lock:
                self._idle.append(child)
            return decode_reply(payload)
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
    if request.name:
        return request.name, ""
    post = request.posts[0]
    return f"The post {post.title!r}", post.url


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanBatch:
    """The result of cleaning many posts."""

    posts: tuple[Post, ...] = ()
    #: Posts that could not be cleaned, unchanged.
    failed: tuple[Post, ...] = ()


def clean_posts(uncleaned: Sequence[Post], *, seconds: float = TIMEOUT_SECONDS) -> CleanBatch:
    """Clean posts that have a source. One that breaks the cleaner does not affect the others.

    `seconds` is the time limit of a chunk of posts, and of each post alone when its chunk
    exceeded that.
    """
    if not uncleaned:
        return CleanBatch()
    chunks = [uncleaned[start : start + _CHUNK] for start in range(0, len(uncleaned), _CHUNK)]
    with ParserPool(seconds=seconds) as pool, ThreadPoolExecutor(_THREADS) as threads:
        results = [
            post for chunk in threads.map(partial(_clean_chunk, pool), chunks) for post in chunk
        ]
    return CleanBatch(
        posts=tuple(post for post in results if post.source is None),
        failed=tuple(post for post in results if post.source is not None),
    )


def _clean_chunk(pool: ParserPool, posts: Sequence[Post]) -> tuple[Post, ...]:
    try:
        return pool.clean(tuple(posts))
    except ParseError:
        return tuple(_clean_one_by_one(pool, posts)) if len(posts) > 1 else tuple(posts)


def _clean_one_by_one(pool: ParserPool, posts: Sequence[Post]) -> Iterator[Post]:
    for post in posts:
        yield from _clean_chunk(pool, (post,))


@contextmanager
def waiting_threads(number: int) -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads. Wait for them at the end, but not after an exception.

    ThreadPoolExecutor alone would hold Ctrl-C up until the slowest server has answered.
    """
    threads = ThreadPoolExecutor(number)
    try:
        yield threads
    except BaseException:
        threads.shutdown(wait=False, cancel_futures=True)
        raise
    threads.shutdown()
