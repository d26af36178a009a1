"""Why a word of a page is not in our text part: on purpose, or by a fault."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.reader.clean.boilerplate import is_boilerplate
from newsletter.reader.clean.inline_rules import is_share_url
from newsletter.reader.clean.picture_rules import GALLERY_CLASSES
from newsletter.reader.clean.styles import concealment
from newsletter.reader.clean.table_rules import MAX_COLUMNS
from tests.meaning.comparison import Word, words_of
from tests.meaning.rendering import Element

FAULT = "fault"
_CONTROLS = frozenset({"button", "form", "input", "select", "option", "textarea", "label"})
# The attributes of a [caption]; the caption itself stays.
_CAPTION = re.compile(r"\[/?caption[^\]]*\]")
_BARE_ADDRESS = re.compile(r"^\s*(https?://\S+)\s*$", re.MULTILINE)
_HEADINGS = frozenset({"h1", "h2", "h3"})


def reason_of(word: Word, *, title: str, set_aside: frozenset[str]) -> str:
    """Return the reason why a word is left out; FAULT where there is no good one."""
    pieces = [piece for _, piece in word.parts] or [word.piece]
    paths = (element for piece in pieces for element in piece.path)
    reasons = (
        *(reason for element in paths for reason in _reasons_of_element(element)),
        *_reasons_of_text(word),
        *_reasons_of_post(word, title, set_aside),
    )
    return next(iter(reasons), FAULT)


def _reasons_of_element(element: Element) -> Iterator[str]:
    attributes = {"id": element.id, "class": element.classes}
    if is_boilerplate(attributes):
        yield f"boilerplate: {_name(element)}"
    if concealment(attributes):
        yield f"for screen readers alone: {_name(element)}"
    if element.tag in _CONTROLS:
        yield f"a control: {element.tag}"
    if element.tag == "a" and is_share_url(element.href):
        yield "a button for sharing"
    if not GALLERY_CLASSES.isdisjoint(element.classes.split()):
        yield "a caption in a gallery that goes on on the site"
    if element.columns > MAX_COLUMNS:
        yield "a table too wide for a telephone"


def _reasons_of_text(word: Word) -> Iterator[str]:
    text = word.piece.text
    if word.word in words_of(" ".join(_BARE_ADDRESS.findall(text))):
        yield "an address that a card replaces"
    if word.word in words_of(" ".join(_CAPTION.findall(text))):
        yield "a shortcode"


def _reasons_of_post(word: Word, title: str, set_aside: frozenset[str]) -> Iterator[str]:
    tags = {element.tag for element in word.piece.path}
    if tags & _HEADINGS and word.word in words_of(title):
        yield "the title, repeated"
    if word.word in set_aside:
        yield "left out on purpose"


def _name(element: Element) -> str:
    return f"#{element.id}" if not element.classes else f".{'.'.join(element.classes.split()[:2])}"
