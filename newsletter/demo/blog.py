"""The sample blog on a real web server of this machine, reached from this machine only."""

from __future__ import annotations

import hashlib
import sys
import threading
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from newsletter.demo.answers import BlogResponse, answer
from newsletter.demo.feed import rfc822
from newsletter.errors import NewsletterError

_STOP_AFTER = 0.05
"""Seconds the server may take to notice that it is to stop."""


class SampleBlog(ThreadingHTTPServer):
    """The blog while it is up: `with SampleBlog(as_of=moment) as blog: blog.url`.

    `as_of` (aware) is the moment the blog believes it is and may be set while it runs.
    `port` 0 takes any free one. Raises NewsletterError where the port cannot be had.
    """

    def __init__(self, *, as_of: datetime, port: int = 0) -> None:
        self.as_of = as_of
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise NewsletterError(
                f"The sample blog cannot use port {port} of this machine ({error.strerror}).",
                cure="Close the program that uses it, or let the sample blog choose a port.",
            ) from error
        self._thread = threading.Thread(target=self.serve_forever, args=(_STOP_AFTER,), daemon=True)

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
        # A reader who hangs up in the middle of a page is no fault of the blog.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Writes answers as WordPress does: validators on feeds, 304 where they match."""

    server: SampleBlog
    timeout = 10

    def do_GET(self) -> None:
        self._write(with_body=True)

    def do_HEAD(self) -> None:
        self._write(with_body=False)

    def log_message(self, *_: object) -> None:
        """Nothing: the demo's output belongs to the newsletter."""

    def _write(self, *, with_body: bool) -> None:
        given = answer(self.path, self.server.url, self.server.as_of)
        validators = _validators(given)
        unchanged = bool(validators) and self._knows(validators)
        status = HTTPStatus.NOT_MODIFIED if unchanged else given.status
        body = b"" if unchanged else given.body
        self.send_response(status)
        for name, value in validators.items():
            self.send_header(name, value)
        if given.location:
            self.send_header("Location", given.location)
        if not unchanged:
            self.send_header("Content-Type", given.content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _knows(self, validators: dict[str, str]) -> bool:
        # `WP::send_headers` compares what was sent: both validators, or the one there is.
        sent = {
            "ETag": self.headers["If-None-Match"],
            "Last-Modified": self.headers["If-Modified-Since"],
        }
        told = {name: value for name, value in sent.items() if value}
        return bool(told) and all(validators[name] == value for name, value in told.items())


def _validators(given: BlogResponse) -> dict[str, str]:
    if given.changed is None:
        return {}
    changed = rfc822(given.changed).replace("+0000", "GMT")
    # WordPress's own ETag is the MD5 of the date; any digest of it serves as well.
    return {
        "Last-Modified": changed,
        "ETag": f'"{hashlib.sha256(changed.encode()).hexdigest()[:32]}"',
    }
