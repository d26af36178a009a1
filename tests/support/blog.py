"""A blog on a real web server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head></html>'


class Blog(ThreadingHTTPServer):
    """A web server that serves `pages` by path; a test changes them while it runs.

    `asked` holds the paths that were requested.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.requests: list[str] = []

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Serve a blog until the block ends."""
        with cls() as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            yield server
            server.shutdown()
            thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def serve_feed(self, xml: str | bytes, path: str = "/feed/") -> None:
        body = xml.encode() if isinstance(xml, str) else xml
        self.pages["/"] = (200, "text/html", PAGE)
        self.pages[path] = (200, "application/rss+xml; charset=utf-8", body)


class _Handler(BaseHTTPRequestHandler):
    server: Blog

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        status, kind, body = self.server.pages.get(self.path, (404, "text/plain", b"not here"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: tests read `asked` instead."""
