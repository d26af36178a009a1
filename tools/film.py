"""Photograph every page of the desk of the example newsletter, and make the strip for the docs.

usage: film.py FOLDER [STRIP]

Each page is written to FOLDER, on a phone and on a computer, by day and by night. With STRIP, a
few of them are put side by side into that picture. `make film` calls it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from newsletter.app import open_newsletter
from newsletter.demo.build import build_demo
from newsletter.demo.marker import serve_sample_blog
from newsletter.desk.server import listen

_NOW = "2026-11-20T12:00:00-07:00"
_SCREENS = {"phone": (390, 844), "computer": (1280, 900)}
#: What the strip shows: a page, a screen and a scheme, from left to right.
_STRIP = (
    ("issue", "phone", "light"),
    ("issue", "computer", "dark"),
    ("readers", "computer", "light"),
    ("greetings", "phone", "dark"),
)
_STRIP_HEIGHT, _GAP = 620, 24


def main() -> None:
    """Photograph the desk as the command line asks."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with _open_desk() as start_url, sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        _photograph(browser, start_url, folder)
        browser.close()
    if len(sys.argv) > 2:  # noqa: PLR2004  # the optional word
        _make_strip(folder, Path(sys.argv[2]))


@contextmanager
def _open_desk() -> Iterator[str]:
    """Build the example and open its desk; yield the address with the key."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "demo"
        build_demo(folder, now=dt.datetime.fromisoformat(_NOW), say=lambda _text: None)
        context = open_newsletter(folder, os.environ | {"NEWSLETTER_NOW": _NOW})
        with serve_sample_blog(folder, context.clock()):
            desk = listen(context, 0)
            server = threading.Thread(target=desk.server.run, daemon=True)
            server.start()
            yield desk.start_url
            context.engine.dispose()


def _photograph(browser: Browser, start_url: str, folder: Path) -> None:
    window = browser.new_context(device_scale_factor=1)
    page = window.new_page()
    page.goto(start_url)
    home = page.url
    pages = {"issue": home}
    for link in page.locator("nav.places a").all():
        pages.setdefault(link.inner_text().strip().lower(), link.get_attribute("href") or "")
    for name, address in pages.items():
        page.goto(address if address.startswith("http") else home.rstrip("/") + address)
        for screen, (width, height) in _SCREENS.items():
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                _settle(page)
                page.screenshot(path=folder / f"{name}-{screen}-{scheme}.png")
                page.screenshot(path=folder / f"{name}-{screen}-{scheme}-whole.png", full_page=True)


def _settle(page: Page) -> None:
    """Wait for the pictures of the mail; the example's blog may be slow."""
    with suppress(Exception):
        page.wait_for_load_state("networkidle", timeout=5000)


def _make_strip(folder: Path, target: Path) -> None:
    shots = [
        Image.open(folder / f"{name}-{screen}-{scheme}.png").convert("RGB")
        for name, screen, scheme in _STRIP
    ]
    scaled = [
        shot.resize((round(shot.width * _STRIP_HEIGHT / shot.height), _STRIP_HEIGHT), Image.LANCZOS)
        for shot in shots
    ]
    width = sum(shot.width for shot in scaled) + _GAP * (len(scaled) + 1)
    strip = Image.new("RGB", (width, _STRIP_HEIGHT + 2 * _GAP), "#e9e4d6")
    left = _GAP
    for shot in scaled:
        strip.paste(shot, (left, _GAP))
        left += shot.width + _GAP
    strip.save(target, "WEBP", quality=82, method=6)


if __name__ == "__main__":
    main()
