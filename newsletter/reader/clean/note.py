"""Make HTML of the author's note, which is Markdown, with the cleaner that posts pass through."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING

from newsletter.errors import UsageError
from newsletter.models import NO_HTML, SafeHtml

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Where the pictures that the author uploaded seem to be, until a message is rendered. No name
#: below `.invalid` exists (RFC 6761, 6.4).
UPLOADS = "https://picture.invalid/"
_UPLOAD = re.compile(r"picture:([0-9a-f]{12})")
#: The longest note, in characters of Markdown.
NOTE_LENGTH = 10_000
#: How deep lists, quotations and emphasis may nest; a list in a list counts four.
NOTE_NESTING = 12
# The parser leaves out what nests deeper.
_PARSER_NESTING = NOTE_NESTING + 8
_WORD = re.compile(r"\w+")
_SHOWN_WORDS = 6
_WITH_WORDS = {"text", "code_inline", "fence", "code_block"}


@lru_cache(maxsize=16)
def clean_note(markdown: str, blog: str) -> SafeHtml:
    """Return a note in CommonMark, with tables and struck words, as clean HTML.

    HTML in it is shown as it is written. Relative links lead to the blog. Raise UsageError if it
    is too long, nests too deep, shows a picture without https that is no upload, or would lose
    words.
    """
    if not markdown.strip():
        return NO_HTML
    if len(markdown) > NOTE_LENGTH:
        raise UsageError(
            f"The note has {len(markdown)} characters; {NOTE_LENGTH} are the most.",
            cure="The rest is better off in a post.",
        )
    # They take longer to import than most commands run.
    from markdown_it import MarkdownIt

    from newsletter.reader.clean.post import clean_post

    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _PARSER_NESTING})
    parser.enable(["table", "strikethrough"])
    tokens = parser.parse(markdown)
    for token in _all_tokens(tokens):
        if token.type == "image":
            token.attrs["src"] = _UPLOAD.sub(rf"{UPLOADS}\1", str(token.attrs.get("src", "")))
        _require_fit(token)
    rendered = str(parser.renderer.render(tokens, parser.options, {}))
    html = clean_post(content=rendered, summary="", url="", site_url=blog, media=(), title="").html
    if missing := _missing_words(tokens, html):
        raise UsageError(
            f"The note would lose these words: {missing}.",
            cure="They look like what a blog's plugins write around a post. Say them otherwise.",
        )
    return html


def _all_tokens(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _require_fit(token: Token) -> None:
    if token.level > NOTE_NESTING:
        raise UsageError(
            "The note nests lists, quotations or emphasis too deep to be read.",
            cure="Write it flatter.",
        )
    if token.type == "image" and not str(token.attrs.get("src", "")).startswith("https://"):
        raise UsageError(
            f"A picture in the note has no address that starts with https://: "
            f"{token.attrs.get('src', '')}",
            cure="Upload it on the desk, or give its whole address on your blog.",
        )


def _missing_words(tokens: Iterable[Token], html: str) -> str:
    """Return the first words of the note that its HTML does not hold, "" if it holds them all."""
    texts = (token.content for token in _all_tokens(tokens) if token.type in _WITH_WORDS)
    written = [word for text in texts for word in _words(text)]
    lost = Counter(written) - Counter(_words(unescape(html)))
    return " ".join([word for word in dict.fromkeys(written) if word in lost][:_SHOWN_WORDS])


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
