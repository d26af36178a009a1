"""What the sample blog answers to an address: pages, feeds, pictures, redirects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from newsletter.demo.feed import comments_xml, feed_xml
from newsletter.demo.pages import front_page, missing_page, post_page
from newsletter.demo.posts import SamplePost, posts

IMAGES = Path(__file__).resolve().parent / "images"
_HTML = "text/html; charset=UTF-8"
_RSS = "application/rss+xml; charset=UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogResponse:
    """An answer of the blog. `changed` is when the feed last changed, for feeds alone."""

    body: bytes = b""
    content_type: str = _HTML
    status: HTTPStatus = HTTPStatus.OK
    location: str = ""
    changed: datetime | None = None


def answer(target: str, base_url: str, as_of: datetime) -> BlogResponse:
    """The answer to a GET of `target` (path and query) from a blog at `base_url`."""
    address = urlsplit(target)
    path = address.path
    if path == "/":
        return _front(parse_qs(address.query).get("p", []), base_url, as_of)
    if path.startswith("/images/"):
        return _image(path.removeprefix("/images/")) or _missing(base_url)
    if not path.endswith("/"):
        return _redirect(f"{base_url}{path}/")
    return _page(path, base_url, as_of)


def _page(path: str, base_url: str, as_of: datetime) -> BlogResponse:
    newest_first = posts(as_of)
    if path == "/feed/":
        return _feed(feed_xml(base_url, as_of), newest_first[0])
    for post in newest_first:
        if path == post.path:
            return BlogResponse(body=post_page(base_url, post).encode())
        if path == f"{post.path}feed/":
            return _feed(comments_xml(base_url, post), post)
    return _missing(base_url)


def _front(numbers: list[str], base_url: str, as_of: datetime) -> BlogResponse:
    if not numbers:
        return BlogResponse(body=front_page(base_url, as_of).encode())
    wanted = (post for post in posts(as_of) if str(post.number) in numbers)
    post = next(wanted, None)
    return _redirect(post.link(base_url)) if post else _missing(base_url)


def _feed(body: bytes, newest: SamplePost) -> BlogResponse:
    return BlogResponse(body=body, content_type=_RSS, changed=newest.published)


def _image(name: str) -> BlogResponse | None:
    # Only names that the folder lists: a path that leads out of it is not among them.
    file = next((file for file in IMAGES.glob("*.jpg") if file.name == name), None)
    return BlogResponse(body=file.read_bytes(), content_type="image/jpeg") if file else None


def _redirect(location: str) -> BlogResponse:
    return BlogResponse(status=HTTPStatus.MOVED_PERMANENTLY, location=location)


def _missing(base_url: str) -> BlogResponse:
    return BlogResponse(status=HTTPStatus.NOT_FOUND, body=missing_page(base_url).encode())
