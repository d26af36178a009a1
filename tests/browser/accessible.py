"""What every page has to be: readable by weak eyes, by ear and by keyboard, on each screen."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LOOK = (Path(__file__).parent / "look.js").read_text("utf-8")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (320, 390, 1280)
# The first run adds axe to the page.
AXE = """async () => (await axe.run()).violations
  .map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" "))"""


def assert_page_is_accessible(page: Page, heading: str) -> None:
    """Assert that neither axe nor our own check finds a fault on any screen, in light or dark."""
    assert page.locator("h1").inner_text() == heading
    first = Axe().run(page)
    assert first.violations_count == 0, f"{heading}\n{first.generate_report()}"
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate(LOOK) == [], f"{heading}, {scheme}, {width} px"
            if width != WIDTHS[0]:
                assert page.evaluate(AXE) == [], f"{heading}, {scheme}, {width} px"
