"""The author edits an issue in a real browser, which saves and shows each edit by itself."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from newsletter.context import Context
from newsletter.desk.server import OpenDesk, listen
from newsletter.editorial.approval import approve
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.own_edits import edit_issue
from newsletter.models import SafeHtml
from newsletter.storage import posts
from newsletter.storage.database.engine import transaction
from tests.browser.accessible import assert_page_is_accessible
from tests.support.newsletter_folder import create_newsletter, open_issue, publish, subscribe
from tests.support.visitor import run_server

TITLES = ("Larch week", "Hill repeats", "Frost on the bridge")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = create_newsletter(tmp_path / "newsletter")
    publish(context, *TITLES)
    publish(context, "My first half", state="seen_before_start")
    subscribe(context, "ada@example.com", "north")
    subscribe(context, "bo@example.com", "south")
    return context


@pytest.fixture
def desk(context: Context) -> Iterator[OpenDesk]:
    desk = listen(context, 0)
    with run_server(desk.server):
        yield desk


@pytest.fixture
def page(desk: OpenDesk, chromium: Browser) -> Iterator[Page]:
    """The issue page in a window; an error in its scripts fails the test."""
    window = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = window.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(desk.start_url)
    yield page
    window.close()
    assert errors == []


def mail(page: Page) -> Locator:
    """The body of the mail in the preview, once it is there."""
    return page.frame_locator(".screen iframe:not([data-loading])").locator("body")


def titles(page: Page) -> list[str]:
    return [title.strip() for title in page.locator(".arranged .post").all_inner_texts()]


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (900, 600), "#7da072").save(file, "JPEG")
    return file.getvalue()


def test_what_is_typed_is_saved_and_shown_without_a_button(context: Context, page: Page) -> None:
    page.get_by_label("Subject", exact=True).fill("Frost and fire")
    expect(page.locator(".gmail .subject")).to_contain_text("Frost and fire")
    expect(page.locator(".apple .subject")).to_contain_text("Frost and fire")
    page.get_by_label("A personal note").press_sequentially("Hello **friends**.", delay=20)
    expect(mail(page)).to_contain_text("Hello friends.")
    expect(page.locator(".pill-state")).to_have_text("Saved: note.")
    assert open_issue(context).own_edits.note == "Hello **friends**."
    # What was typed in one go is undone at once.
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("A personal note")).to_have_value("")
    expect(mail(page)).not_to_contain_text("friends")
    page.get_by_role("button", name="Redo").click()
    expect(mail(page)).to_contain_text("Hello friends.")


def test_posts_are_dragged_to_their_place(context: Context, page: Page) -> None:
    assert titles(page) == list(reversed(TITLES))
    page.locator("#posts").scroll_into_view_if_needed()
    handles = page.locator(".arranged .handle")
    handles.last.hover()
    page.mouse.down()
    goal = handles.first.bounding_box()
    assert goal is not None
    page.mouse.move(goal["x"] + 5, goal["y"] - 5, steps=8)
    page.mouse.up()
    expect(page.locator("h1")).to_contain_text("Larch week")
    assert titles(page) == ["Larch week", "Frost on the bridge", "Hill repeats"]
    assert [post.title for post in open_issue(context).posts] == titles(page)


def test_everything_is_done_by_the_keyboard_alone(context: Context, page: Page) -> None:
    def press_until(selector: str) -> None:
        for _ in range(150):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"the keyboard does not reach {selector}")

    press_until("#subject")
    page.keyboard.press("Control+a")
    page.keyboard.type("By hand")
    expect(page.locator(".gmail .subject")).to_contain_text("By hand")
    press_until('button[value="1:up"]')
    page.keyboard.press("Enter")
    expect(page.locator("[data-news]")).to_have_text("Moved to place 2 of 3.")
    expect(page.locator(".arranged .post").nth(1)).to_contain_text("Larch week")
    # The focus goes with the post, so that Enter moves it on.
    expect(page.locator('button[value="1:up"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".arranged .post").first).to_contain_text("Larch week")
    assert open_issue(context).subject == "By hand"


def test_a_post_is_shown_otherwise_held_and_one_of_before_pulled_in(
    context: Context, page: Page
) -> None:
    page.get_by_label("How to show Hill repeats").select_option("Title only")
    expect(page.locator(".arranged .post").last).to_contain_text("Hill repeats")
    page.get_by_role("button", name="Hold Larch week").click()
    expect(page.locator("#waiting")).to_contain_text("you hold it back")
    expect(mail(page)).not_to_contain_text("Larch week")
    page.get_by_text("Pull one in from before the newsletter").click()
    page.get_by_role("button", name="Pull it in My first half").click()
    expect(mail(page)).to_contain_text("My first half")
    page.get_by_role("button", name="Put it back Larch week").click()
    expect(mail(page)).to_contain_text("Larch week")
    assert len(open_issue(context).posts) == 4


def test_a_picture_is_uploaded_into_the_note_and_shown(context: Context, page: Page) -> None:
    page.get_by_label("A JPEG or PNG").set_input_files(
        {"name": "ridge.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_label("What it shows").fill("The ridge")
    page.get_by_role("button", name="Add the picture").click()
    shown = mail(page).get_by_role("img", name="The ridge")
    expect(shown).to_have_attribute("src", re.compile("^data:image/jpeg"))
    assert "![The ridge](picture:" in open_issue(context).own_edits.note


def test_of_two_windows_the_later_is_told_and_keeps_its_words(context: Context, page: Page) -> None:
    subject = page.get_by_label("Subject", exact=True)
    subject.focus()
    edit_issue(context, "1", EditRequest(subject="Hers"))
    subject.fill("His")
    expect(page.locator(".problem")).to_contain_text("changed in another window")
    expect(page.locator(".problem")).to_contain_text("As it is now: Hers")
    expect(subject).to_have_value("His")
    assert open_issue(context).subject == "Hers"
    page.get_by_role("button", name="Save the subject").click()
    expect(page.locator(".problem")).to_have_count(0)
    assert open_issue(context).subject == "His"


def test_the_page_notices_what_another_window_changed(context: Context, page: Page) -> None:
    approve(context, "next")
    expect(page.locator("#status")).to_have_text("Approved")
    expect(page.locator(".pill-state")).to_contain_text("changed in another window or by a run")
    page.get_by_label("Subject", exact=True).fill("Later")
    expect(page.locator(".pill-state")).to_contain_text("The approval of issue 1 is void")
    expect(page.locator("#status")).to_have_text("Draft")


def test_a_hostile_post_runs_nothing_in_the_preview(
    context: Context, desk: OpenDesk, page: Page
) -> None:
    attack = '"><script>parent.document.title="owned"</script><img src=x onerror="top.x=1">'
    with transaction(context.engine) as connection:
        (post,) = posts.by_ids(connection, (1,))
        # Past the cleaner, as if it had a hole.
        body = SafeHtml(f"<p>{attack}</p><svg onload=alert(1)></svg><form action=//evil></form>")
        posts.save(connection, [replace(post, title=attack, excerpt=attack, html=body)])
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for part in ("html", "text", "source"):
        page.goto(f"http://127.0.0.1:{desk.port}/?part={part}")
        page.wait_for_load_state("load")
        assert "owned" not in page.title()
        assert page.evaluate("window.x") is None
    assert dialogs == []


@pytest.mark.parametrize(
    "query", ["", "?screen=all", "?screen=tablet&scheme=dark&images=off&reader=bo@example.com"]
)
def test_every_way_to_look_can_be_read_and_used(desk: OpenDesk, page: Page, query: str) -> None:
    page.goto(f"http://127.0.0.1:{desk.port}/{query}")
    page.locator("iframe#preview").wait_for()
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert_page_is_accessible(page, "Frost on the bridge, +2 more")
