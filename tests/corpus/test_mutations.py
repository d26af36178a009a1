"""10,000 mutations of real feeds: posts or an error, never a crash, a hang or a script."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import ParseError
from newsletter.reader.workers.pool import ParserPool
from tests.attacks.mutation import mutate
from tests.support.safe_html import is_safe
from tests.support.small_feeds import FEED_URL, fetch_result

_MUTATIONS = 10_000
_LARGEST = 40_000


@pytest.mark.timeout(3000)
def test_mutated_feeds_give_safe_posts_or_an_error(pytestconfig: pytest.Config) -> None:
    corpus = Path(str(pytestconfig.getoption("corpus")))
    paths = sorted(path for path in corpus.rglob("*.*") if path.is_file())
    bodies = [path.read_bytes() for path in paths if path.stat().st_size < _LARGEST]
    with ParserPool() as pool, ThreadPoolExecutor(4) as threads:

        def read(number: int) -> str:
            chance = random.Random(number)  # noqa: S311 - seeded, so that a failure recurs
            body = mutate(chance.choice(bodies), chance)
            try:
                fresh = pool.posts(fetch_result(body, kind=""), feed_url=FEED_URL)
            except ParseError as error:
                clear = error.cure and "break down" not in str(error)
                return "" if clear else f"{number}: {error}"
            posts = pool.clean(fresh.posts) if fresh.posts else ()
            assert len(posts) == len(fresh.posts)
            unsafe = [post.html for post in posts if not is_safe(post.html)]
            return f"{number}: {unsafe[0]}" if unsafe else ""

        lines = [line for line in threads.map(read, range(_MUTATIONS)) if line]
    assert lines == []
