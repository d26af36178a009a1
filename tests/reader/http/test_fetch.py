from __future__ import annotations

import gzip
import zlib
from http.server import BaseHTTPRequestHandler

import pytest

from newsletter.errors import FetchError
from newsletter.reader.http.fetch import FetchLimits, fetch
from tests.support.web_server import WebServer

FEED = b"<rss version='2.0'><channel><title>Trails</title></channel></rss>"


def test_a_feed_comes_with_its_validators_exactly_as_sent(web: WebServer) -> None:
    url = web.answer(
        "/feed/", FEED, ETag='W/"a b;c"', Last_Modified="Sun, 22 Nov 2026 07:00:00 GMT"
    )
    fetched = fetch(url, allow_private=True)
    assert (fetched.status, fetched.body) == (200, FEED)
    assert (fetched.etag, fetched.last_modified) == ('W/"a b;c"', "Sun, 22 Nov 2026 07:00:00 GMT")
    assert fetched.content_type == "application/rss+xml; charset=UTF-8"


def test_validators_are_sent_back_and_304_is_an_answer(web: WebServer) -> None:
    url = web.answer("/feed/", status=304)
    fetched = fetch(url, allow_private=True, etag='W/"a"', last_modified="yesterday")
    assert (fetched.status, fetched.body) == (304, b"")
    sent = web.hits[0][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('W/"a"', "yesterday")


def test_the_request_names_the_program_and_asks_for_whole_feeds(web: WebServer) -> None:
    fetch(web.answer("/feed/", FEED), allow_private=True)
    sent = web.hits[0][1]
    assert sent["user-agent"].startswith("Happy Trails/")
    assert "a-im" not in sent
    assert "if-none-match" not in sent
    assert "if-modified-since" not in sent


def test_compressed_bodies_are_decompressed(web: WebServer) -> None:
    zipped = web.answer("/gzip", gzip.compress(FEED), Content_Encoding="gzip")
    deflated = web.answer("/deflate", zlib.compress(FEED), Content_Encoding="deflate")
    assert fetch(zipped, allow_private=True).body == FEED
    assert fetch(deflated, allow_private=True).body == FEED


def test_redirects_are_followed_and_the_last_url_is_returned(web: WebServer) -> None:
    web.answer("/feed/", FEED)
    start = web.answer("/old", status=301, Location="/older")
    web.answer("/older", status=302, Location="feed/#top")
    fetched = fetch(start, allow_private=True)
    assert (fetched.url, fetched.final_url) == (start, web.url + "/feed/")


def test_every_hop_of_a_redirect_is_looked_up_by_the_guard_once(web: WebServer) -> None:
    port = web.url.rpartition(":")[2]
    values: list[str] = []

    def look_up(host: str, _port: int) -> tuple[str, ...]:
        values.append(host)
        return ("127.0.0.1",) if values.count(host) == 1 else ("10.255.255.1",)

    web.answer("/one", status=302, Location=f"http://second.example:{port}/two")
    web.answer("/two", FEED)
    fetched = fetch(f"http://first.example:{port}/one", allow_private=True, look_up=look_up)
    assert fetched.body == FEED
    assert values == ["first.example", "second.example"]
    assert web.hits[1][1]["host"] == f"second.example:{port}"


def test_a_loopback_feed_is_not_requested_unless_allowed(web: WebServer) -> None:
    url = web.answer("/feed/", FEED)
    with pytest.raises(FetchError, match="port"):
        fetch(url)
    with pytest.raises(FetchError, match=r"127\.0\.0\.1.*not a public internet address"):
        fetch("http://127.0.0.1/feed/")
    assert web.hits == []


def test_the_next_address_is_tried_when_the_first_does_not_answer(web: WebServer) -> None:
    port = web.url.rpartition(":")[2]
    web.answer("/feed/", FEED)
    fetched = fetch(
        f"http://two.example:{port}/feed/",
        allow_private=True,
        look_up=lambda _host, _port: ("::1", "127.0.0.1"),
    )
    assert fetched.body == FEED


def test_the_whole_time_is_limited_by_our_clock_though_bytes_keep_coming(web: WebServer) -> None:
    moments = iter(range(1000))

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(100_000):
            handler.wfile.write(b"x" * 10)

    web.routes["/feed/"] = trickle
    with pytest.raises(FetchError, match="within 20 seconds"):
        fetch(web.url + "/feed/", allow_private=True, clock=lambda: float(next(moments)))


def test_headers_that_never_end_are_limited_too(web: WebServer) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"X-Padding: run\r\n")

    web.routes["/feed/"] = trickle
    with pytest.raises(FetchError):
        fetch(web.url + "/feed/", allow_private=True, limits=FetchLimits(seconds=5))


def test_a_silent_server_times_out(web: WebServer) -> None:
    def wait(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(1)

    web.routes["/feed/"] = wait
    with pytest.raises(FetchError, match="did not send the feed"):
        fetch(web.url + "/feed/", allow_private=True, limits=FetchLimits(seconds=0.2))
