"""Cleans posts that were stored as their feed gave them, when they are needed clean.

In the parser's children, so that no post can hold the program up, and as many at once as
there are processors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from newsletter.errors import ParseError
from newsletter.models import Post
from newsletter.reader.workers.pool import TIMEOUT_SECONDS, ParserPool

_AT_ONCE = 4
_TOGETHER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanBatch:
    """`posts` are clean; `spoiled` could not be cleaned and are as they were."""

    posts: tuple[Post, ...] = ()
    failed: tuple[Post, ...] = ()


def clean_posts(uncleaned: Sequence[Post], *, seconds: float = TIMEOUT_SECONDS) -> CleanBatch:
    """Cleans posts that have a source. One that breaks the cleaner harms no other.

    `seconds` is how long a few of them may take together, and each alone after that.
    """
    if not uncleaned:
        return CleanBatch()
    chunks = [uncleaned[at : at + _TOGETHER] for at in range(0, len(uncleaned), _TOGETHER)]
    with ParserPool(seconds=seconds) as pool, ThreadPoolExecutor(_AT_ONCE) as threads:
        results = [
            post for done in threads.map(partial(_clean_chunk, pool), chunks) for post in done
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
