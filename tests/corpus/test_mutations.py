"""10,000 mutations of real feeds: posts or an error, never a crash, a hang or a script."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from newsletter.errors import ParseError
from newsletter.reader.workers.pool import ParserPool
from tests.support.safe_html import is_safe
from tests.support.small_feeds import FEED_URL, fetch_result

_MUTATIONS = 10_000
_LARGEST = 40_000
_CUT_OFF = 0.1
_PUTS: tuple[bytes, ...] = (
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<item>",
    b"</item>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\xff",
)
_PUTS += (b"<script>x</script>", b"<svg/onload=x>", b"<a href=javascript:x>", b"&#x0;", b"\xed\xa0")


def _mutate(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[place : place + chance.randint(1, 400)] = b""
            case 1:
                changed[place:place] = chance.choice(_PUTS)
            case 2:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case _:
                other = chance.randrange(len(changed) + 1)
                changed[place:place] = changed[other : other + 200]
    if chance.random() < _CUT_OFF:
        del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)


@pytest.mark.timeout(3000)
def test_mutated_feeds_give_safe_posts_or_an_error(pytestconfig: pytest.Config) -> None:
    corpus = Path(str(pytestconfig.getoption("corpus")))
    paths = sorted(path for path in corpus.rglob("*.*") if path.is_file())
    bodies = [path.read_bytes() for path in paths if path.stat().st_size < _LARGEST]
    with ParserPool() as pool, ThreadPoolExecutor(4) as threads:

        def read(number: int) -> str:
            chance = random.Random(number)  # noqa: S311 - seeded, so that a failure recurs
            body = _mutate(chance.choice(bodies), chance)
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
