"""Open a message in Chromium, with its pictures served or blocked."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from PIL import Image as Picture
from playwright.sync_api import Browser, Page, Route

Scheme = Literal["light", "dark"]
WIDTHS = (320, 375, 600, 1200)


def _jpeg() -> bytes:
    file = BytesIO()
    Picture.new("RGB", (1200, 800), "#886644").save(file, "JPEG")
    return file.getvalue()


JPEG = _jpeg()


def open_page(
    chromium: Browser, html: str, *, width: int, scheme: Scheme = "light", images: bool
) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)

    def picture(route: Route) -> None:
        if images:
            route.fulfill(body=JPEG, content_type="image/jpeg")
        else:
            route.abort()

    page.route("https://photos.example.com/**", picture)
    page.set_content(html, wait_until="load")
    return page


def widest_by(chromium: Browser, html: str, *, images: bool) -> dict[int, int]:
    """Return the width of a message's page for each width of the window."""
    page = open_page(chromium, html, width=WIDTHS[0], images=images)
    mapping = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        mapping[width] = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    return mapping
