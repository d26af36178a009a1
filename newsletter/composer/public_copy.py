"""An edition as anybody may read it: the same page without what belongs to one reader.

Elements of the class `yours` are left out whole. Own templates may know nothing of that
class, so whatever else holds a merge tag goes too, with the paragraph around it.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markupsafe import Markup

from newsletter import merge
from newsletter.composer.checks.page import VOID
from newsletter.composer.text.phrases import Words

YOURS = "yours"
NOTHING = Markup()
# The system's own ink: dark on the light palettes' pages, light on the dark ones'.
_SHELF = (
    "padding:12px 20px;text-align:center;font:15px/24px 'Avenir Next','Segoe UI',Roboto,"
    "Helvetica,Arial,sans-serif"
)
_LINK = "display:inline-block;padding:10px 12px;color:CanvasText"
_BODY = re.compile(r"<body[^>]*>")
_BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td"))


def public_copy(
    html: str, nonce: str, *, shelf: Markup = NOTHING, canonical: str = "", description: str = ""
) -> str:
    """`html` (with its merge tags) without anything of a reader, ready to be served.

    `shelf` goes on top of the page. `canonical` is the address search engines should know
    the page by, "" for none; `description` what they show of it.
    """
    cut = _without(html, _Private(html, nonce).private)
    # A tag inside of Outlook's comments, which no browser opens.
    cut = "".join(merge.split(cut, nonce)[::2])
    cut = cut.replace("</head>", f"{_head(canonical, description)}</head>", 1)
    return _below(shelf, cut) if shelf else cut


def _below(shelf: Markup, html: str) -> str:
    # A screen reader leaps over the shelf to the main part, which a message needs not name.
    before, end, after = html.rpartition("</body>")
    whole = f"{before}</main>{end}{after}"
    return _BODY.sub(lambda body: f"{body[0]}{shelf}<main>", whole, count=1)


def shelf(words: Words, *, older: int | None, newer: int | None) -> Markup:
    """The way to the other issues, by the numbers of those beside this one."""
    link = Markup('<a href="/archive/{}" style="{}">{}</a>')
    links = [link.format("", _LINK, words.every_issue)]
    if older is not None:
        links.append(link.format(older, _LINK, words.older.format(number=older)))
    if newer is not None:
        links.append(link.format(newer, _LINK, words.newer.format(number=newer)))
    return Markup('<nav lang="{}" dir="{}" aria-label="{}" style="{}">{}</nav>').format(
        words.language,
        words.locale.text_direction,
        words.every_issue,
        _SHELF,
        Markup(" ").join(links),
    )


def _head(canonical: str, description: str) -> Markup:
    link = Markup('<link rel="canonical" href="{}">').format(canonical) if canonical else Markup()
    about = Markup('<meta name="description" content="{}">').format(description)
    return link + about if description else link


def _without(html: str, ranges: list[tuple[int, int]]) -> str:
    kept, place = [], 0
    for start, end in sorted(ranges):
        if start >= place:
            kept.append(html[place:start])
        place = max(place, end)
    return "".join((*kept, html[place:]))


class _Private(HTMLParser):
    """Finds where the elements stand that belong to one reader alone."""

    def __init__(self, html: str, nonce: str) -> None:
        super().__init__(convert_charrefs=False)
        self.private: list[tuple[int, int]] = []
        self._mark = f"-nl{nonce}."
        self._open: list[tuple[str, int]] = []
        self._yours: set[int] = set()
        self._lines = [0, *(found.end() for found in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._here()
        own = self.get_starttag_text() or ""
        if tag in VOID:
            if self._mark in own:
                self.private.append((start, start + len(own)))
            return
        self._open.append((tag, start))
        if YOURS in (dict(attrs).get("class") or "").split():
            self._yours.add(start)
        if self._mark in own:
            self._block()

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open]
        if tag not in names:
            return
        while self._open:
            name, start = self._open.pop()
            if start in self._yours:
                self.private.append((start, self._here() + len(f"</{tag}>")))
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._mark in data:
            self._block()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _block(self) -> None:
        """Takes out the paragraph that is open, or else the innermost element."""
        around = next((start for name, start in reversed(self._open) if name in _BLOCKS), None)
        if around is None and self._open:
            around = self._open[-1][1]
        if around is not None:
            self._yours.add(around)
