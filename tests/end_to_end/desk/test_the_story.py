"""A Saturday at the desk: from the draft to the report, in a real browser.

On a phone by night, on a computer by day, and once by the keyboard alone.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from tests.end_to_end.desk.author import Author
from tests.end_to_end.desk.conftest import READERS, OpenWindow, Scheme
from tests.end_to_end.newsletter import Newsletter, text_of

SUBJECT = "Frost, finally"
NOTE = "See you on the **ridge**."


@pytest.mark.parametrize(
    ("width", "scheme", "by_keyboard"),
    [(390, "dark", False), (1280, "light", False), (1280, "light", True)],
    ids=["phone by night", "computer by day", "keyboard alone"],
)
def test_the_author_makes_an_issue_hers_and_lets_it_go(
    newsletter: Newsletter, open_window: OpenWindow, width: int, scheme: Scheme, by_keyboard: bool
) -> None:
    author = open_window(width=width, scheme=scheme, by_keyboard=by_keyboard)
    sees_the_draft(author)
    edits_it(author)
    sends_herself_a_copy(author)
    decides_by_mail_and_undoes_it(author)
    approves_it_at_the_desk(author)
    sends_it_and_stops_it(author)
    lets_it_go_on(author)
    reads_the_report(author)
    everybody = {"ann@example.com", "sue@example.com", *READERS}
    messages = newsletter.outbox(1)
    assert set(newsletter.recipients(1)) == everybody
    assert len(messages) == len(everybody)
    for message in messages.values():
        assert message["Subject"] == SUBJECT
        assert "See you on the ridge." in " ".join(text_of(message).split())


def sees_the_draft(author: Author) -> None:
    author.sees("Nobody gets it until you approve it. Then it goes to 10 readers")
    author.assert_accessible()


def edits_it(author: Author) -> None:
    author.write("Subject", SUBJECT)
    author.write("A personal note", NOTE)
    mail = author.page.frame_locator("iframe[name=preview]")
    expect(mail.locator("body")).to_contain_text("See you on the ridge.")
    expect(author.page.locator("h1")).to_have_text(SUBJECT)
    author.go()
    expect(author.page.get_by_label("Subject", exact=True)).to_have_value(SUBJECT)
    author.assert_accessible()


def sends_herself_a_copy(author: Author) -> None:
    author.write("Your address", "jane@example.com")
    author.press("Send a test copy")
    author.sees("jane@example.com is in the folder outbox/test")
    (copy,) = author.copies()
    assert f"[Test] {SUBJECT}" in copy.read_text("utf-8")


def decides_by_mail_and_undoes_it(author: Author) -> None:
    author.newsletter.run("run")
    page = author.page
    page.goto(author.notice_link("approve"))
    expect(page.locator("h1")).to_have_text("Approve issue 1?")
    author.assert_accessible()
    author.press("Send it now")
    expect(page.locator("h1")).to_have_text("Issue 1 is let go")
    author.assert_accessible()
    author.press("Undo")
    expect(page.locator("h1")).to_have_text("Undone: nobody got issue 1")
    author.press("Approve")
    expect(page.locator("h1")).to_have_text("Issue 1 is approved")
    author.go()
    author.press("Take approval back")
    author.sees("Issue 1 is a draft again")


def approves_it_at_the_desk(author: Author) -> None:
    author.press("Approve this issue")
    author.sees("Issue 1 is approved.")
    author.sees("unless you stop it")
    author.assert_accessible()


def sends_it_and_stops_it(author: Author) -> None:
    author.unfold("Send it now")
    author.press("Send it now")
    expect(author.page.locator("h2").first).to_contain_text("goes out in 5 minutes")
    author.assert_accessible()
    assert author.newsletter.recipients(1) == []
    author.clock.ahead += dt.timedelta(minutes=6)
    author.button("Stop it").wait_for()
    author.press("Stop it")
    expect(author.page.locator("h2").first).to_have_text("Issue 1 is stopped")
    author.sees(re.compile("wait until you let it go on"))
    author.assert_accessible()


def lets_it_go_on(author: Author) -> None:
    author.press("Let it go on")
    expect(author.page.locator("h2").first).to_have_text("Issue 1 is out", timeout=60_000)
    author.assert_accessible()


def reads_the_report(author: Author) -> None:
    author.activate(author.page.get_by_role("link", name="How it went"))
    author.sees("10 messages written to outbox/1")
    author.assert_accessible()
    author.activate(author.page.get_by_role("link", name="Issues", exact=True).first)
    author.sees("10 of 10 written to the outbox")
    author.assert_accessible()
