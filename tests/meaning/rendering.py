"""Render a post in a browser, without scripts and network, and take what is visible of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from playwright.sync_api import Browser, Page

# Nothing is fetched, and no script runs: a feed reader shows posts so.
_HEAD = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
)
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_SOURCE = re.compile(r"\s(src|srcset|poster|background|data|xlink:href)\s*=", re.IGNORECASE)
# It may lead to another page.
_META = re.compile(r"<meta\b[^>]*>", re.IGNORECASE)
_FRAME = re.compile(r"<(/?)iframe\b", re.IGNORECASE)
# Yields texts and boundaries between blocks. A text is visible if it takes up room on the
# page, is not transparent and lies inside the page and its clipped ancestors.
_READ = """() => {
  document.querySelectorAll('details').forEach(element => { element.open = true; });
  const pieces = [], elements = [], known = new Map(), block = ['\\n', true, -1];
  const hides = (element, style) => {
    if (/^rect\\(([01](px)?,? ?){4}\\)$/.test(style.clip)) return true;
    if (/inset\\((50|100)%/.test(style.clipPath)) return true;
    if (style.overflow === 'visible' || style.display === 'inline') return false;
    const box = element.getBoundingClientRect();
    return box.width <= 1 || box.height <= 1;
  };
  // The number of an element in `elements`, and whether it or one around it clips its content.
  const number = element => {
    if (!element || element === document.body) return {index: -1, clipped: false};
    if (known.has(element)) return known.get(element);
    const parent = number(element.parentElement), style = getComputedStyle(element);
    elements.push({
      tag: element.localName, id: element.id || '', parent: parent.index,
      classes: element.getAttribute('class') || '', href: element.getAttribute('href') || '',
      columns: element.localName === 'table'
        ? Math.max(0, ...[...element.rows].map(row => row.cells.length)) : 0,
    });
    const entry = {
      index: elements.length - 1, clipped: parent.clipped || hides(element, style), style,
      visible: element.checkVisibility({opacityProperty: true, visibilityProperty: true}),
    };
    known.set(element, entry);
    return entry;
  };
  const isVisible = (node, entry) => {
    if (entry.visible === false || entry.clipped) return false;
    const range = document.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].some(
      box => box.width * box.height > 0 && box.right > 0 && box.bottom > 0);
  };
  const walk = node => {
    for (const child of node.childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        if (!child.data) continue;
        if (!child.data.trim()) { pieces.push([' ', true, -1]); continue; }
        const entry = number(child.parentElement);
        pieces.push([child.data, isVisible(child, entry), entry.index]);
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        const name = child.localName, display = number(child).style.display;
        const isInline = display.startsWith('inline') || display.startsWith('ruby')
          || display === 'contents' || display === 'none';
        const breaks = name === 'br' || !isInline || name === 'iframe'
          || ['inline-block', 'inline-flex', 'inline-grid', 'inline-table'].includes(display);
        if (breaks) pieces.push(block);
        walk(child);
        if (breaks) pieces.push(block);
      }
    }
  };
  walk(document.body);
  return {pieces, elements};
}"""
# More elements around a text tell no more of it.
_PATH_LENGTH = 12


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


def _without_sources(tag: re.Match[str]) -> str:
    return _SOURCE.sub(r" data-\1=", tag[0])


def render_pieces(page: Page, html: str) -> tuple[Piece, ...]:
    """Return the texts of `html` in order, as the browser shows them."""
    # Nothing would be fetched anyhow; without addresses the browser need not refuse each.
    html = _FRAME.sub(r"<\1noembed", _TAG.sub(_without_sources, _META.sub("", html)))
    page.set_content(f"{_HEAD}<body>{html}", wait_until="commit")
    result = page.evaluate(_READ)
    parents = [element.pop("parent") for element in result["elements"]]
    elements = [Element(**element) for element in result["elements"]]

    def path_from(index: int) -> Iterator[Element]:
        while index >= 0:
            yield elements[index]
            index = parents[index]

    return tuple(
        Piece(text=text, visible=visible, path=tuple(islice(path_from(index), _PATH_LENGTH)))
        for text, visible, index in result["pieces"]
    )
