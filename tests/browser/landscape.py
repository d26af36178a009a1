"""What the picture at the head of every page has to be: nothing of it is half there."""

from __future__ import annotations

from playwright.sync_api import Page

_WIDTHS = (320, 390, 768, 900, 1280, 1600, 1920, 2560)
_ROOM_ABOVE_THE_SUN = """() => {
  const [picture, sun] = ["svg.landscape", ".landscape .sun"].map((name) =>
    document.querySelector(name).getBoundingClientRect());
  return sun.height ? sun.top - picture.top : null;
}"""


def assert_sun_is_whole_or_absent(page: Page, *, height: int = 900) -> None:
    """Assert that the picture's upper edge cuts off nothing of the sun, on any screen."""
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": height})
        room = page.evaluate(_ROOM_ABOVE_THE_SUN)
        assert room is None or room >= 0, f"{page.url}, {width} × {height} px: {room}"
