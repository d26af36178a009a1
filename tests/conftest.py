"""Shared fixtures and hooks: a blog on a real web server, the real program, databases."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from newsletter.app import open_newsletter
from newsletter.context import Context
from tests.support import postgresql, warm
from tests.support.blog import Blog
from tests.support.newsletter_folder import NOW
from tests.support.program import Program
from tests.support.sendgrid import SendGridStandIn
from tests.support.web_server import WebServer, run_web_server

# A busy machine must fail no test, so property tests have no time limits.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


# Enough for what all tests write at once, many times over.
_MEMORY_DISK, _ROOM = Path("/dev/shm"), 2 << 30  # noqa: S108  # names no file: only its free space is used


def pytest_configure() -> None:
    # Durability is not under test: every commit waits for a disk, and none for memory.
    if "TMPDIR" not in os.environ and _has_room(_MEMORY_DISK):
        os.environ["TMPDIR"] = str(_MEMORY_DISK)
        tempfile.tempdir = None
    # A shell that starts a program in the background makes it ignore SIGINT, and the programs
    # that tests start and interrupt would inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which seeds the simulator ran, so that a failing story can be replayed."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, result in getattr(report, "user_properties", ()):
                if name == "stories" and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"simulator: {result}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--corpus", metavar="DIR", help="Real feeds to read as well.")
    parser.addoption("--cases", metavar="DIR", help="Real SMTP replies to classify as well.")


BROWSER_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
    warm.server = starts = warm.WarmServer()
    yield
    warm.server = None
    starts.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.PostgreSQL]:
    """Start one PostgreSQL server for the session; it takes less than a second."""
    # Not in pytest's own folder: the path of a Unix socket is limited to 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="trails-") as folder,
        postgresql.run_server(Path(folder)) as server,
    ):
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database; the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'newsletter.db'}"
        return
    server: postgresql.PostgreSQL = request.getfixturevalue("postgresql_server")
    with server.borrow_database() as url:
        yield url


@pytest.fixture
def web() -> Iterator[WebServer]:
    with run_web_server() as site:
        yield site


@pytest.fixture
def sendgrid() -> Iterator[SendGridStandIn]:
    with SendGridStandIn() as standin:
        yield standin


@pytest.fixture
def blog() -> Iterator[Blog]:
    with Blog.running() as server:
        yield server


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "newsletter")


@pytest.fixture
def elsewhere(context: Context) -> Iterator[Context]:
    """The same newsletter, opened by another process, for a module with a `context`."""
    other = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})
    yield other
    other.engine.dispose()
