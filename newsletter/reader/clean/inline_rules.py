"""Rules for text-level elements: emphasis, line breaks and links.

Emphasis may also be said by a style, not by a tag.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from selectolax.lexbor import LexborNode

from newsletter.reader.clean.boilerplate import is_call, is_page_sign, is_page_tool
from newsletter.reader.clean.flow import InlineTag, collapse_whitespace
from newsletter.reader.clean.shortcodes import strip_shortcodes
from newsletter.reader.clean.styles import (
    concealing_property,
    declarations,
    is_bold,
    is_shown_again,
    is_slanted,
    is_struck,
    shift_of,
)
from newsletter.reader.clean.urls import UrlPatterns, bare_host, is_same_page
from newsletter.reader.clean.walk import Attributes, Rule, Walk, visible_texts

#: The element that each becomes. Of any other element only the text stays.
INLINE_TAGS = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "dfn": "em",
    "var": "em",
    "mark": "em",
    "cite": "cite",
    "q": "q",
    "s": "s",
    "strike": "s",
    "del": "s",
    "u": "u",
    "small": "small",
    "sub": "sub",
    "sup": "sup",
    "code": "code",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
}
TAGS = frozenset(INLINE_TAGS.values())
_SHARE_URLS = UrlPatterns(
    {
        "addtoany.com": "",
        "api.whatsapp.com": r"/send\b",
        "bsky.app": r"/intent/",
        "buffer.com": r"/add\b",
        "facebook.com": r"/(?:sharer(?:/|\.php|\?|$)|share\.php|dialog/)",
        "feedburner.com": r"/~ff/",
        "feeds.wordpress.com": r"/1\.0/",
        "getpocket.com": r"/(?:save|edit)\b",
        "linkedin.com": r"/(?:shareArticle|share|sharing|cws/share)\b",
        "news.ycombinator.com": r"/submitlink\b",
        "pinterest.*": r"/pin/create\b",
        "reddit.com": r"/submit\b",
        "social-plugins.line.me": r"/lineit/share\b",
        "t.me": r"/share\b",
        "telegram.me": r"/share\b",
        "threads.com": r"/intent/",
        "threads.net": r"/intent/",
        "tumblr.com": r"/(?:share|widgets/share)\b",
        "twitter.com": r"/(?:share\b|intent/|home/?\?status)",
        "vk.com": r"/share\.php",
        "wa.me": r"/(?:send\b|\?text)",
        "web.whatsapp.com": r"/send\b",
        "x.com": r"/(?:share\b|intent/|home/?\?status)",
    }
)
# Jetpack's own buttons, and a mail without an addressee.
_SHARE_QUERY = re.compile(
    r"[?&]share=(?:facebook|twitter|x|pinterest|linkedin|tumblr|reddit|email|jetpack-whatsapp|"
    r"telegram|pocket|print|mastodon|bluesky|threads|nextdoor|custom-\d+)(?:&|$)|^mailto:\?",
    re.IGNORECASE,
)
# WordPress's link to the text after its "more" mark.
_MORE_FRAGMENT = re.compile(r"#more-\d+$")
# A reader's comment on a text in Google Docs.
_COMMENT_OF_DOCS = "#cmnt"
_RAISED = InlineTag("sup", "<sup>")
_NOTE_NAME = re.compile(
    r"(?<![a-z])(?:fn|ftn|footnote|endnote|note|noteref|fnref)(?![a-z])", re.IGNORECASE
)
_NOTE_MARK = re.compile(r"\d{1,3}|[*†‡§]{1,3}|[a-z]")
# A longer text is a sentence "click to tweet", which stays as text.
_SHARE_WORDS = 5
_CLICK_HERE = re.compile(
    r"(?:please )?(?:click |tap |press )?"
    r"(?:here|this|this link|link|the link|click|click here)[.!:]?",
    re.IGNORECASE,
)
_VAGUE = re.compile(r"\s*(?:please|click|tap|press|here|this|link|the link)\b", re.IGNORECASE)
_CLICK_TO = re.compile(
    r"(?:please )?(?:click|tap) (?:here|on this link|this link) (?:to |for )(.{3,120})",
    re.IGNORECASE | re.DOTALL,
)
_READ_MORE = re.compile(
    r"[(\[«\s]*(?:continue reading|continued|read more|read on|read the rest|keep reading|more|"
    r"weiterlesen|mehr lesen|lire la suite|en savoir plus|leer más|seguir leyendo|"
    r"continua a leggere|leggi tutto|continuar lendo|continue lendo|leia mais|lees verder|"
    r"läs mer|les mer|læs mere|lue lisää|czytaj dalej|preberi več|читать далее|続きを読む)\b",
    re.IGNORECASE,
)
_READ_MORE_WORDS = 30
_MAX_TEXT_LENGTH = 160
_CUT_MARKER = re.compile(r"[\[(]\s*(?:…|\.\.\.)\s*[\])]")
# Bold by themselves.
_BOLD_ELEMENTS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "th", "dt", "summary", "table"})
# On a cell or a picture, `vertical-align` is about layout.
_SHIFTED_ELEMENTS = frozenset({"span", "font", "a", "b", "i", "em", "strong", "small"})
#: The elements that a style may turn into blocks.
INLINE_ELEMENTS = frozenset({
    *INLINE_TAGS, "a", "abbr", "bdi", "bdo", "big", "data", "font", "ins", "label", "span", "time",
})  # fmt: skip
# What shows a part of a hidden element again.
_SHOWN_AGAIN = re.compile(r"visibility:\s*visible|font|color", re.IGNORECASE)


def _wrap_rule(name: str) -> Rule:
    tag = InlineTag(name, f"<{name}>")

    def wrap(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
        walk.wrap(tag, node)

    return wrap


def write_line_break(walk: Walk, _node: LexborNode, _attributes: Attributes) -> None:
    """Write a line break for a <br>."""
    walk.flow.add_line_break()


def drop(walk: Walk, node: LexborNode, _attributes: Attributes) -> None:
    """Drop an element and all its content on purpose."""
    walk.leave_out(node)


def write_on_base(walk: Walk, node: LexborNode, attributes: Attributes, rule: Rule | None) -> None:
    """Write an element of XHTML that states a base for the addresses inside of it (`xml:base`)."""
    outer = walk.page
    base = outer.web(attributes.get("xml:base"))
    walk.page = replace(outer, base=base) if base else outer
    if rule:
        rule(walk, node, attributes)
    else:
        walk.walk_children(node)
    walk.page = outer


RULES: dict[str, Rule] = {name: _wrap_rule(tag) for name, tag in INLINE_TAGS.items()}


def write_link(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write an <a>: a link whose text says where it leads, plain text, or nothing."""
    raw = (attributes.get("href") or "").strip()
    address = walk.page.absolute(raw)
    if raw and is_share_url(address or raw):
        if len(node.text().split()) > _SHARE_WORDS:
            walk.walk_children(node)
        else:
            walk.leave_out(node)
        return
    if (
        is_call(attributes, address or raw)
        or is_page_sign(node, attributes, raw, walk.page)
        or is_page_tool(node, attributes, raw, walk.page)
        or raw.startswith(_COMMENT_OF_DOCS)
        or is_read_more_link(walk, node, attributes, address)
    ):
        walk.leave_out(node)
        return
    if not address or raw.startswith("#"):
        if raw.startswith("#") and _is_note_mark(node, attributes, raw):
            walk.wrap(_RAISED, node)
        else:
            walk.walk_children(node)
        return
    tag = InlineTag("a", f'<a href="{escape(address)}">', address)
    text = _descriptive_text(walk, node, attributes, address)
    if not text or any(open_tag.name == "a" for open_tag in walk.flow.inline_tags):
        walk.wrap(tag, node)
        return
    words = node.text()
    walk.flow.add_text(" " if words[:1].isspace() else "")
    walk.flow.inline_tags.append(tag)
    walk.flow.add_text(text)
    for picture in node.css("img"):
        walk.visit(picture)
    walk.flow.inline_tags.pop()
    walk.flow.add_text(" " if words[-1:].isspace() else "")


def _is_note_mark(node: LexborNode, attributes: Attributes, raw: str) -> bool:
    """Whether a link is the mark of a footnote, which a style sheet raises on the page.

    Left on its line, "3:58" with a note would read as "3:581".
    """
    names = f"{raw} {attributes.get('class') or ''} {attributes.get('id') or ''}"
    is_note = attributes.get("role") == "doc-noteref" or _NOTE_NAME.search(names[:300])
    return bool(is_note) and _NOTE_MARK.fullmatch(node.text().strip()) is not None


def is_share_url(url: str) -> bool:
    """Whether a link is a button that shares the post."""
    return _SHARE_URLS.matches(url) or bool(_SHARE_QUERY.search(url))


def is_read_more_link(walk: Walk, node: LexborNode, attributes: Attributes, address: str) -> bool:
    """Whether a link leads to the rest of this post. The newsletter has its own such link."""
    if "more-link" in (attributes.get("class") or "").split():
        return True
    if _MORE_FRAGMENT.search(address):
        return True
    text = node.text().strip()
    reads_so = _READ_MORE.match(text) or _CUT_MARKER.fullmatch(text)
    if not reads_so or len(text.split()) > _READ_MORE_WORDS:
        return False
    return is_same_page(address, walk.page.url) and node.css_first("img") is None


def _descriptive_text(walk: Walk, node: LexborNode, attributes: Attributes, address: str) -> str:
    """Return a text for a link that says "click here"; "" if its own text can stay.

    Links read out of context must say where they lead (WCAG 2.2, 2.4.4).
    """
    words = node.text()
    if len(words) > _MAX_TEXT_LENGTH or not _VAGUE.match(words):
        return ""
    words = collapse_whitespace("".join(visible_texts(node)))
    host = bare_host(address)
    other_host = host if host and host != walk.page.host else ""
    click_to = _CLICK_TO.fullmatch(words)
    if click_to:
        aim = strip_shortcodes(click_to[1]).strip()
        is_clear = not other_host or other_host.lower() in aim.lower() or aim[-1:] in ".!?…"
        if aim:
            aim = aim if words[:1].islower() else aim[0].upper() + aim[1:]
            return aim if is_clear else f"{aim} at {other_host}"
    if not _CLICK_HERE.fullmatch(words):
        return ""
    title = strip_shortcodes(collapse_whitespace(attributes.get("title") or "")).strip()
    hint = title[:_MAX_TEXT_LENGTH] if title and not _CLICK_HERE.fullmatch(title) else host
    return f"{words} ({hint})" if hint else ""


def write_shown_again(walk: Walk, node: LexborNode, attributes: Attributes) -> None:
    """Write only what is visible by its own style inside of a hidden element."""
    if not _SHOWN_AGAIN.search(node.html or ""):
        walk.leave_out(node)
        return
    concealing = concealing_property(declarations(attributes.get("style") or ""))
    hidden = [node]
    while hidden:
        for child in hidden.pop().iter(include_text=True):
            if child.is_text_node:
                walk.leave_out(child)
            elif is_shown_again(child.attributes, concealing):
                walk.visit(child)
            else:
                hidden.append(child)


def write_on_its_own_line(
    walk: Walk, node: LexborNode, attributes: Attributes, rule: Rule | None
) -> None:
    """Write a text-level element that its style shows as a block."""
    walk.flow.end_paragraph()
    if rule:
        rule(walk, node, attributes)
    else:
        walk.walk_children(node)
    walk.flow.end_paragraph()


def write_styled(walk: Walk, node: LexborNode, attributes: Attributes, rule: Rule | None) -> None:
    """Write an element whose style carries meaning, such as a bold or struck-out <span>.

    Text pasted from Google Docs stands in a <b> whose style says that it is not bold, and its
    emphasis in styles of <span>s. The style wins over the tag.
    """
    stated = declarations(attributes.get("style") or "")
    own_tag = INLINE_TAGS.get(node.tag or "")
    flow = walk.flow
    outer = flow.inline_tags
    tags = list(outer)
    says = {"strong": is_bold(stated), "em": is_slanted(stated), "s": is_struck(stated)}
    for name, is_on in says.items():
        if is_on is False and name == own_tag:
            rule = None
        if is_on is False and name != "s":
            # A strike reaches all that is inside; no style below ends it.
            tags = [tag for tag in tags if tag.name != name]
        elif is_on and name != own_tag and node.tag not in _BOLD_ELEMENTS and not flow.line:
            tags += [InlineTag(name, f"<{name}>")] if name not in {t.name for t in tags} else []
    shift = shift_of(stated) if node.tag in _SHIFTED_ELEMENTS else ""
    if shift and shift not in {tag.name for tag in tags}:
        tags.append(InlineTag(shift, f"<{shift}>"))
    flow.inline_tags = tags
    if rule:
        rule(walk, node, attributes)
    else:
        walk.walk_children(node)
    flow.inline_tags = outer
