"""The last step: nothing passes that is not on the one list here."""

from __future__ import annotations

import re

import nh3

from newsletter.reader.clean.text_rules import TAGS as TEXT_TAGS

TAGS = TEXT_TAGS | {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "img", "table", "tbody", "tr", "td", "th"),
}
ATTRIBUTES = {
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_UNREAD = {"script", "style", "template", "textarea", "title", "iframe", "noscript", "svg", "math"}
_CLEANER = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=_UNREAD,
    attributes=ATTRIBUTES,
    tag_attribute_values={"table": {"role": {"table"}}},
    url_schemes={"http", "https", "mailto", "tel"},
    url_relative="deny",
    link_rel=None,
)
_DEAD = re.compile(r"<a>|<img(?! src=)[^>]*>")


def sanitised(html: str) -> tuple[str, bool]:
    """`html` through the list, and whether an address in it was refused."""
    clean = _CLEANER.clean(html)
    return clean, bool(_DEAD.search(clean))
