"""A desk behind a web server with TLS, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.desk.access import choose_access
from newsletter.desk.password import set_password
from newsletter.desk.server import listen
from tests.browser.accessible import assert_page_is_accessible
from tests.support.certificate import certificate
from tests.support.newsletter_folder import create_newsletter, open_issue, publish, subscribe
from tests.support.reverse_proxy import run_reverse_proxy
from tests.support.visitor import run_server

PASSWORD = "four larches under snow"
WELCOME = "Welcome back to your desk"


@dataclass(frozen=True, slots=True)
class FarDesk:
    context: Context
    url: str
    page: Page


@pytest.fixture(params=["", "/desk"], ids=["own host", "below a path"])
def far(tmp_path: Path, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[FarDesk]:
    """A desk behind a web server, and a phone elsewhere."""
    context = create_newsletter(tmp_path / "newsletter", proxies=1)
    publish(context, "Larch week")
    subscribe(context, "ada@example.com", "north")
    set_password(context.folder, {}, context.settings.newsletter, PASSWORD)
    headers = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    pem = certificate(tmp_path)
    with run_reverse_proxy(request.param, headers=headers, pem=pem) as proxy:
        headers["X-Forwarded-Host"] = f"127.0.0.1:{proxy.port}"
        path = context.folder / "newsletter.toml"
        path.write_text(path.read_text("utf-8") + f'[desk]\nurl = "{proxy.url}"\n', "utf-8")
        context = open_newsletter(context.folder, {"NEWSLETTER_NOW": context.clock().isoformat()})
        access = choose_access(context.settings, context.secrets, listen="127.0.0.1", path=None)
        desk = listen(context, 0, access=access)
        proxy.target = desk.port
        with run_server(desk.server):
            window = chromium.new_context(
                ignore_https_errors=True, viewport={"width": 390, "height": 900}
            )
            page = window.new_page()
            yield FarDesk(context, desk.start_url, page)
            window.close()
        assert proxy.elsewhere in ([], ["/favicon.ico"])


def test_the_author_signs_in_by_keyboard_and_out_again(far: FarDesk) -> None:
    page = far.page
    page.goto(f"{far.url}posts/")
    expect(page.get_by_role("heading", level=1)).to_have_text(WELCOME)
    expect(page.get_by_label("Your password")).to_be_focused()
    page.keyboard.type("four larches")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That is not the password")
    expect(page.get_by_label("Your password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Posts")
    assert page.url == f"{far.url}posts/"
    page.goto(far.url)
    page.get_by_role("button", name="Approve").first.click()
    expect(page.get_by_role("status").first).to_be_visible()
    assert open_issue(far.context).status == "approved"
    page.get_by_text("Sign out", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(WELCOME)


def test_the_way_in_is_for_everybody(far: FarDesk) -> None:
    page = far.page
    page.goto(far.url)
    assert_page_is_accessible(page, WELCOME)
    page.get_by_label("Your password").fill("a guess")
    page.get_by_role("button", name="Sign in").click()
    assert_page_is_accessible(page, WELCOME)
