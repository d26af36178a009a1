from __future__ import annotations

import pytest

from newsletter.errors import FetchError, NoFeedFound
from newsletter.reader.discover import discover_feed
from tests.support.small_feeds import item, rss
from tests.support.web_server import WebServer

PAGE = "<!doctype html><html><head><title>Hill and Dale</title>{}</head><body>Hello</body></html>"


def _page(web: WebServer, *links: str, path: str = "/") -> str:
    return web.answer(path, PAGE.format("".join(links)), kind="text/html; charset=utf-8")


def _link(href: str, title: str = "Feed", kind: str = "application/rss+xml") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}">'


def test_a_page_made_to_harm_is_given_up_and_the_usual_paths_are_tried(web: WebServer) -> None:
    web.answer("/harm", "<div><a><b><i>" * 200_000, kind="text/html")
    web.answer("/feed/", rss(item(1)))
    assert _discovered_url(web.url + "/harm") == web.url + "/feed/"


def _discovered_url(address: str) -> str:
    return discover_feed(address, allow_private=True)[0].url


def test_a_feeds_own_address_is_taken_as_it_is(web: WebServer) -> None:
    url = web.answer("/my-feed", rss(item(1)))
    feed, parsed = discover_feed(url, allow_private=True)
    assert (feed.url, feed.title, feed.site_url) == (url, "Hill & Dale", "https://blog.example/")
    assert (feed.etag, len(parsed.items)) == ("", 1)


def test_a_page_names_its_feed(web: WebServer) -> None:
    web.answer("/blog/rss", rss(item(1)))
    assert _discovered_url(_page(web, _link("/blog/rss"))) == web.url + "/blog/rss"


def test_the_feed_of_posts_wins_over_the_feed_of_comments(web: WebServer) -> None:
    web.answer("/comments/feed/", rss(item(9)))
    web.answer("/feed/", rss(item(1)))
    page = _page(
        web, _link("/comments/feed/", "Hill » Comments Feed"), _link("/feed/", "Hill » Feed")
    )
    assert _discovered_url(page) == web.url + "/feed/"


def test_links_that_are_no_feeds_are_skipped(web: WebServer) -> None:
    web.answer("/posts.json", '{"version": "https://jsonfeed.org/version/1.1", "items": []}')
    page = _page(
        web,
        _link("/wp-json/", kind="application/json"),
        _link("/de/", kind=""),
        _link("/broken", kind="application/atom+xml"),
        '<link rel="stylesheet" type="application/rss+xml" href="/x">',
        _link("/posts.json", kind="application/feed+json"),
    )
    assert _discovered_url(page) == web.url + "/posts.json"
    assert "/wp-json/" not in web.paths()


def test_links_are_resolved_against_the_pages_base(web: WebServer) -> None:
    web.answer("/deep/feed", rss(item(1)))
    page = _page(web, f'<base href="{web.url}/deep/">', _link("feed"))
    assert _discovered_url(page) == web.url + "/deep/feed"


@pytest.mark.parametrize("path", ["/feed/", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml"])
def test_where_a_page_names_none_the_usual_places_are_tried(web: WebServer, path: str) -> None:
    web.answer(path, rss(item(1)))
    assert _discovered_url(_page(web)) == web.url + path


def test_a_blog_in_a_folder_is_looked_for_there_first(web: WebServer) -> None:
    web.answer("/feed/", rss(item(1)))
    web.answer("/blog/feed/", rss(item(2)))
    assert _discovered_url(_page(web, path="/blog")) == web.url + "/blog/feed/"


def test_a_corrected_spelling_is_kept_and_a_redirect_elsewhere_is_not(web: WebServer) -> None:
    web.answer("/feed/", rss(item(1)))
    web.answer("/elsewhere", rss(item(1)))
    assert _discovered_url(web.answer("/feed", status=301, Location="/feed/")) == web.url + "/feed/"
    moved = web.answer("/blog.rss", status=302, Location="/elsewhere")
    assert _discovered_url(moved) == moved


def test_a_missing_scheme_is_added(web: WebServer) -> None:
    url = web.answer("/feed/", rss(item(1)))
    assert _discovered_url(url.removeprefix("http://")) == url
    assert _discovered_url(f"  feed:{url} ") == url


def test_when_nothing_is_found_the_error_says_what_was_tried(web: WebServer) -> None:
    with pytest.raises(NoFeedFound) as caught:
        discover_feed(_page(web, _link("/broken")), allow_private=True)
    for place in ("/broken", "/feed/", "/rss.xml", "/atom.xml", "/feed.xml", "/index.xml"):
        assert web.url + place in caught.value.message
    assert caught.value.cure


@pytest.mark.parametrize("address", ["", "not a blog", "mailto:me@example.com", "https://"])
def test_an_invalid_address_gives_a_clear_error(address: str) -> None:
    with pytest.raises(FetchError) as caught:
        discover_feed(address, allow_private=True)
    assert caught.value.cure


def test_an_unreachable_page_gives_a_clear_error(web: WebServer) -> None:
    with pytest.raises(FetchError, match="404"):
        discover_feed(web.url + "/missing", allow_private=True)
