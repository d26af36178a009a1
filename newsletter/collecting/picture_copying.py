"""Make copies of the pictures of waiting posts.

    missing copies ─▶ download (4 threads) ─▶ PictureWorker (one child) ─▶ storage.pictures
       at most 40         at most 20 MB           8 s, 640 MB
       of a post

Downloads and copies together have a minute, and only a few pictures are in memory at a time.
No lock of the newsletter is needed: a copy that two processes make at once is stored once.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from newsletter.collecting.picture_copies import picture_urls
from newsletter.config.settings import Settings
from newsletter.errors import FetchError
from newsletter.reader.http.fetch import FetchLimits, fetch
from newsletter.reader.workers.pool import waiting_threads
from newsletter.storage import pictures, posts
from newsletter.storage.database.engine import snapshot, transaction

if TYPE_CHECKING:
    from newsletter.composer.images.resize import NotResized, ResizedImage
    from newsletter.composer.images.worker import PictureWorker

_LIMITS = FetchLimits(seconds=20.0, body_bytes=20 * 1024 * 1024)
# A server that fails after so long is not asked for its other pictures in this reading.
_SLOW_SECONDS = 10.0
_THREADS = 4
_SECONDS = 60.0
#: Pictures of one post that are copied. Forty of the largest weigh 8 MB in a reader's mail
#: program, and a post with more does not fit into one reading's time beside others.
MAX_PICTURES = 40
_TOO_MANY = f"Its post shows more than {MAX_PICTURES} pictures, and the first are copied."
_TIME_UP = "The time for this reading was up; the next goes on."


@dataclass(frozen=True, slots=True, kw_only=True)
class _MissingCopy:
    """A picture without a copy, of a post that waits for an issue."""

    #: The URL of the post's feed.
    feed: str
    #: The picture's URL on the blog.
    url: str
    #: Whether its post shows more than `MAX_PICTURES` before it.
    surplus: bool = False


class _PictureCopier:
    """Downloads pictures and makes their copies, until `deadline` by the monotonic clock."""

    def __init__(self, worker: PictureWorker, *, allow_private: bool, deadline: float) -> None:
        self._worker = worker
        self._allow_private = allow_private
        self._deadline = deadline
        # Servers that were too slow once: they are asked again after the next reading.
        self._slow_hosts: set[str] = set()

    def copy(self, picture: _MissingCopy) -> ResizedImage | NotResized | str:
        """Return the copy or why there is none; a sentence if the next reading tries again."""
        from newsletter.composer.images.resize import NotResized

        host, left = urlsplit(picture.url).netloc, self._deadline - time.monotonic()
        if picture.surplus:
            return NotResized(reason=_TOO_MANY)
        if left <= 0:
            return _TIME_UP
        if host in self._slow_hosts:
            return f"{host} was too slow. The next reading tries again."
        limits = replace(_LIMITS, seconds=min(_LIMITS.seconds, left))
        begun = time.monotonic()
        try:
            body = fetch(picture.url, allow_private=self._allow_private, limits=limits).body
        except FetchError as error:
            if time.monotonic() - begun >= min(_SLOW_SECONDS, limits.seconds):
                self._slow_hosts.add(host)
            return f"{error.message} The next reading tries again."
        if time.monotonic() > self._deadline:
            return _TIME_UP
        return self._worker.resize(body)


def copy_pictures(
    engine: Engine, settings: Settings, *, seconds: float = _SECONDS
) -> Mapping[str, str]:
    """Copy the pictures of waiting posts that have no copy yet.

    No download or copy is begun after `seconds`; those that fail or do not fit are tried
    again after the next reading. Return the failures as one sentence for each feed URL.
    """
    if settings.images.host != "site":
        return {}
    with snapshot(engine) as connection:
        missing = _missing_copies(connection)
    if not missing:
        return {}
    # Pillow takes a tenth of a second to import.
    from newsletter.composer.images.worker import PictureWorker

    failures: defaultdict[str, list[str]] = defaultdict(list)
    with PictureWorker() as worker:
        copier = _PictureCopier(
            worker,
            allow_private=settings.fetch.allow_private_addresses,
            deadline=time.monotonic() + seconds,
        )
        for picture, copy in _copy_in_threads(copier.copy, missing):
            failure = copy
            if not isinstance(copy, str):
                with transaction(engine) as connection:
                    failure = _store_copy(connection, picture.url, copy)
            if isinstance(failure, str) and failure:
                failures[picture.feed].append(f"{picture.url[:100]}: {failure}")
    return {feed: _failure_sentence(sentences) for feed, sentences in failures.items()}


def has_missing_copies(engine: Engine, settings: Settings) -> bool:
    """Whether `copy_pictures` would have something to do."""
    if settings.images.host != "site":
        return False
    with snapshot(engine) as connection:
        return bool(_missing_copies(connection))


def _copy_in_threads(
    copy: Callable[[_MissingCopy], ResizedImage | NotResized | str], missing: Sequence[_MissingCopy]
) -> Iterator[tuple[_MissingCopy, ResizedImage | NotResized | str]]:
    """Yield each picture with its copy, in order. At most twice as many as threads are begun."""
    begun: deque[tuple[_MissingCopy, Future[ResizedImage | NotResized | str]]] = deque()
    with waiting_threads(_THREADS) as threads:
        for picture in missing:
            if len(begun) == 2 * _THREADS:
                first, future = begun.popleft()
                yield first, future.result()
            begun.append((picture, threads.submit(copy, picture)))
        for first, future in begun:
            yield first, future.result()


def _missing_copies(connection: Connection) -> tuple[_MissingCopy, ...]:
    """Return the missing copies, one of each feed in turn: none can keep the others waiting."""
    within: dict[str, str] = {}
    surplus: dict[str, str] = {}
    for post in posts.in_state(connection, "waiting", "held"):
        urls = tuple(dict.fromkeys(picture_urls(post)))
        within |= dict.fromkeys(urls[:MAX_PICTURES], post.feed)
        surplus |= dict.fromkeys(urls[MAX_PICTURES:], post.feed)
    feeds = surplus | within
    known = pictures.known_pictures(connection, feeds)
    by_feed: defaultdict[str, list[_MissingCopy]] = defaultdict(list)
    for url, feed in feeds.items():
        if url not in known:
            by_feed[feed].append(_MissingCopy(feed=feed, url=url, surplus=url not in within))
    return tuple(filter(None, chain.from_iterable(zip_longest(*by_feed.values()))))


def _store_copy(connection: Connection, url: str, copy: ResizedImage | NotResized) -> str:
    """Store the copy of the picture at `url`, or that there is none; then return the reason."""
    from newsletter.composer.images.resize import NotResized

    if url in pictures.known_pictures(connection, (url,)):
        return ""
    if isinstance(copy, NotResized):
        pictures.save_without_copy(connection, url)
        return copy.reason
    pictures.save_copy(connection, url, copy.body, copy.extension, (copy.width, copy.height))
    return ""


def _failure_sentence(failures: Sequence[str]) -> str:
    if len(failures) == 1:
        return f"No copy of a picture was made, so the blog's own is shown. {failures[0]}"
    return (
        f"No copies of {len(failures)} pictures were made, so the blog's own are shown. "
        f"The first is {failures[0]}"
    )
