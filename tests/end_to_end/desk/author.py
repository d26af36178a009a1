"""The author at the desk, by mouse or by the keyboard alone, and the readers' site beside it."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from newsletter.context import Context
from tests.browser.accessible import LOOK
from tests.end_to_end.newsletter import Newsletter, text_of

_MOST_TABS = 250


@dataclass(slots=True, eq=False)
class RealClock:
    """The clock that no rehearsal sets, which a test moves ahead."""

    ahead: dt.timedelta = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead


@dataclass(slots=True)
class Author:
    """A person before a browser."""

    newsletter: Newsletter
    context: Context
    clock: RealClock
    #: The address of the desk, without its key.
    desk: str
    page: Page
    by_keyboard: bool = False
    #: What browsers logged on their consoles.
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str = "/") -> Page:
        self.page.goto(self.desk + path)
        return self.page

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True).first

    def press(self, name: str) -> None:
        """Press a button."""
        self.activate(self.button(name))

    def unfold(self, name: str) -> None:
        """Open what a summary hides."""
        self.activate(self.page.locator("summary", has_text=name).first)

    def activate(self, control: Locator) -> None:
        """Click a control, or reach it by the Tab key and press Enter."""
        if not self.by_keyboard:
            control.click()
            return
        self._tab_to(control)
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        """Put a text in place of that of a field."""
        box = self.page.get_by_label(label, exact=True).first
        if not self.by_keyboard:
            box.fill(text)
            return
        self._tab_to(box)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def _tab_to(self, control: Locator) -> None:
        control.wait_for()
        for _ in range(_MOST_TABS):
            if control.evaluate("each => each === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab key leads to {control}")

    def sees(self, words: str | re.Pattern[str]) -> None:
        """Assert that words stand somewhere on the page, or soon do."""
        expect(self.page.locator("body")).to_contain_text(words)

    def assert_accessible(self) -> None:
        """Assert that axe and our own look find no fault on the page as it is.

        By keyboard the pages are those of the mouse, which were looked at.
        """
        if self.by_keyboard:
            return
        result = Axe().run(self.page)
        assert result.violations_count == 0, f"{self.page.url}\n{result.generate_report()}"
        assert self.page.evaluate(LOOK) == [], self.page.url

    def notice_link(self, purpose: str) -> str:
        """Return the author's link in the newest notice."""
        text = text_of(self.newsletter.notices()[-1])
        found = re.findall(rf"https?://\S+/{purpose}/[\w.-]+", text)
        assert found, text
        return str(found[0])

    def copies(self) -> list[Path]:
        """Return the test copies so far."""
        return sorted((self.newsletter.folder / "outbox" / "test").glob("*.eml"))
