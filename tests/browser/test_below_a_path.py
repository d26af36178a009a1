"""Every form of the public site in a real browser, below a path, behind a real reverse proxy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from tests.browser.tab import Tab, open_tab
from tests.support.newsletter_folder import create_newsletter, publish, status_of, subscribe
from tests.support.reverse_proxy import ReverseProxy, run_reverse_proxy
from tests.support.sign_up import message_to, wait_for_mail_worker
from tests.support.visitor import run_server

ZOE, NEW_ZOE = "zoe@example.com", "zoe@example.net"
PREFIX = "/letter"


@pytest.fixture(params=[{}, {"X-Forwarded-Prefix": PREFIX}], ids=["settings", "header"])
def proxy(request: pytest.FixtureRequest) -> Iterator[ReverseProxy]:
    with run_reverse_proxy(PREFIX, headers=request.param) as running:
        yield running


@pytest.fixture
def context(tmp_path: Path, proxy: ReverseProxy) -> Iterator[Context]:
    """A newsletter with one issue sent to one reader, whose site is below a path."""
    newsletter = create_newsletter(tmp_path / "newsletter", proxies=1, site_url=proxy.url)
    subscribe(newsletter, "ada@example.com")
    publish(newsletter, "Larch week")
    draft_issue(newsletter)
    approve(newsletter, "next")
    send(newsletter, "1")
    site = listen(newsletter, host="127.0.0.1", port=0)
    proxy.target = site.port
    with run_server(site.server):
        yield newsletter
        wait_for_mail_worker()
    newsletter.engine.dispose()


@pytest.fixture
def tab(chromium: Browser, context: Context, proxy: ReverseProxy) -> Iterator[Tab]:
    opened = open_tab(chromium, context.settings.site.url, scripts=False)
    yield opened
    assert opened.page.context.cookies() == []
    opened.close()
    # A browser asks for the icon of the whole host by itself.
    assert set(proxy.elsewhere) <= {"/favicon.ico"}


def path_in(message: EmailMessage, home: str, name: str) -> str:
    """Return the path, below `home`, of the first link to `name` in a message."""
    part = message.get_body(("plain",))
    assert part is not None
    link = re.search(rf"{re.escape(home)}(/{name}/[^\s>]*)", part.get_content())
    assert link
    return link[1]


def test_a_reader_comes_chooses_moves_and_goes(
    tab: Tab, context: Context, proxy: ReverseProxy
) -> None:
    page = tab.go("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Your email address").fill(ZOE)
    page.wait_for_timeout(2_100)  # the least time that a person takes
    page.get_by_role("button", name="Sign me up").click()
    expect(page.get_by_role("heading", name="Look in your inbox")).to_be_visible()

    tab.go(path_in(message_to(context, ZOE), proxy.url, "confirm"))
    page.get_by_role("button", name="Yes, I want it").click()
    expect(page.get_by_role("heading", name="You’re in")).to_be_visible()
    page.get_by_role("link", name="your own page").click()
    page.get_by_label("Where you run").select_option("south")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download everything").click()
    assert ZOE in Path(saved.value.path()).read_text("utf-8")

    page.get_by_label("New email address").fill(NEW_ZOE)
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("status")).to_contain_text("Look into the inbox")
    own_page = page.url.removesuffix("/address").removeprefix(proxy.url)
    tab.go(path_in(message_to(context, NEW_ZOE, "confirm"), proxy.url, "confirm"))
    page.get_by_role("button", name="Yes, this is my address").click()
    expect(page.get_by_role("heading", name="Your address is changed")).to_be_visible()
    assert status_of(context, NEW_ZOE) == "active"

    welcome = message_to(context, ZOE, "welcome")
    tab.go(path_in(welcome, proxy.url, "unsubscribe"))
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You’re out")).to_be_visible()
    page.get_by_role("link", name="sign up again").click()
    expect(page.get_by_label("Your email address")).to_be_visible()

    tab.go(own_page)
    page.get_by_role("button", name="Erase everything").click()
    page.get_by_role("button", name="Yes, erase everything").click()
    expect(page.get_by_role("heading", name="Nothing is left of you here")).to_be_visible()


def test_the_archive_is_read_from_link_to_link(tab: Tab) -> None:
    page = tab.go("/")
    page.get_by_role("link", name="Larch week").first.click()
    page.get_by_role("link", name="All issues").click()
    expect(page.get_by_role("heading", name="Every issue so far")).to_be_visible()
    page.get_by_role("link", name="Get it by email").click()
    expect(page.get_by_label("Your email address")).to_be_visible()
    page.get_by_role("link", name="Pine & Pace").first.click()
    expect(page.get_by_role("heading", name="Lately")).to_be_visible()
