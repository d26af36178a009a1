"""What goes wrong at the desk ends in a sentence, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import gc
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.end_to_end.desk.author import Author
from tests.end_to_end.desk.conftest import OpenWindow
from tests.end_to_end.newsletter import Newsletter
from tests.support.newsletter_folder import open_issue

ATTACK = """<form method="post" action="{desk}/approve/1"><input name="seen" value="nothing"></form>
<script>document.forms[0].submit()</script>"""


def test_a_form_of_another_site_is_refused(newsletter: Newsletter, author: Author) -> None:
    page = ATTACK.format(desk=author.desk).encode()
    newsletter.blog.pages["/trap.html"] = (200, "text/html", page)
    author.page.goto(f"{newsletter.blog.url.replace('127.0.0.1', 'localhost')}/trap.html")
    author.sees("nothing was done")
    assert open_issue(author.context).status == "draft"


def test_by_a_foreign_name_the_desk_says_nothing(author: Author) -> None:
    author.page.goto(author.desk.replace("127.0.0.1", "evil.localhost"))
    author.sees("The desk answers only to the names of this machine.")
    assert "A new hill" not in author.page.content()


def test_of_two_tabs_the_later_one_is_told_and_overwrites_nothing(
    author: Author, open_window: OpenWindow
) -> None:
    other = open_window(width=390, scheme="dark")
    author.write("Subject", "Mine")
    expect(author.page.locator("h1")).to_have_text("Mine")
    other.write("Subject", "Theirs")
    other.sees(re.compile("changed|elsewhere|meanwhile", re.IGNORECASE))
    expect(other.page.get_by_label("Subject", exact=True)).to_have_value("Theirs")
    assert open_issue(author.context).own_edits.subject == "Mine"


def test_an_approval_of_what_was_edited_meanwhile_is_refused(
    author: Author, open_window: OpenWindow
) -> None:
    other = open_window()
    other.page.route("**/state*", lambda route: route.abort())
    author.write("Subject", "Something else")
    expect(author.page.locator("h1")).to_have_text("Something else")
    other.press("Approve this issue")
    other.sees("has changed since you looked at it")
    assert open_issue(author.context).status == "draft"


def test_an_edit_after_the_approval_voids_it_and_says_so(author: Author) -> None:
    author.press("Approve this issue")
    author.sees("Issue 1 is approved.")
    # Nobody types before the page's script runs.
    author.page.locator("html.js").wait_for(state="attached")
    author.write("Subject", "A second thought")
    author.sees(re.compile("approval of issue 1 is void", re.IGNORECASE))
    assert open_issue(author.context).status == "draft"


def test_a_double_click_and_the_way_back_send_once(newsletter: Newsletter, author: Author) -> None:
    newsletter.set("rate_per_minute = 100", "rate_per_minute = 0")
    author.unfold("Send it now")
    author.button("Send it now").dblclick()
    author.sees("goes out in 5 minutes")
    author.page.go_back()
    author.page.reload()
    author.sees("Undo")
    author.clock.ahead += dt.timedelta(minutes=6)
    author.page.go_forward()
    expect(author.page.locator("h2").first).to_have_text("Issue 1 is out", timeout=60_000)
    author.page.go_back()
    author.page.reload()
    assert len(newsletter.recipients(1)) == 10


def test_a_broken_template_is_named_and_the_last_good_mail_stays(
    newsletter: Newsletter, author: Author
) -> None:
    mail = author.page.frame_locator("iframe[name=preview]").locator("body")
    expect(mail).to_contain_text("A new hill")
    own = newsletter.folder / "templates" / "email"
    own.mkdir(parents=True)
    (own / "digest.mjml").write_text("<mjml>\n{% if %}\n</mjml>", "utf-8")
    author.page.reload()
    author.sees(re.compile(r"digest\.mjml, line 2"))
    expect(mail).to_contain_text("A new hill")
    (own / "digest.mjml").unlink()
    author.page.reload()
    expect(author.page.locator("body")).not_to_contain_text("digest.mjml")


@pytest.mark.parametrize("bomb", ["> " * 20_000, "[" * 30_000, "*a " * 20_000, "x" * 100_000])
def test_a_markdown_bomb_ends_in_a_sentence(author: Author, bomb: str) -> None:
    author.write("A personal note", "Good words.")
    mail = author.page.frame_locator("iframe[name=preview]").locator("body")
    expect(mail).to_contain_text("Good words.")
    author.write("A personal note", bomb)
    author.sees(re.compile("Not saved", re.IGNORECASE))
    assert open_issue(author.context).own_edits.note == "Good words."


def picture(kind: str) -> bytes:
    """Return a file that no picture should be."""
    if kind == "svg":
        return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    if kind == "page":
        return b"<!doctype html><script>alert(1)</script>"
    if kind == "cut short":
        whole = io.BytesIO()
        Image.effect_noise((600, 400), 80).save(whole, "PNG")
        return whole.getvalue()[:2000]
    if kind == "decompression bomb":
        vast = io.BytesIO()
        Image.new("1", (30_000, 30_000)).save(vast, "PNG")
        return vast.getvalue()
    return b"\xff\xd8\xff" + bytes(50 * 1024 * 1024)


# Werkzeug leaves the file of a form that it gave up to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize("kind", ["svg", "page", "cut short", "decompression bomb", "50 MB"])
def test_a_picture_that_is_none_ends_in_a_sentence(
    author: Author, tmp_path: Path, kind: str
) -> None:
    author.write("A personal note", "Good words.")
    file = tmp_path / "hill.png"
    file.write_bytes(picture(kind))
    author.page.locator("#picture").set_input_files(file)
    author.press("Add the picture")
    author.sees(re.compile("picture|MB", re.IGNORECASE))
    author.page.wait_for_load_state("networkidle")
    expect(author.page.get_by_label("A personal note")).to_have_value("Good words.")
    assert "![" not in open_issue(author.context).own_edits.note
    gc.collect()


def test_without_a_network_what_was_written_stays_and_is_saved_later(author: Author) -> None:
    author.page.context.set_offline(True)
    author.write("Subject", "Written in the woods")
    author.sees(re.compile("not saved", re.IGNORECASE))
    author.page.context.set_offline(False)
    expect(author.page.locator("h1")).to_have_text("Written in the woods", timeout=30_000)
    expect(author.page.locator("body")).not_to_contain_text("is not saved")
    assert open_issue(author.context).own_edits.subject == "Written in the woods"


def test_links_that_nobody_answers_end_in_a_sentence(
    newsletter: Newsletter, author: Author
) -> None:
    newsletter.blog.pages.clear()
    author.press("Try every link and picture")
    expect(author.page.locator("[data-links-state]")).not_to_contain_text(
        "takes ten seconds", timeout=30_000
    )
