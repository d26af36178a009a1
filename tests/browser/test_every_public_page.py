"""Every public page on phone and desktop, in light and dark.

axe checks what screen readers, keyboards and weak eyes need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.pipeline.send import send
from newsletter.site.server import listen
from subscribers.tokens import sign_question, sign_token
from tests.browser.accessible import assert_page_is_accessible
from tests.browser.landscape import assert_sun_is_whole_or_absent
from tests.browser.tab import Tab, open_tab
from tests.support.newsletter_folder import create_newsletter, link_id_of, publish, subscribe
from tests.support.sign_up import form_token_aged, link_in, message_to, wait_for_mail_worker
from tests.support.visitor import run_server


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A newsletter with one issue sent to three readers."""
    context = create_newsletter(tmp_path / "newsletter")
    for name in ("ada", "bo", "cleo"):
        subscribe(context, f"{name}@example.com")
    publish(context, "Larch week")
    draft_issue(context)
    approve(context, "next")
    send(context, "1")
    return replace(context, wait=lambda _seconds: None)


@pytest.fixture
def tab(chromium: Browser, context: Context) -> Iterator[Tab]:
    site = listen(context, host="127.0.0.1", port=0)
    with run_server(site.server):
        tab = open_tab(chromium, f"http://127.0.0.1:{site.port}")
        yield tab
        tab.close()
    wait_for_mail_worker()


def test_public_pages(tab: Tab) -> None:
    for path, heading in (
        ("/", "Pine & Pace"),
        ("/subscribe", "Get Pine & Pace by email"),
        ("/archive/", "Every issue so far"),
        ("/unsubscribe/test", "Leave this newsletter?"),
        ("/preferences/forged", "This link does not work"),
        ("/nowhere", "No trail leads here"),
    ):
        assert_page_is_accessible(tab.go(path), heading)
    for _ in range(11):
        page = tab.go("/preferences/forged")
    assert_page_is_accessible(page, "Slowly, please")


def test_the_sun_of_the_picture_is_never_cut_off(tab: Tab) -> None:
    page = tab.go("/")
    for height in (480, 900, 1440):
        assert_sun_is_whole_or_absent(page, height=height)


def test_an_issue_in_the_archive(tab: Tab) -> None:
    assert_page_is_accessible(tab.go("/archive/1"), "Pine & Pace")


def test_pages_of_the_sign_up(context: Context, tab: Tab) -> None:
    tab.go("/subscribe")

    def sign_up(address: str, seconds: float = 10) -> Page:
        sign = form_token_aged(context, seconds)
        return tab.send("/subscribe", form_token=sign, email=address)

    assert_page_is_accessible(sign_up("zoe@example.com", 1), "Get Pine & Pace by email")
    assert_page_is_accessible(sign_up("zoe@"), "Get Pine & Pace by email")
    assert_page_is_accessible(sign_up("zoe@example.com"), "Look in your inbox")
    link = link_in(message_to(context, "zoe@example.com"))
    assert_page_is_accessible(tab.go(link), "One click, and you’re in")
    assert_page_is_accessible(tab.send(link), "You’re in")
    late = sign_question("confirm", link_id_of(context, 1), 7, context.secrets.signing)
    assert_page_is_accessible(tab.go(f"/confirm/{late}"), "This link has served its time")
    for number in range(5):
        page = sign_up(f"v{number}@example.com")
    assert_page_is_accessible(page, "A queue at the trailhead")


def test_pages_of_a_reader(context: Context, tab: Tab) -> None:
    own = own_page_of(context)
    assert_page_is_accessible(tab.go(own(1)), "Your newsletter")
    assert_page_is_accessible(tab.send(own(1), name="Ada", rhythm="monthly"), "Your newsletter")
    assert_page_is_accessible(tab.send(own(1), rhythm="daily"), "Your newsletter")
    page = tab.send(f"{own(1)}/address", email="ada@new.example.com")
    assert_page_is_accessible(page, "Your newsletter")
    link = link_in(message_to(context, "ada@new.example.com"))
    assert_page_is_accessible(tab.go(link), "Is this your new address?")
    assert_page_is_accessible(tab.send(link), "Your address is changed")


def test_pages_of_unsubscribing(context: Context, tab: Tab) -> None:
    own = own_page_of(context)
    way_out = (
        f"/unsubscribe/{sign_token('unsubscribe', link_id_of(context, 2), context.secrets.signing)}"
    )
    assert_page_is_accessible(tab.go(way_out), "Leave this newsletter?")
    assert_page_is_accessible(tab.send(way_out, instead="monthly"), "Once a month, then")
    assert_page_is_accessible(tab.send(way_out), "You’re out")
    assert_page_is_accessible(tab.go(own(2)), "Your newsletter")
    assert_page_is_accessible(tab.send(f"{own(3)}/erase"), "Erase everything?")
    assert_page_is_accessible(
        tab.send(f"{own(3)}/erase", sure="yes"), "Nothing is left of you here"
    )


def own_page_of(context: Context) -> Callable[[int], str]:
    def own_page(reader: int) -> str:
        link_id = link_id_of(context, reader)
        return f"/preferences/{sign_token('preferences', link_id, context.secrets.signing)}"

    return own_page
