"""Clean posts that were stored with their source, in worker processes.

No post can hold up the program, and as many are cleaned at once as there are processors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from newsletter.errors import ParseError
from newsletter.models import Post
from newsletter.reader.workers.pool import TIMEOUT_SECONDS, ParserPool

_THREADS = 4
_CHUNK = 20


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
