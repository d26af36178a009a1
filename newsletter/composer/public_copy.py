"""The public copy of an edition, for the archive: everything personal to a reader removed.

Elements of the class `yours` are removed. An author's templates may not use that class, so any
other text or attribute with a merge tag is removed too, with the paragraph around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from markupsafe import Markup

from newsletter import merge
from newsletter.composer.markup import VOID_ELEMENTS
from newsletter.composer.phrases import Phrases

_PERSONAL_CLASS = "yours"
_NO_NAV = Markup()
_NAV_STYLE = (
    "padding:12px 20px;text-align:center;font:15px/24px 'Avenir Next','Segoe UI',Roboto,"
    "Helvetica,Arial,sans-serif"
)
# A CSS system colour: dark on the light palettes, light on the dark ones.
_LINK_STYLE = "display:inline-block;padding:10px 12px;color:CanvasText"
_BODY = re.compile(r"<body[^<>]*>")
_BLOCKS = frozenset(("p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "td"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePaths:
    """Where the pages of an archive are, as a visitor's browser sees them from one of them."""

    #: The list of issues.
    index: str = "/archive/"
    #: What stands before and after the number in the path of an issue.
    before: str = "/archive/"
    after: str = ""

    @classmethod
    def below(cls, path: str) -> ArchivePaths:
        """Return the paths of an archive whose list is at `path` and whose issues are below it."""
        return cls(index=path, before=path)

    def issue(self, number: int) -> str:
        """Return the path of an issue."""
        return f"{self.before}{number}{self.after}"


_SITE = ArchivePaths()


def public_copy(
    html: str, nonce: str, *, nav: Markup = _NO_NAV, canonical: str = "", description: str = ""
) -> str:
    """Return `html`, which still has its merge tags, as a page to serve.

    `nav` goes on top of the page. `canonical` is the URL for search engines, "" for none,
    and `description` the text they show.
    """
    public = _remove_ranges(html, _PersonalParts(html, nonce).ranges)
    # Merge tags left inside Outlook's conditional comments.
    public = "".join(merge.split(public, nonce)[::2])
    public = public.replace("</head>", f"{_head_elements(canonical, description)}</head>", 1)
    return _add_nav(nav, public) if nav else public


def _add_nav(nav: Markup, html: str) -> str:
    # <main> lets a screen reader skip the navigation; a mail does not need it.
    before, end, after = html.rpartition("</body>")
    whole = f"{before}</main>{end}{after}"
    return _BODY.sub(lambda body: f"{body[0]}{nav}<main>", whole, count=1)


def archive_nav(
    phrases: Phrases, *, older: int | None, newer: int | None, paths: ArchivePaths = _SITE
) -> Markup:
    """Return links to the list of issues and to the issues before and after this one."""
    link = Markup('<a href="{}" style="{}">{}</a>')
    links = [link.format(paths.index, _LINK_STYLE, phrases.every_issue)]
    if older is not None:
        words = phrases.older.format(number=older)
        links.append(link.format(paths.issue(older), _LINK_STYLE, words))
    if newer is not None:
        words = phrases.newer.format(number=newer)
        links.append(link.format(paths.issue(newer), _LINK_STYLE, words))
    return Markup('<nav lang="{}" dir="{}" aria-label="{}" style="{}">{}</nav>').format(
        phrases.language,
        phrases.locale.text_direction,
        phrases.every_issue,
        _NAV_STYLE,
        Markup(" ").join(links),
    )


def _head_elements(canonical: str, description: str) -> Markup:
    link = Markup('<link rel="canonical" href="{}">').format(canonical) if canonical else Markup()
    meta = Markup('<meta name="description" content="{}">').format(description)
    return link + meta if description else link


def _remove_ranges(html: str, ranges: list[tuple[int, int]]) -> str:
    pieces, position = [], 0
    for start, end in sorted(ranges):
        if start >= position:
            pieces.append(html[position:start])
        position = max(position, end)
    return "".join((*pieces, html[position:]))


class _PersonalParts(HTMLParser):
    """Finds the elements that are personal to one reader."""

    def __init__(self, html: str, nonce: str) -> None:
        super().__init__(convert_charrefs=False)
        #: Start and end of each personal element, as offsets into the HTML.
        self.ranges: list[tuple[int, int]] = []
        self._tag_prefix = f"-nl{nonce}."
        self._open: list[tuple[str, int]] = []
        self._personal: set[int] = set()
        self._line_starts = [0, *(newline.end() for newline in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._offset()
        own = self.get_starttag_text() or ""
        if tag in VOID_ELEMENTS:
            if self._tag_prefix in own:
                self.ranges.append((start, start + len(own)))
            return
        self._open.append((tag, start))
        if _PERSONAL_CLASS in (dict(attrs).get("class") or "").split():
            self._personal.add(start)
        if self._tag_prefix in own:
            self._remove_open_block()

    def handle_endtag(self, tag: str) -> None:
        names = [name for name, _ in self._open]
        if tag not in names:
            return
        while self._open:
            name, start = self._open.pop()
            if start in self._personal:
                self.ranges.append((start, self._offset() + len(f"</{tag}>")))
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._tag_prefix in data:
            self._remove_open_block()

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column

    def _remove_open_block(self) -> None:
        """Make the open paragraph personal, or the innermost element if there is none."""
        block = next((start for name, start in reversed(self._open) if name in _BLOCKS), None)
        if block is None and self._open:
            block = self._open[-1][1]
        if block is not None:
            self._personal.add(block)
