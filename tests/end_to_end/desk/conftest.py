"""The desk and the site of a newsletter whose draft waits, and an author before a browser."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from newsletter.app import open_newsletter
from newsletter.desk.server import OpenDesk, listen
from newsletter.site.server import listen as open_site
from tests.end_to_end.desk.author import Author, RealClock
from tests.end_to_end.newsletter import Newsletter
from tests.support.visitor import run_server

Scheme = Literal["light", "dark"]
OpenWindow = Callable[..., Author]
READERS = tuple(f"reader{number}@example.com" for number in range(8))


@pytest.fixture
def newsletter(drafted: Newsletter) -> Newsletter:
    """A newsletter whose author gets notices, and whose messages leave one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    drafted.set('author_email = ""', 'author_email = "jane@example.com"')
    drafted.set('url = ""', f'url = "http://127.0.0.1:{port}"')
    drafted.set("batch_size = 100", "batch_size = 1")
    drafted.set("rate_per_minute = 0", "rate_per_minute = 100")
    people = drafted.folder / "people.csv"
    people.write_text("\n".join(["email", *READERS]) + "\n", "utf-8")
    drafted.run("subscribers", "import", str(people))
    return drafted


# The browser itself remarks on each answer that is a refusal, and on axe, which asks each frame:
# the mail's has no origin. The desk's own scripts post no messages.
_REMARKS = ("Failed to load", "Failed to execute 'postMessage'")


@pytest.fixture
def open_window(newsletter: Newsletter, chromium: Browser) -> Iterator[OpenWindow]:
    """Open windows on one desk, each a browser of its own; an error on a page fails the test."""
    clock = RealClock()
    environment = newsletter.program.environment()
    context = replace(open_newsletter(newsletter.folder, environment), real_clock=clock)
    authors: list[Author] = []
    with ExitStack() as stack:
        site_port = int(context.settings.site.url.rpartition(":")[2])
        site = open_site(context, host="127.0.0.1", port=site_port)
        stack.enter_context(run_server(site.server))
        desk = listen(context, 0)
        stack.enter_context(run_server(desk.server))
        desk.worker.start()
        stack.callback(desk.worker.close)

        def open_one(
            *, width: int = 1280, scheme: Scheme = "light", by_keyboard: bool = False
        ) -> Author:
            # The key of the address works once, and its cookie for every window.
            state = authors[0].page.context.storage_state() if authors else None
            page = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=state
            ).new_page()
            stack.callback(page.context.close)
            author = Author(newsletter, context, clock, _home(desk), page, by_keyboard)
            _watch(page, author.complaints)
            page.goto(author.desk if authors else desk.start_url)
            authors.append(author)
            return author

        yield open_one
    complaints = [line for author in authors for line in author.complaints]
    assert complaints == []


@pytest.fixture
def author(open_window: OpenWindow) -> Author:
    return open_window()


def _home(desk: OpenDesk) -> str:
    return f"http://127.0.0.1:{desk.port}"


def _watch(page: Page, complaints: list[str]) -> None:
    def note_line(line: ConsoleMessage) -> None:
        if line.type in ("error", "warning") and not line.text.startswith(_REMARKS):
            complaints.append(line.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", note_line)
