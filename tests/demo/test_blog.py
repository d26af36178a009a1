import io
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser

from newsletter.demo.blog import SampleBlog
from newsletter.demo.feed import feed_xml
from newsletter.errors import NewsletterError


def ask(
    blog: SampleBlog, target: str, *, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", blog.server_port, timeout=10)
    try:
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def linked_addresses(page: bytes, at: str) -> Iterator[str]:
    for node in LexborHTMLParser(page).css("[href], [src], [data-src]"):
        for name in ("href", "src", "data-src"):
            address = node.attributes.get(name)
            if address:
                yield urljoin(at, address).partition("#")[0]


def test_the_front_page_leads_to_the_feed(blog: SampleBlog) -> None:
    response, body = ask(blog, "/")
    assert response.status == 200
    link = LexborHTMLParser(body).css_first("link[rel=alternate][type='application/rss+xml']")
    assert link is not None
    assert link.attributes["href"] == f"{blog.url}/feed/"


def test_the_feed_is_the_one_of_that_moment(blog: SampleBlog) -> None:
    response, body = ask(blog, "/feed/")
    assert response.headers["Content-Type"] == "application/rss+xml; charset=UTF-8"
    assert body == feed_xml(blog.url, blog.as_of)


def test_every_page_picture_and_feed_that_is_linked_is_there(blog: SampleBlog) -> None:
    wanted, seen = ["/"], set[str]()
    while wanted:
        target = wanted.pop()
        response, body = ask(blog, target)
        assert response.status == 200, target
        if not response.headers["Content-Type"].startswith("text/html"):
            continue
        for address in linked_addresses(body, blog.url + target):
            parts = urlsplit(address)
            if f"{parts.scheme}://{parts.netloc}" == blog.url and parts.path not in seen:
                seen.add(parts.path)
                wanted.append(parts.path)
    assert len([path for path in seen if path.endswith(".jpg")]) == 16


def test_links_of_the_feed_exist_too(blog: SampleBlog) -> None:
    _, feed = ask(blog, "/feed/")
    for entry in feedparser.parse(io.BytesIO(feed)).entries:
        page = urlsplit(entry.link).path
        assert ask(blog, page)[0].status == 200
        assert ask(blog, urlsplit(entry.wfw_commentrss).path)[0].status == 200
        assert b'id="comments"' in ask(blog, page)[1]
        short, _ = ask(blog, entry.id.removeprefix(blog.url))
        assert (short.status, short.headers["Location"]) == (301, entry.link)


def test_time_can_be_moved_while_the_blog_is_up(blog: SampleBlog) -> None:
    before, _ = ask(blog, "/feed/")
    blog.as_of = datetime(2026, 12, 20, tzinfo=UTC)
    after, body = ask(blog, "/feed/")
    assert b"One good thing from every month" in body
    assert before.headers["ETag"] != after.headers["ETag"]


def test_an_unchanged_feed_is_answered_with_304(blog: SampleBlog) -> None:
    first, _ = ask(blog, "/feed/")
    known = {
        "If-None-Match": first.headers["ETag"],
        "If-Modified-Since": first.headers["Last-Modified"],
    }
    again, body = ask(blog, "/feed/", headers=known)
    assert (again.status, body) == (304, b"")
    half, _ = ask(blog, "/feed/", headers=known | {"If-None-Match": '"other"'})
    assert half.status == 200


def test_an_address_without_its_slash_is_sent_on(blog: SampleBlog) -> None:
    response, _ = ask(blog, "/feed")
    assert (response.status, response.headers["Location"]) == (301, f"{blog.url}/feed/")


@pytest.mark.parametrize(
    "target",
    ["/no/such/post/", "/images/none.jpg", "/images/../posts/hips-first.html", "/?p=1", "/?p=x"],
)
def test_a_missing_page_links_the_front_page(blog: SampleBlog, target: str) -> None:
    response, body = ask(blog, target)
    assert response.status == 404
    assert f'href="{blog.url}/"'.encode() in body


def test_a_head_request_gets_the_headers_alone(blog: SampleBlog) -> None:
    response, body = ask(blog, "/feed/", method="HEAD")
    assert (response.status, body) == (200, b"")
    assert int(response.headers["Content-Length"]) > 10_000


def test_a_client_that_disconnects_is_ignored(
    blog: SampleBlog, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_connection(("127.0.0.1", blog.server_port)) as caller:
        caller.sendall(b"GET /images/larches.jpg HTTP/1.1\r\n")
    assert ask(blog, "/")[0].status == 200
    assert capfd.readouterr().err == ""


def test_a_taken_port_gives_a_clear_error(blog: SampleBlog) -> None:
    with pytest.raises(NewsletterError, match=f"cannot use port {blog.server_port}"):
        SampleBlog(as_of=blog.as_of, port=blog.server_port)
