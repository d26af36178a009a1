"""Shared fixtures and hooks: a blog on a real web server, the real program, databases."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support import postgresql, warm
from tests.support.sendgrid import SendGridStandIn
from tests.support.web_server import WebServer, serving


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which seeds the simulator ran, so that a failing story can be replayed."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, said in getattr(report, "user_properties", ()):
                if name == "stories" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"simulator: {said}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--corpus", metavar="DIR", help="Real feeds to read as well.")


BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = b'<html><head><link rel="alternate" type="application/rss+xml" href="/feed/"></head></html>'


class Blog(ThreadingHTTPServer):
    """A web server that serves `pages` by path; a test changes them while it runs.

    `asked` holds the paths that were requested.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []

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
        self.server.asked.append(self.path)
        status, kind, body = self.server.pages.get(self.path, (404, "text/plain", b"not here"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: tests read `asked` instead."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return a real browser: the system's Chromium, or the one that Playwright installed.

    One for the session, because a thread can open Playwright only once.
    """
    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session", autouse=True)
def warm_starts() -> Iterator[None]:
    """Fork the commands of a `Program` from a warm server while tests run."""
    warm.starts = starts = warm.WarmStarts()
    yield
    warm.starts = None
    starts.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.PostgreSQL]:
    """Start one PostgreSQL server for the session; it takes less than a second."""
    # Not in pytest's own folder: the path of a Unix socket is limited to 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as folder,
        postgresql.running(Path(folder)) as server,
    ):
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database; the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'newsletter.db'}"
        return
    server: postgresql.PostgreSQL = request.getfixturevalue("postgresql_server")
    with server.lent_database() as url:
        yield url


@pytest.fixture
def web() -> Iterator[WebServer]:
    with serving() as site:
        yield site


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as standin:
        yield standin


@pytest.fixture
def blog() -> Iterator[Blog]:
    with Blog.running() as server:
        yield server


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a command: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Program:
    """The real `newsletter` command, run on one folder at a fixed moment.

    `now` is passed as NEWSLETTER_NOW; `env` is added to the environment.
    """

    folder: Path
    now: str = ""
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "") -> Answer:
        if warm.starts is not None:
            told = warm.starts(
                ("--folder", str(self.folder), *words), self.environment(), stdin=stdin
            )
            return Answer(*told)
        done = subprocess.run(
            [sys.executable, "-m", "newsletter", "--folder", str(self.folder), *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env=self.environment(),
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command without waiting for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "newsletter", "--folder", str(self.folder), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        own = {"NEWSLETTER_NOW": self.now} if self.now else {}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER", "SENDGRID"))}
        return kept | own | self.env

    def init(self, blog_url: str, *more: str) -> Answer:
        """Run `init` in the folder with the options that every newsletter needs."""
        return self(
            "init",
            str(self.folder),
            "--blog",
            blog_url,
            "--from",
            "Trail News <news@example.com>",
            "--postal-address",
            "1 Hill Road, Alder Creek",
            "--timezone",
            "America/Edmonton",
            "--allow-private-addresses",
            *more,
        )

    def set(self, old: str, new: str) -> None:
        """Replace text in newsletter.toml, as an author who edits it."""
        path = self.folder / "newsletter.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "newsletter")
