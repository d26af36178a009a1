"""Letting an issue go in a real browser: undo, live progress, stop and resume; the mail's links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace as changed
from playwright.sync_api import Browser, Page, expect

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.desk.server import OpenDesk
from newsletter.desk.server import listen as open_desk
from newsletter.editorial.decision_links import decision_links
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.find_issue import find_issue
from newsletter.models import Issue
from newsletter.site.server import listen as open_site
from newsletter.storage.database.engine import snapshot
from tests.browser.accessible import LOOK
from tests.support.newsletter_folder import NOW, create_newsletter, publish, subscribe
from tests.support.visitor import run_server

READERS = 5


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A draft for five readers, delivered at one message a second."""
    context = create_newsletter(tmp_path / "newsletter", site_url="https://news.example.com")
    publish(context, "Larch week", "Hill repeats")
    for number in range(READERS):
        subscribe(context, f"runner{number}@example.com")
    context.engine.dispose()
    settings = context.folder / "newsletter.toml"
    slowly = "[sender]\nbatch_size = 1\nrate_per_minute = 60\n"
    settings.write_text(settings.read_text("utf-8") + slowly, "utf-8")
    context = open_newsletter(context.folder, {"NEWSLETTER_NOW": NOW})
    draft_issue(context)
    return context


@contextmanager
def at_the_desk(context: Context) -> Iterator[OpenDesk]:
    """Serve a desk with its thread, as `newsletter preview` does."""
    desk = open_desk(context, 0)
    desk.worker.start()
    try:
        with run_server(desk.server):
            yield desk
    finally:
        desk.worker.close()


@contextmanager
def window(
    chromium: Browser, *, width: int = 1280, scheme: str = "light", scripts: bool = True
) -> Iterator[Page]:
    """Open a browser window; an error on a page fails the test."""
    complaints: list[str] = []
    opened = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
    )
    page = opened.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text))
    yield page
    opened.close()
    assert complaints == []


def assert_accessible(page: Page) -> None:
    """Assert that neither axe nor our own check finds a fault."""
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate(LOOK) == []


def no_grace(context: Context) -> Context:
    issue = changed(context.settings.issue, undo_minutes=0)
    return replace(context, settings=changed(context.settings, issue=issue))


def send(page: Page) -> None:
    page.get_by_text("Send it now").first.click()
    page.get_by_role("button", name="Send it now").click()


def first_issue(context: Context) -> Issue:
    with snapshot(context.engine) as connection:
        return find_issue(connection, context.settings, "1")


def message_count(context: Context) -> int:
    return len(list((context.folder / "outbox" / "1").glob("*.eml")))


@pytest.mark.parametrize("scripts", [True, False])
def test_send_now_is_undone_within_the_grace(
    context: Context, chromium: Browser, scripts: bool
) -> None:
    with at_the_desk(context) as desk, window(chromium, width=390, scripts=scripts) as page:
        page.goto(desk.start_url)
        send(page)
        expect(page.get_by_role("heading", name="Issue 1 goes out in 5 minutes")).to_be_visible()
        if scripts:
            assert_accessible(page)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("main > .flash.good")).to_contain_text("Undone: nobody got issue 1.")
        assert first_issue(context).status == "draft"
        assert message_count(context) == 0


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_the_progress_is_live_and_a_stop_holds_the_rest_until_it_goes_on(
    context: Context, chromium: Browser, width: int, scheme: str
) -> None:
    with (
        at_the_desk(no_grace(context)) as desk,
        window(chromium, width=width, scheme=scheme) as page,
    ):
        page.goto(desk.start_url)
        send(page)
        expect(page.get_by_role("heading", name="Issue 1 is on its way")).to_be_visible(
            timeout=30_000
        )
        # The figures come without a reload.
        expect(page.locator(".delivery")).to_contain_text(re.compile("[1-4] of 5 written"))
        assert_accessible(page)
        page.get_by_role("button", name="Stop it").click()
        expect(page.get_by_role("heading", name="Issue 1 is stopped")).to_be_visible()
        stopped_at = message_count(context)
        assert 0 < stopped_at < READERS
        assert_accessible(page)
        page.get_by_role("button", name="Let it go on").click()
        expect(page.get_by_role("heading", name="Issue 1 is out")).to_be_visible(timeout=30_000)
        assert message_count(context) == READERS
        assert_accessible(page)


def test_a_double_click_and_the_way_back_send_it_once(context: Context, chromium: Browser) -> None:
    with at_the_desk(context) as desk, window(chromium) as page:
        page.goto(desk.start_url)
        page.get_by_text("Send it now").first.click()
        page.get_by_role("button", name="Send it now").dblclick()
        page.wait_for_url("**/delivery/1")
        released = first_issue(context).release_at
        page.go_back()
        expect(page.get_by_role("button", name="Undo sending")).to_be_visible()
        assert first_issue(context).release_at == released


def test_two_tabs_do_not_overwrite_each_other(context: Context, chromium: Browser) -> None:
    with at_the_desk(context) as desk, window(chromium) as page:
        page.goto(desk.start_url)
        other = page.context.new_page()
        other.goto(page.url)
        page.get_by_text("Another time").click()
        page.get_by_label("Day and time").fill("2026-11-24T18:00")
        page.get_by_role("button", name="Move it").click()
        expect(page.locator("main > .flash.good")).to_contain_text(
            "Issue 1 is for Tuesday 18:00 now."
        )
        other.get_by_text("Another time").click()
        other.get_by_label("Day and time").fill("2026-11-21T18:00")
        other.get_by_role("button", name="Move it").click()
        expect(other.locator("main > .flash.look")).to_contain_text("was moved meanwhile")
        expect(other.locator(".status .next")).to_contain_text("Tuesday 18:00")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_links_of_the_mail_approve_send_undo_and_stop(
    context: Context, chromium: Browser, width: int, scheme: str
) -> None:
    with snapshot(context.engine) as connection:
        links = decision_links(connection, context.config, context.secrets, first_issue(context))
    assert links is not None
    site = open_site(context, host="127.0.0.1", port=0)
    here = f"http://127.0.0.1:{site.port}"
    with run_server(site.server), window(chromium, width=width, scheme=scheme) as page:
        page.goto(links.approve.replace("https://news.example.com", here))
        expect(page.locator("main")).to_contain_text("Then it goes to 5 readers on Sunday 07:00.")
        assert_accessible(page)
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("heading", name="Issue 1 is approved")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("button", name="Send it now").click()
        expect(page.get_by_role("heading", name="Issue 1 is let go")).to_be_visible()
        assert_accessible(page)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("heading", name="Undone: nobody got issue 1")).to_be_visible()
        assert first_issue(context).release_at is None
        page.goto(links.stop.replace("https://news.example.com", here))
        page.get_by_role("button", name="Stop it").click()
        expect(page.get_by_role("heading", name="Issue 1 is stopped")).to_be_visible()
        assert_accessible(page)
        assert page.context.cookies() == []
    assert first_issue(context).status == "stopped"
