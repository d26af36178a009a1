"""The copies of public pages, in front of a WSGI app that counts what it renders."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from werkzeug.test import Client

from newsletter.site.page_copies import KEPT_SECONDS, PageCopies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class CountingApp:
    """Answers `/archive/…` publicly with how often it was asked, everything else privately."""

    def __init__(self) -> None:
        self.renders: Counter[str] = Counter()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.renders[path] += 1
        self.may_answer.wait(30)
        assert "HTTP_IF_NONE_MATCH" not in environ
        headers = [("Cache-Control", "public, max-age=300"), ("ETag", '"abc"')]
        headers.append(("Last-Modified", "Sun, 29 Nov 2026 07:00:00 GMT"))
        if "private" in path:
            headers = [("Cache-Control", "no-store")]
        status = "404 Not Found" if "missing" in path else "200 OK"
        start_response(status, [*headers, ("Content-Type", "text/plain")])
        return [f"render {self.renders[path]}".encode()]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_page_is_rendered_again_only_after_some_seconds() -> None:
    app, clock = CountingApp(), Clock()
    client = Client(PageCopies(app, clock))
    assert [client.get("/archive/1").text for _ in range(3)] == ["render 1"] * 3
    clock.now = KEPT_SECONDS + 0.1
    assert client.get("/archive/1").text == "render 2"


def test_many_readers_at_once_cause_one_render() -> None:
    app = CountingApp()
    copies = PageCopies(app)
    app.may_answer.clear()
    with ThreadPoolExecutor(8) as pool:
        readings = [pool.submit(Client(copies).get, "/archive/1") for _ in range(8)]
        app.may_answer.set()
        texts = {reading.result().text for reading in readings}
    assert texts == {"render 1"}
    assert app.renders["/archive/1"] == 1


def test_a_reader_who_has_the_page_gets_304_without_a_body() -> None:
    client = Client(PageCopies(CountingApp()))
    etag = client.get("/archive/1").headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get("/archive/1", headers={"If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b""), known
        assert answer.headers["ETag"] == etag
    changed = client.get("/archive/1", headers={"If-None-Match": '"older"'})
    assert (changed.status_code, changed.text) == (200, "render 1")


def test_a_query_makes_no_page_of_its_own() -> None:
    app = CountingApp()
    client = Client(PageCopies(app))
    texts = {client.get(f"/archive/1?fbclid={number}").text for number in range(5)}
    assert texts == {"render 1"}


def test_head_has_the_headers_of_get_and_no_body() -> None:
    client = Client(PageCopies(CountingApp()))
    for path in ("/archive/1", "/archive/private"):
        answer = client.head(path)
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Content-Type"] == "text/plain"


def test_errors_and_private_pages_are_never_kept() -> None:
    app = CountingApp()
    client = Client(PageCopies(app))
    for path in ("/archive/missing", "/archive/private", "/confirm/private", "/subscribe"):
        assert [client.get(path).text for _ in range(2)] == ["render 1", "render 2"], path


def test_a_page_below_a_path_or_over_https_has_a_copy_of_its_own() -> None:
    app = CountingApp()
    client = Client(PageCopies(app))
    texts = [
        client.get("/archive/1", base_url=base_url).text
        for base_url in ("http://a.example/", "https://a.example/", "https://a.example/letter/")
    ]
    assert texts == ["render 1", "render 2", "render 3"]


def test_a_feed_reader_that_knows_only_the_date_gets_304_too() -> None:
    client = Client(PageCopies(CountingApp()))
    date = client.get("/archive/feed.xml").headers["Last-Modified"]
    known, older = (
        client.get("/archive/feed.xml", headers={"If-Modified-Since": moment})
        for moment in (date, "Sun, 01 Nov 2026 07:00:00 GMT")
    )
    assert (known.status_code, known.data) == (304, b"")
    assert (older.status_code, older.text) == (200, "render 1")
