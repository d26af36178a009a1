"""The public archive and its feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from newsletter.context import Context
from newsletter.site.server import listen
from tests.support.archive import READER, create_archive
from tests.support.newsletter_folder import subscribe
from tests.support.sign_up import message_to, sign_up_and_confirm
from tests.support.visitor import Visitor, run_server


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return create_archive(tmp_path / "newsletter")


@pytest.fixture
def visitor(context: Context) -> Iterator[Visitor]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        yield Visitor(site.port)


def test_the_list_leads_to_each_issue_and_to_the_form(visitor: Visitor) -> None:
    page = visitor.get("/archive/")
    assert page.status == 200
    assert "Larch week & <more>" in page.words
    assert 'href="/archive/1"' in page.text
    assert 'href="/subscribe"' in page.text
    assert 'href="/archive/feed.xml"' in page.text
    assert page.headers["Cache-Control"] == "public, max-age=300"


def test_the_front_page_and_the_list_write_dates_as_the_messages_do(visitor: Visitor) -> None:
    for path in ("/", "/archive/", "/archive/1"):
        page = visitor.get(path)
        assert "November 22, 2026" in page.words
        assert "22 November 2026" not in page.words
    assert '<time datetime="2026-11-22" lang="en">' in visitor.get("/archive/").text


def test_the_archive_is_there_on_either_database(tmp_path: Path, database_url: str) -> None:
    context = create_archive(tmp_path / "newsletter", database_url)
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        visitor = Visitor(site.port)
        pages = [visitor.get(path) for path in ("/", "/archive/", "/archive/1")]
        feed = feedparser.parse(visitor.get("/archive/feed.xml").text)
    context.engine.dispose()
    assert ["Larch week & <more>" in page.words for page in pages] == [True] * 3
    assert [entry.link for entry in feed.entries] == ["https://news.example.com/archive/1"]


def test_an_issue_links_the_posts_and_names_no_reader(visitor: Visitor) -> None:
    page = visitor.get("/archive/1")
    assert page.status == 200
    assert 'href="https://blog.example.com/0/"' in page.text
    for what in (READER, "/unsubscribe/", "/preferences/", "-nl"):
        assert what not in page.text
    assert 'href="https://news.example.com/subscribe"' in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["/archive/2", "/archive/0", "/archive/99999999999", "/archive/x"])
def test_an_unsent_issue_is_not_found(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.status == 404
    assert page.headers["Cache-Control"] == "no-store"


def test_the_feed_is_valid(context: Context, visitor: Visitor) -> None:
    answer = visitor.get("/archive/feed.xml")
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    feed = feedparser.parse(answer.text)
    assert not feed.bozo
    assert feed.version == "rss20"
    assert feed.feed.title == "Pine & Pace"
    [entry] = feed.entries
    assert entry.link == entry.id == f"{context.site_url}/archive/1"
    assert "Larch week" in entry.title
    assert entry.published_parsed
    assert READER not in answer.text


def test_an_unchanged_page_is_not_sent_again(visitor: Visitor) -> None:
    for path in ("/archive/", "/archive/1", "/archive/feed.xml"):
        etag = visitor.get(path).headers["ETag"]
        again = visitor.request("GET", path, {"If-None-Match": etag})
        assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize("path", ["/", "/subscribe", "/archive/", "/archive/1", "/healthz"])
def test_head_returns_the_headers_of_get(visitor: Visitor, path: str) -> None:
    head, get = visitor.request("HEAD", path), visitor.get(path)
    assert (head.status, head.text) == (get.status, "")
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_the_front_page_has_the_form_and_recent_issues(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert "Larch week & <more>" in page.words
    assert re.search(r'<form method="post" action="/subscribe">', page.text)
    assert page.headers["Cache-Control"] == "no-store"


def test_a_new_reader_gets_the_newest_issue_once(context: Context, visitor: Visitor) -> None:
    sign_up_and_confirm(context, visitor, "bo@example.com")
    letter = message_to(context, "bo@example.com", "welcome")
    assert letter["Subject"].startswith("Welcome! Larch week")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_reader_who_returns_within_the_week_does_not_get_it_twice(
    context: Context, visitor: Visitor
) -> None:
    way_out = subscribe(context, READER)
    visitor.request("POST", way_out)
    sign_up_and_confirm(context, visitor, READER)
    sign_up_and_confirm(context, visitor, "bo@example.com")
    message_to(context, "bo@example.com", "welcome")
    assert not (context.folder / "outbox" / "welcome" / f"{READER}.eml").exists()


@pytest.mark.parametrize("path", ["/archive", "//archive/", "/archive//1", "//evil.example//a"])
def test_no_redirect_names_the_host_of_the_request(visitor: Visitor, path: str) -> None:
    page = visitor.request("GET", path, {"Host": "evil.example"})
    location = page.headers["Location"] or "/"
    assert location.startswith("/")
    assert not location.startswith("//")
    assert "evil.example" not in location.replace("/evil.example/a", "")
