"""The reader on real and tricky feeds: `pytest --corpus DIR`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import feedparser
import pytest

from newsletter.errors import ParseError
from newsletter.models import FetchResult, Post
from newsletter.reader.identity.post_states import CategoryRules
from newsletter.reader.identity.reconcile import reconcile
from newsletter.reader.parsing.parse import parse_feed
from tests.support.reconciled_posts import PostStore
from tests.support.safe_html import is_safe
from tests.support.small_feeds import FEED_URL, clean_posts_of, fetch_result


@pytest.fixture
def corpus(pytestconfig: pytest.Config) -> Path:
    return Path(str(pytestconfig.getoption("corpus")))


def _files(folder: Path) -> Iterator[tuple[Path, FetchResult]]:
    for path in sorted(folder.rglob("*.*")):
        if path.is_file():
            yield path, fetch_result(path.read_bytes(), kind="")


def _count_items(body: bytes) -> int:
    """Return the number of items; items with the same guid count once."""
    if body.lstrip()[:1] == b"{":
        return len(json.loads(body)["items"])
    entries = feedparser.parse(BytesIO(body)).entries
    given = [dict.get(entry, "id") for entry in entries]
    return len({guid for guid in given if guid}) + sum(not guid for guid in given)


def test_every_real_feed_gives_all_its_posts_clean(corpus: Path) -> None:
    for path, body in _files(corpus / "real"):
        posts = clean_posts_of(parse_feed(body), feed_url=FEED_URL)
        assert len(posts) == _count_items(body.body), path
        assert all(is_safe(post.html) for post in posts), path


def test_every_tricky_file_gives_posts_or_a_clear_error(corpus: Path) -> None:
    for path, body in _files(corpus / "tricky"):
        posts, cure = _posts_or_cure(body)
        assert posts or cure or b"<item" not in body.body, path
        assert all(is_safe(post.html) for post in posts), path


def _posts_or_cure(body: FetchResult) -> tuple[tuple[Post, ...], str]:
    try:
        return clean_posts_of(parse_feed(body), feed_url=FEED_URL), ""
    except ParseError as error:
        return (), error.cure


def test_a_feeds_published_states_replayed_issue_each_post_once(corpus: Path) -> None:
    for folder in sorted((corpus / "running" / "published").iterdir()):
        shelf, issued = PostStore(), list[str]()
        for path, body in _files(folder):
            now = datetime.fromisoformat(path.name[:10]).replace(hour=23, tzinfo=UTC)
            seen = clean_posts_of(parse_feed(body), feed_url=FEED_URL)
            shelf.take(
                reconcile(known=shelf.stored_posts(), seen=seen, now=now, rules=CategoryRules())
            )
            issued += shelf.issue_waiting()
        assert issued
        assert len(issued) == len(set(issued))
