"""A reader's way in a real browser: sign-up, preferences and unsubscribe, on a phone, in dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace as changed
from playwright.sync_api import Browser, expect

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from newsletter.subscriptions.embed_form import blog_form
from tests.browser.tab import open_tab
from tests.support.newsletter_folder import create_newsletter, publish, status_of, subscribe
from tests.support.sign_up import link_in, message_to
from tests.support.visitor import run_server

ZOE = "zoe@example.com"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter with one issue sent to one reader."""
    context = create_newsletter(tmp_path / "newsletter")
    subscribe(context, "ada@example.com")
    publish(context, "Larch week")
    draft_issue(context)
    approve(context, "next")
    send(context, "1")
    return context


@pytest.fixture
def home(context: Context) -> Iterator[str]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        yield f"http://127.0.0.1:{site.port}"


@pytest.mark.parametrize("scripts", [True, False])
def test_sign_up_preferences_and_unsubscribe(
    chromium: Browser, context: Context, home: str, scripts: bool
) -> None:
    tab = open_tab(chromium, home, scripts=scripts)
    page = tab.go("/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Your email address").fill(ZOE)
    page.get_by_label("First name").fill("Zoë")
    page.get_by_label("Once a month").check()
    page.wait_for_timeout(2_100)  # the least time that a person takes
    page.get_by_role("button", name="Sign me up").click()
    expect(page.get_by_role("heading", name="Look in your inbox")).to_be_visible()
    link = link_in(message_to(context, ZOE))
    tab.go(link)
    assert status_of(context, ZOE) == "pending"
    page.get_by_role("button", name="Yes, I want it").click()
    expect(page.get_by_role("heading", name="You’re in")).to_be_visible()
    assert status_of(context, ZOE) == "active"
    page.get_by_role("link", name="your own page").click()
    expect(page.get_by_label("Once a month")).to_be_checked()
    expect(page.get_by_label("First name")).to_have_value("Zoë")
    page.get_by_label("Every week").check()
    page.get_by_label("Where you run").select_option("south")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download everything").click()
    assert ZOE in Path(saved.value.path()).read_text("utf-8")
    welcome = message_to(context, ZOE, "welcome")
    way_out = re.search(r"/unsubscribe/[^>]+", welcome["List-Unsubscribe"])
    assert way_out
    tab.go(way_out[0])
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You’re out")).to_be_visible()
    assert status_of(context, ZOE) == "unsubscribed"
    assert page.context.cookies() == []
    tab.close()


def test_a_form_pasted_into_the_blog_leads_here(
    chromium: Browser, context: Context, home: str, tmp_path: Path
) -> None:
    settings = context.settings
    here = changed(settings, site=changed(settings.site, url=home))
    blog = tmp_path / "blog.html"
    blog.write_text(f"<!doctype html><title>A blog</title>{blog_form(here)}", "utf-8")
    window = chromium.new_context(java_script_enabled=False)
    page = window.new_page()
    page.goto(blog.as_uri())
    page.get_by_label("Pine & Pace, by email").fill(ZOE)
    with window.expect_page() as opened_page:
        page.get_by_role("button", name="Sign up").click()
    here_now = opened_page.value
    expect(here_now.get_by_label("Your email address")).to_have_value(ZOE)
    here_now.wait_for_timeout(2_100)
    here_now.get_by_role("button", name="Sign me up").click()
    expect(here_now.get_by_role("heading", name="Look in your inbox")).to_be_visible()
    message_to(context, ZOE)
    window.close()
