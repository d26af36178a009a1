"""Feeds that move, ask for a pause, fail for long, or are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsletter.models import Feed
from newsletter.reader.read import Reading
from tests.support.small_feeds import item, read_clean, rss
from tests.support.web_server import WebServer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _read(feed: Feed) -> Reading:
    return read_clean(feed, now=NOW)


def _moved_feed(web: WebServer, status: int = 301) -> Feed:
    new = web.answer("/new/", rss(item(1)))
    return Feed(url=web.answer("/old/", status=status, Location=new), checked_at=NOW)


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_moved_for_good_is_read_there_after_two_sightings(
    web: WebServer, status: int
) -> None:
    feed = _moved_feed(web, status)
    for _ in range(3):
        feed = _read(feed).feed
    assert (feed.url, feed.moved_to) == (f"{web.url}/old/", f"{web.url}/new/")
    assert web.paths() == ["/old/", "/new/", "/old/", "/new/", "/new/"]


def test_a_temporary_redirect_is_no_move(web: WebServer) -> None:
    feed = _moved_feed(web, 302)
    for _ in range(3):
        feed = _read(feed).feed
    assert feed.moved_to == ""
    assert web.paths().count("/old/") == 3


def test_a_chain_with_a_temporary_redirect_is_no_move(web: WebServer) -> None:
    feed = _moved_feed(web, 302)
    first = Feed(url=web.answer("/first/", status=301, Location=feed.url))
    assert _read(_read(first).feed).feed.moved_to == ""


def test_a_move_that_was_taken_back_is_forgotten(web: WebServer) -> None:
    feed = _read(_moved_feed(web)).feed
    web.answer("/old/", rss(item(1)))
    feed = _read(feed).feed
    assert (feed.moved_to, feed.sightings) == ("", 0)


def test_a_feed_that_moves_to_a_page_has_not_moved(web: WebServer) -> None:
    feed = _moved_feed(web)
    web.answer("/new/", "<html>Domain parked</html>")
    for _ in range(3):
        feed = _read(feed).feed
    assert feed.moved_to == ""


@pytest.mark.parametrize("status", [404, 410])
def test_a_feed_lost_where_it_moved_is_looked_for_at_its_own_address(
    web: WebServer, status: int
) -> None:
    feed = _read(_read(_moved_feed(web)).feed).feed
    web.answer("/new/", status=status)
    web.answer("/old/", rss(item(1)))
    feed = _read(feed).feed
    assert (feed.moved_to, feed.state) == ("", "active")
    assert _read(feed).status == "ok"


def test_a_server_s_request_for_a_pause_is_remembered(web: WebServer) -> None:
    feed = _read(Feed(url=web.answer("/feed/", status=429, Retry_After="120"))).feed
    assert feed.wait_until == NOW + timedelta(seconds=120)
    web.answer("/feed/", rss(item(1)))
    assert _read(feed).feed.wait_until is None


def test_a_paused_feed_is_asked_once_a_day_and_one_success_revives_it(web: WebServer) -> None:
    reading = _read(Feed(url=f"{web.url}/feed/", failures=19))
    assert (reading.feed.state, reading.feed.wait_until) == ("paused", NOW + timedelta(days=1))
    assert "failed 20 times in a row" in reading.error
    assert reading.feed.trouble
    assert reading.error.startswith(reading.feed.trouble)
    web.answer("/feed/", rss(item(1)))
    revived = _read(reading.feed).feed
    assert (revived.state, revived.wait_until, revived.trouble) == ("active", None, "")


def test_a_feed_cut_off_at_its_first_reading_is_not_begun_with(web: WebServer) -> None:
    whole = rss(item(2), item(1))
    cut = Feed(url=web.answer("/feed/", whole[: whole.rindex("We ran")]))
    assert "not begun with" in _read(cut).error
    assert _read(replace(cut, checked_at=NOW, started_at=NOW)).status == "ok"
