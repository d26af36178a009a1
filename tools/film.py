"""Photograph every page of the desk of the example newsletter, and a Saturday at it as a strip.

usage: film.py FOLDER [STRIP]

Each page is written to FOLDER, on a phone and on a computer, by day and by night. With STRIP, the
issue is then made the author's own, sent, stopped and let go on, on a phone, and its pictures are
put side by side into that file. `make film` calls it.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from newsletter.app import open_newsletter
from newsletter.demo.build import build_demo
from newsletter.demo.marker import serve_sample_blog
from newsletter.desk.server import listen

_NOW = "2026-11-20T12:00:00-07:00"
_SCREENS = {"phone": (390, 844), "computer": (1280, 900)}
_HEIGHT, _GAP = 640, 20
_PAINTED_AFTER = 700  # milliseconds
_SUBJECT = "Frost, finally (and larches)"
_NOTE = "See you on the **ridge** on Saturday!"


def main() -> None:
    """Photograph the desk as the command line asks."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    clock = _Clock()
    with _open_desk(clock) as start_url, sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(reduced_motion="reduce").new_page()
        page.goto(start_url)
        _photograph(page, folder)
        if len(sys.argv) > 2:  # noqa: PLR2004  # the optional word
            _make_strip(_play(page, clock), Path(sys.argv[2]))
        browser.close()


class _Clock:
    """The clock of the desk, which the film moves past the time to undo."""

    ahead = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead


@contextmanager
def _open_desk(clock: _Clock) -> Iterator[str]:
    """Build the example and open its desk; yield the address with the key."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "demo"
        build_demo(folder, now=dt.datetime.fromisoformat(_NOW), say=lambda _text: None)
        settings = folder / "newsletter.toml"
        # One message after the other, so that there is time to stop them.
        slow = settings.read_text("utf-8").replace("batch_size = 100", "batch_size = 1")
        slow = slow.replace("rate_per_minute = 0", "rate_per_minute = 40")
        settings.write_text(slow, "utf-8")
        context = open_newsletter(folder, os.environ | {"NEWSLETTER_NOW": _NOW})
        context = replace(context, real_clock=clock)
        with serve_sample_blog(folder, context.clock()):
            desk = listen(context, 0)
            server = threading.Thread(target=desk.server.run, daemon=True)
            server.start()
            desk.worker.start()
            yield desk.start_url
            desk.worker.close()
            context.engine.dispose()


def _photograph(page: Page, folder: Path) -> None:
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
    """Wait for the pictures of the mail, and until what was out of sight is painted."""
    with suppress(Exception):
        page.wait_for_load_state("networkidle", timeout=5000)
    page.wait_for_timeout(_PAINTED_AFTER)


def _play(page: Page, clock: _Clock) -> list[Image.Image]:
    """Make the issue the author's own, send it, stop it and let it go on; return the pictures."""
    shots = []

    def shoot(scheme: str = "light") -> None:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        _settle(page)
        shots.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))

    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("nav.places a").first.click()
    shoot()
    page.get_by_label("Subject", exact=True).fill(_SUBJECT)
    page.get_by_label("A personal note", exact=True).fill(_NOTE)
    page.get_by_role("heading", name=_SUBJECT).wait_for()
    page.frame_locator("iframe[name=preview]").get_by_text("ridge").wait_for()
    _scroll_to(page, "#words")
    shoot()
    _scroll_to(page, ".screen")
    shoot("dark")
    page.locator("summary", has_text="Send it now").click()
    page.get_by_role("button", name="Send it now").click()
    page.get_by_role("button", name="Undo").wait_for()
    shoot("dark")
    clock.ahead += dt.timedelta(minutes=6)
    page.get_by_role("button", name="Stop it").click()
    page.get_by_role("button", name="Let it go on").wait_for()
    shoot()
    page.get_by_role("button", name="Let it go on").click()
    page.get_by_role("link", name="How it went").click(timeout=60_000)
    page.get_by_role("heading", name=_SUBJECT).wait_for()
    shoot()
    return shots


def _scroll_to(page: Page, selector: str) -> None:
    """Let an element stand just below the row that stays at the top."""
    top = page.locator(selector).first.evaluate("each => each.getBoundingClientRect().top")
    page.evaluate("by => scrollBy(0, by)", top - _GAP * 4)


def _make_strip(shots: list[Image.Image], target: Path) -> None:
    scaled = [
        shot.resize((round(shot.width * _HEIGHT / shot.height), _HEIGHT), Image.Resampling.LANCZOS)
        for shot in shots
    ]
    width = sum(shot.width for shot in scaled) + _GAP * (len(scaled) + 1)
    strip = Image.new("RGB", (width, _HEIGHT + 2 * _GAP), "#e9e4d6")
    left = _GAP
    for shot in scaled:
        strip.paste(shot, (left, _GAP))
        left += shot.width + _GAP
    strip.save(target, "WEBP", quality=84, method=6)


if __name__ == "__main__":
    main()
