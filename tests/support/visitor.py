"""A browser without a window: it keeps a cookie and sends the headers that a browser sends."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode


@contextmanager
def run_server(server: Any) -> Iterator[None]:
    """Run a waitress server until the block ends."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        # A thread that ends its request later would write into the closed trigger's number, which
        # may be another file by then: a byte at the start of a test's database.
        server.task_dispatcher.shutdown()
        # The server's own loop closes at once; a close from outside is noticed after a second.
        # The loop may wake up by itself and close before the trigger is pulled.
        with suppress(OSError):
            server.trigger.pull_trigger(lambda: _close(server))
        thread.join()


def _close(server: Any) -> None:
    # Clients keep connections open for a next request; close them here.
    for connection in list(server.active_channels.values()):
        connection.handle_close()
    server.close()


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    headers: http.client.HTTPMessage
    text: str

    def hidden_field(self, name: str) -> str:
        """Return the value of the page's first hidden field of that name."""
        match = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert match, f"no field {name}"
        return unescape(match[1])

    @property
    def words(self) -> str:
        """Return the page's text without markup."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text)).split())


def assert_bare_headers(page: Page) -> None:
    """Assert the security headers of an answer that no app gave."""
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Type"].startswith("text/plain")
    assert page.headers["Server"] is None


@dataclass(slots=True)
class Visitor:
    """A client of one port of this machine that keeps `cookie` from page to page."""

    port: int
    cookie: str = ""
    host: str = ""
    pages: list[Page] = field(default_factory=list)
    scheme: str = "http"
    #: Headers of every request, such as those that a web server adds.
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.host = self.host or f"127.0.0.1:{self.port}"

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Page:
        """Send one request with exactly these headers and the cookie; follow no redirect."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Host": self.host, "Connection": "close", **self.headers, **(headers or {})}
        if self.cookie:
            sent.setdefault("Cookie", self.cookie)
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        page = Page(answer.status, answer.headers, answer.read().decode(errors="replace"))
        connection.close()
        if answer.headers["Set-Cookie"]:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        self.pages.append(page)
        return page

    def get(self, path: str) -> Page:
        return self.request("GET", path)

    def submit(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        """Submit a form as the desk's own page does."""
        sent = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"{self.scheme}://{self.host}",
            "Sec-Fetch-Site": "same-origin",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.request("POST", path, sent, urlencode(fields).encode())

    def press(self, path: str, **fields: str) -> Page:
        """Load the desk, submit one of its forms, and follow the redirect."""
        token = self.get("/").hidden_field("csrf_token")
        answer = self.submit(path, {"csrf_token": token, **fields})
        assert answer.status == 303, answer.words
        return self.get(answer.headers["Location"])
