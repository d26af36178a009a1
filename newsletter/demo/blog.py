"""The sample blog, pages and feeds, as a web server that listens on 127.0.0.1 only.

It behaves like WordPress where a feed reader notices: ETag and Last-Modified on feeds,
304 for a conditional request, and redirects to the address with a slash at its end.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from dataclasses import dataclass
from datetime import datetime
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from newsletter.demo import about
from newsletter.demo.feed import comments_xml, feed_xml, first_words, format_rfc822, template
from newsletter.demo.posts import SamplePost, posts
from newsletter.errors import NewsletterError

IMAGES = Path(__file__).resolve().parent / "images"
#: Seconds the server may take to notice that it should stop.
_POLL_SECONDS = 0.05
_HTML = "text/html; charset=UTF-8"
_RSS = "application/rss+xml; charset=UTF-8"


class SampleBlog(ThreadingHTTPServer):
    """Serve the blog inside a `with` block: `with SampleBlog(as_of=moment) as blog: blog.url`.

    Port 0 takes any free port. Raise NewsletterError if the port cannot be bound.
    """

    def __init__(self, *, as_of: datetime, port: int = 0) -> None:
        #: The aware moment the blog believes it is; may be set while the server runs.
        self.as_of = as_of
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise NewsletterError(
                f"The sample blog cannot use port {port} of this machine ({error.strerror}).",
                cure="Close the program that uses it, or let the sample blog choose a port.",
            ) from error
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )

    @property
    def url(self) -> str:
        """The blog's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that disconnects in the middle of a page is not an error of the blog.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: SampleBlog
    timeout = 10

    def do_GET(self) -> None:
        self._write(with_body=True)

    def do_HEAD(self) -> None:
        self._write(with_body=False)

    def log_message(self, *_: object) -> None:
        """Log nothing: the terminal belongs to the newsletter."""

    def _write(self, *, with_body: bool) -> None:
        response = respond(self.path, self.server.url, self.server.as_of)
        validators = _validators(response)
        unchanged = bool(validators) and self._is_current(validators)
        status = HTTPStatus.NOT_MODIFIED if unchanged else response.status
        body = b"" if unchanged else response.body
        self.send_response(status)
        for name, value in validators.items():
            self.send_header(name, value)
        if response.location:
            self.send_header("Location", response.location)
        if not unchanged:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _is_current(self, validators: dict[str, str]) -> bool:
        # WP::send_headers compares every validator of the request, be it one or both.
        headers = {
            "ETag": self.headers["If-None-Match"],
            "Last-Modified": self.headers["If-Modified-Since"],
        }
        sent = {name: value for name, value in headers.items() if value}
        return bool(sent) and all(validators[name] == value for name, value in sent.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class BlogResponse:
    """The blog's response to a GET request."""

    body: bytes = b""
    content_type: str = _HTML
    status: HTTPStatus = HTTPStatus.OK
    #: The target of a redirect.
    location: str = ""
    #: When the feed last changed; None for everything but feeds.
    changed: datetime | None = None


def respond(target: str, base_url: str, as_of: datetime) -> BlogResponse:
    """Return the response to a GET of `target` (path and query) from a blog at `base_url`."""
    parts = urlsplit(target)
    path = parts.path
    if path == "/":
        return _front_page(parse_qs(parts.query).get("p", []), base_url, as_of)
    if path.startswith("/images/"):
        return _image(path.removeprefix("/images/")) or _not_found(base_url)
    if not path.endswith("/"):
        return _redirect(f"{base_url}{path}/")
    newest_first = posts(as_of)
    if path == "/feed/":
        return _feed(feed_xml(base_url, as_of), newest_first[0])
    for post in newest_first:
        if path == post.path:
            return BlogResponse(body=post_page(base_url, post).encode())
        if path == f"{post.path}feed/":
            return _feed(comments_xml(base_url, post), post)
    return _not_found(base_url)


def _front_page(numbers: list[str], base_url: str, as_of: datetime) -> BlogResponse:
    """Return the front page, or for `/?p=NUMBER` a redirect to that post."""
    if not numbers:
        return BlogResponse(body=front_page(base_url, as_of).encode())
    post = next((post for post in posts(as_of) if str(post.number) in numbers), None)
    return _redirect(post.link(base_url)) if post else _not_found(base_url)


def _feed(body: bytes, newest: SamplePost) -> BlogResponse:
    return BlogResponse(body=body, content_type=_RSS, changed=newest.published)


def _image(name: str) -> BlogResponse | None:
    # The name is compared with those in the folder, so a path cannot lead out of it.
    file = next((file for file in IMAGES.glob("*.jpg") if file.name == name), None)
    return BlogResponse(body=file.read_bytes(), content_type="image/jpeg") if file else None


def _redirect(location: str) -> BlogResponse:
    return BlogResponse(status=HTTPStatus.MOVED_PERMANENTLY, location=location)


def _not_found(base_url: str) -> BlogResponse:
    return BlogResponse(status=HTTPStatus.NOT_FOUND, body=missing_page(base_url).encode())


def _validators(response: BlogResponse) -> dict[str, str]:
    if response.changed is None:
        return {}
    changed = format_rfc822(response.changed).replace("+0000", "GMT")
    # WordPress uses the MD5 of the date as the ETag; any digest of it does the same.
    return {
        "Last-Modified": changed,
        "ETag": f'"{hashlib.sha256(changed.encode()).hexdigest()[:32]}"',
    }


def front_page(base_url: str, as_of: datetime) -> str:
    """Return the front page at the moment `as_of`: every post of the year, newest first."""
    main = "\n".join(_render_teaser(post, base_url) for post in posts(as_of))
    return _render_page(base_url, title=about.TITLE, canonical=f"{base_url}/", main=main)


def post_page(base_url: str, post: SamplePost) -> str:
    """Return the page of one post, with its comments."""
    link = post.link(base_url)
    comments = "\n".join(
        f'<div id="comment-{place}"><p><b>{escape(comment.name)}</b><br>'
        f"{escape(comment.text)}</p></div>"
        for place, comment in enumerate(post.comments, 1)
    )
    main = template("post.html").substitute(
        number=post.number,
        title=escape(post.title),
        date=_format_date(post.published),
        author=escape(about.AUTHOR),
        categories=escape(", ".join(post.categories)),
        content=post.html(base_url),
        heading=_comment_count(post),
        comments=comments,
    )
    more = (
        f'<link rel="alternate" type="application/rss+xml" '
        f'title="{escape(f"{about.TITLE} » {post.title} Comments Feed")}" href="{link}feed/">\n'
    )
    title = f"{post.title} – {about.TITLE}"
    return _render_page(base_url, title=title, canonical=link, main=main, more_feeds=more)


def missing_page(base_url: str) -> str:
    """Return the body of a 404 response."""
    main = "<h1>That trail does not exist</h1><p>Follow the blog's name above to the start.</p>"
    return _render_page(base_url, title="Page not found", canonical=f"{base_url}/", main=main)


def _render_page(
    base_url: str, *, title: str, canonical: str, main: str, more_feeds: str = ""
) -> str:
    return template("page.html").substitute(
        blog=base_url,
        blog_title=escape(about.TITLE),
        tagline=escape(about.TAGLINE),
        title=escape(title),
        canonical=canonical,
        main=main,
        more_feeds=more_feeds,
    )


def _render_teaser(post: SamplePost, base_url: str) -> str:
    return template("teaser.html").substitute(
        link=post.link(base_url),
        title=escape(post.title),
        date=_format_date(post.published),
        comments=_comment_count(post),
        summary=escape(post.excerpt) or first_words(post.html(base_url)),
    )


def _format_date(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


def _comment_count(post: SamplePost) -> str:
    match len(post.comments):
        case 0:
            return "No comments"
        case 1:
            return "1 comment"
        case many:
            return f"{many} comments"
