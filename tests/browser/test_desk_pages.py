"""The desk's lists in a real browser: by mouse, by keyboard, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.context import Context
from newsletter.desk.server import OpenDesk, listen
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issues
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions import subscriber_admin
from subscribers.storage import count_by_status
from tests.browser.landscape import assert_sun_is_whole_or_absent
from tests.support.newsletter_folder import create_newsletter, publish, status_of, subscribe
from tests.support.visitor import run_server


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter that sent one issue, with the next one waiting and a post that is held."""
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, "Larch week", "Hill repeats")
    subscribe(context, "ada@example.com", "north")
    subscriber_admin.add(context, ["bo@example.com"], name="Bo", hemisphere="", tags=("club",))
    subscribe(context, "cy@example.com", "south")
    subscriber_admin.remove(context, "cy@example.com")
    draft_issues(context)
    approve(context, "next")
    send(context, "next")
    publish(context, "Winter shoes")
    publish(context, "From the old blog", state="held")
    return context


@pytest.fixture
def desk(context: Context) -> Iterator[OpenDesk]:
    desk = listen(context, 0)
    with run_server(desk.server):
        yield desk


@pytest.fixture
def page(chromium: Browser, desk: OpenDesk, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A signed-in window; an error on a page fails the test."""
    has_scripts = getattr(request, "param", True)
    window = chromium.new_context(java_script_enabled=has_scripts)
    page = window.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text))
    page.goto(desk.start_url)
    yield page
    window.close()
    # Chromium reports each answer that is an error, such as a form that is shown again.
    assert [line for line in complaints if "422" not in line] == []


def home(desk: OpenDesk) -> str:
    return f"http://127.0.0.1:{desk.port}"


def test_the_navigation_leads_to_each_place_and_says_where_one_is(
    desk: OpenDesk, page: Page
) -> None:
    places = page.get_by_role("navigation", name="The desk")
    for label in ("Issues", "Readers", "Posts", "Greetings", "Feeds", "Settings", "Issue"):
        places.get_by_role("link", name=label, exact=True).click()
        expect(places.get_by_role("link", name=label, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
    assert page.url == f"{home(desk)}/"


@pytest.mark.parametrize("page", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_a_list_is_imported_from_a_file(
    context: Context, desk: OpenDesk, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "friends.csv"
    file.write_text("email,name,Opted out?\ndee@example.com,Dee,perhaps\n", "utf-8")
    page.goto(f"{home(desk)}/readers/import")
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_role("heading", name="One question first")).to_be_visible()
    page.get_by_role("button", name="It says nothing about that").click()
    expect(page.get_by_role("cell", name="dee@example.com")).to_be_visible()
    page.get_by_role("button", name="Import them").click()
    expect(page.get_by_role("status")).to_contain_text("1 added")
    assert status_of(context, "dee@example.com") == "active"


@pytest.mark.parametrize("page", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_a_wrong_setting_is_told_beside_its_field(
    context: Context, desk: OpenDesk, page: Page
) -> None:
    page.goto(f"{home(desk)}/settings/issue")
    page.get_by_label("Time").fill("half past seven")
    page.get_by_label("Max posts", exact=False).first.fill("4")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[id='issue.time'] .problem")).to_be_visible()
    expect(page.get_by_label("Max posts", exact=False).first).to_have_value("4")
    page.get_by_label("Time").fill("07:30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved: time, max_posts.")
    assert 'time = "07:30"' in (context.folder / "newsletter.toml").read_text("utf-8")


@pytest.mark.parametrize("page", [True, False], indirect=True, ids=["scripts", "no scripts"])
def test_a_reader_is_found_and_erased(context: Context, desk: OpenDesk, page: Page) -> None:
    page.goto(f"{home(desk)}/readers/")
    page.get_by_label("An address or a name").fill("bo@")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="bo@example.com").click()
    page.get_by_role("link", name="Erase…").click()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.get_by_role("status")).to_contain_text("bo@example.com is erased.")
    with snapshot(context.engine) as connection:
        assert count_by_status(connection)["active"] == 1


def test_everything_is_reached_by_the_keyboard(desk: OpenDesk, page: Page) -> None:
    page.goto(f"{home(desk)}/posts/")
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        if "Release From the old blog" in reached:
            break
    assert {"Posts", "Search", "Release From the old blog"} <= reached


def test_the_sun_of_the_picture_is_never_cut_off(desk: OpenDesk, page: Page) -> None:
    for path in ("/", "/readers/", "/issues/1"):
        page.goto(f"{home(desk)}{path}")
        assert_sun_is_whole_or_absent(page)
