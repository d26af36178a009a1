"""The desk and the site in a real browser, with and without scripts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import Browser, BrowserContext, Page, expect

from newsletter.context import Context
from newsletter.desk.server import OpenDesk
from newsletter.desk.server import listen as open_desk
from newsletter.site.server import listen as open_site
from tests.support.blog import Blog
from tests.support.newsletter_folder import (
    create_newsletter,
    open_issue,
    publish,
    retitle,
    status_of,
    subscribe,
)
from tests.support.visitor import run_server

LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
Tab = Callable[..., Page]


@pytest.fixture
def context(tmp_path: Path, blog: Blog) -> Context:
    """A newsletter with two waiting posts, each with a picture, and readers in both hemispheres."""
    picture = io.BytesIO()
    Image.new("RGB", (600, 300), "#7da072").save(picture, "PNG")
    blog.pages["/hill.png"] = (200, "image/png", picture.getvalue())
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week", "Hill repeats", image=f"{blog.url}/hill.png")
    subscribe(context, "ada@example.com", "north")
    subscribe(context, "bo@example.com", "south")
    return context


@pytest.fixture
def desk(context: Context) -> Iterator[OpenDesk]:
    desk = open_desk(context, 0)
    with run_server(desk.server):
        yield desk


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    """Open browser windows; an error on a page fails the test."""
    windows: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(
        url: str, *, width: int = 1200, scheme: str = "light", scripts: bool = True
    ) -> Page:
        window = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=scripts,
        )
        windows.append(window)
        page = window.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text))
        page.goto(url)
        return page

    yield open_window
    for window in windows:
        window.close()
    assert [line for line in complaints if "img-src 'none'" not in line] == []


def brightness(page: Page) -> float:
    """Return the brightness of the message in the preview iframe, 0 to 255."""
    page.frame_locator("iframe#preview").locator("body").wait_for()
    shot = Image.open(io.BytesIO(page.locator("iframe#preview").screenshot())).convert("L")
    return ImageStat.Stat(shot.crop((0, 0, shot.width, shot.height // 3))).mean[0]


@pytest.mark.parametrize("scripts", [True, False])
def test_the_author_previews_approves_and_revokes(
    context: Context, desk: OpenDesk, tab: Tab, scripts: bool
) -> None:
    page = tab(desk.start_url, scripts=scripts)
    assert page.url == f"http://127.0.0.1:{desk.port}/"
    page.get_by_role("button", name="Approve this issue").click()
    expect(page.get_by_role("status")).to_have_text("Issue 1 is approved.")
    assert open_issue(context).status == "approved"
    page.get_by_role("button", name="Take approval back").click()
    expect(page.get_by_role("status")).to_contain_text("a draft again")
    assert open_issue(context).status == "draft"


def test_a_draft_that_changed_meanwhile_is_shown_again(
    context: Context, desk: OpenDesk, tab: Tab
) -> None:
    page = tab(desk.start_url)
    retitle(context, "Larch week", "Golden larch week")
    page.get_by_role("button", name="Approve this issue").click()
    expect(page.get_by_role("alert")).to_contain_text("has changed since you looked at it")
    expect(page.get_by_role("link", name="Golden larch week")).to_be_visible()
    assert open_issue(context).status == "draft"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_edition_switch_shows_the_other_hemispheres_greeting(
    context: Context, desk: OpenDesk, tab: Tab, scripts: bool
) -> None:
    page = tab(desk.start_url, scripts=scripts)
    page.get_by_role("link", name="South").click()
    expect(page.get_by_role("link", name="South")).to_have_attribute("aria-current", "true")
    greeting = open_issue(context).greeting("south")
    assert greeting is not None
    opening = greeting.text.partition("!!")[0]
    expect(page.frame_locator("iframe#preview").locator("body")).to_contain_text(opening)
    assert "edition=south" in page.url


@pytest.mark.parametrize("preferred", ["light", "dark"])
def test_dark_and_light_truly_show_whatever_the_author_prefers(
    desk: OpenDesk, tab: Tab, preferred: str
) -> None:
    page = tab(desk.start_url, scheme=preferred)
    light = brightness(page)
    page.get_by_role("link", name="Dark").click()
    expect(page.locator("iframe#preview")).to_have_attribute("src", re.compile("scheme=dark"))
    assert light > brightness(page) + 60


def test_the_mail_is_as_wide_as_the_screen_chosen(desk: OpenDesk, tab: Tab) -> None:
    page = tab(desk.start_url)
    iframe = page.locator("iframe#preview")
    assert iframe.evaluate("iframe => iframe.clientWidth") == 375
    page.get_by_role("link", name="Desktop").click()
    expect(page.locator(".screen.desktop")).to_be_visible()
    assert page.locator("iframe#preview").evaluate("iframe => iframe.clientWidth") >= 640


def test_pictures_off_fetches_none(blog: Blog, desk: OpenDesk, tab: Tab) -> None:
    page = tab(desk.start_url)
    page.frame_locator("iframe#preview").locator("body").wait_for()
    page.wait_for_load_state("networkidle")
    assert "/hill.png" in blog.requests
    blog.requests.clear()
    page.goto(f"http://127.0.0.1:{desk.port}/?images=off")
    page.frame_locator("iframe#preview").locator("body").wait_for()
    page.wait_for_load_state("networkidle")
    assert blog.requests == []


def test_a_link_of_the_mail_opens_beside_the_desk(desk: OpenDesk, tab: Tab) -> None:
    page = tab(desk.start_url)
    page.context.route("https://blog.example.com/**", lambda route: route.fulfill(body="the blog"))
    with page.expect_popup() as opened:
        page.frame_locator("iframe#preview").get_by_role("link", name="Larch week").first.click()
    assert opened.value.url == "https://blog.example.com/0/"
    assert page.url.startswith(f"http://127.0.0.1:{desk.port}/")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_test_copy_is_sent_from_the_form(
    context: Context, desk: OpenDesk, tab: Tab, scripts: bool
) -> None:
    page = tab(desk.start_url, scripts=scripts)
    page.get_by_label("Your address").fill("me@example.org")
    page.get_by_role("button", name="Send a test copy").click()
    expect(page.get_by_role("status")).to_contain_text("me@example.org")
    assert len(list((context.folder / "outbox" / "test").glob("*.eml"))) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1200])
def test_everything_can_be_read_and_is_named(
    context: Context, desk: OpenDesk, tab: Tab, width: int, scheme: str
) -> None:
    page = tab(desk.start_url, width=width, scheme=scheme)
    assert page.evaluate(LOOK) == []
    page.goto(f"http://127.0.0.1:{desk.port}/?part=text&screen=desktop")
    assert page.evaluate(LOOK) == []
    page.get_by_role("button", name="Approve this issue").click()
    page.get_by_role("status").wait_for()
    page.wait_for_load_state("load")
    assert page.evaluate(LOOK) == []
    site = open_site(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        page.goto(f"http://127.0.0.1:{site.port}/unsubscribe/test")
        assert page.evaluate(LOOK) == []


def test_the_keyboard_shows_where_it_is(desk: OpenDesk, tab: Tab) -> None:
    page = tab(desk.start_url)
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_reader_leaves_by_the_button(context: Context, tab: Tab, scripts: bool) -> None:
    way_out = subscribe(context, "cy@example.com")
    site = open_site(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        page = tab(f"http://127.0.0.1:{site.port}{way_out}", scripts=scripts)
        assert status_of(context, "cy@example.com") == "active"
        page.get_by_role("button", name="Unsubscribe").click()
        expect(page.get_by_role("heading")).to_have_text("You’re out")
        assert status_of(context, "cy@example.com") == "unsubscribed"
        assert page.context.cookies() == []
