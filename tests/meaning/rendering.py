"""Render a post in a browser, without scripts and network, and take what is visible of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

# Nothing is fetched, and no script runs: a feed reader shows posts so.
_HEAD = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
# Yields texts and boundaries between blocks. A text is visible if it takes up room on the
# page, is not transparent and lies inside the page and its clipped ancestors.
_READ = """() => {
  document.querySelectorAll('details').forEach(element => { element.open = true; });
  const pieces = [], block = {text: '\\n'};
  const describe = element => {
    const path = [];
    for (let at = element; at && at !== document.body && path.length < 12; at = at.parentElement) {
      path.push({
        tag: at.localName, id: at.id || '', classes: at.getAttribute('class') || '',
        href: at.getAttribute('href') || '',
        columns: at.localName === 'table'
          ? Math.max(0, ...[...at.rows].map(row => row.cells.length)) : 0,
      });
    }
    return path;
  };
  const isClipped = element => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at), box = at.getBoundingClientRect();
      if (/^rect\\(([01](px)?,? ?){4}\\)$/.test(style.clip)) return true;
      if (/inset\\((50|100)%/.test(style.clipPath)) return true;
      const hides = style.overflow !== 'visible' && style.display !== 'inline';
      if (hides && (box.width <= 1 || box.height <= 1)) return true;
    }
    return false;
  };
  const isVisible = node => {
    const element = node.parentElement;
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true})) return false;
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()].filter(box => box.width * box.height > 0);
    if (!boxes.some(box => box.right > 0 && box.bottom > 0)) return false;
    return !isClipped(element);
  };
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        if (!child.data) continue;
        if (!child.data.trim()) { pieces.push({text: ' '}); continue; }
        const seen = isVisible(child);
        pieces.push({text: child.data, seen, path: describe(child.parentElement)});
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        const name = child.localName;
        const display = getComputedStyle(child).display;
        const isInline = display.startsWith('inline') || display.startsWith('ruby')
          || display === 'contents' || display === 'none';
        const breaks = name === 'br' || !isInline || display === 'inline-block'
          || display === 'inline-flex' || display === 'inline-grid' || name === 'iframe';
        if (breaks) pieces.push(block);
        walk(child);
        if (breaks) pieces.push(block);
      }
    }
  };
  walk(document.body);
  return pieces;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """What the measure needs to know of an element."""

    tag: str
    id: str = ""
    classes: str = ""
    href: str = ""
    #: The cells of the widest row, for a table.
    columns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A text of the page, or white space between texts."""

    text: str
    visible: bool = True
    #: The elements around it, the innermost first.
    path: tuple[Element, ...] = ()


@contextmanager
def open_page(browser: Browser) -> Iterator[Page]:
    """Open a page without scripts and network, which renders one post after the other."""
    context = browser.new_context(
        java_script_enabled=False, offline=True, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    try:
        yield page
    finally:
        context.close()


def render_pieces(page: Page, html: str) -> tuple[Piece, ...]:
    """Return the texts of `html` in order, as the browser shows them."""
    page.set_content(f"{_HEAD}<body>{html}", wait_until="commit")
    return tuple(
        Piece(
            text=piece["text"],
            visible=piece.get("seen", True),
            path=tuple(Element(**element) for element in piece.get("path", ())),
        )
        for piece in page.evaluate(_READ)
    )
