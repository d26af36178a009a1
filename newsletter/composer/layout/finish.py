"""From the compiled frame to the message: posts put in, styles inlined, dark mode added."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from css_inline import CSSInliner, InlineError

from newsletter.errors import ComposeError


def body_place(nonce: str, index: int) -> str:
    """The mark in the frame where the HTML of post number `index` goes."""
    return f"-nl{nonce}#{index}-"


def put_bodies(frame: str, nonce: str, body: Callable[[int], str]) -> str:
    """`frame` with every mark replaced by the `body` of its post, in one pass."""
    mark = re.compile(rf"-nl{re.escape(nonce)}#(\d+)-")
    return mark.sub(lambda found: body(int(found[1])), frame)


def inline_styles(html: str, style_sheet: str) -> str:
    """`html` with the style sheet written into style attributes; style blocks stay.

    Needed since some mail programs drop style blocks. Raises ComposeError when the
    style sheet cannot be read.
    """
    try:
        return _inliner(style_sheet).inline(html)
    except (InlineError, ValueError) as error:
        raise ComposeError(
            f"The style sheet style.css of the email templates cannot be used: {error}.",
            cure="Correct it, or remove your own copy.",
        ) from error


@lru_cache(maxsize=16)
def _inliner(style_sheet: str) -> CSSInliner:
    return CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        keep_link_tags=True,
        load_remote_stylesheets=False,
        minify_css=True,
        extra_css=style_sheet,
    )


def add_style_blocks(html: str, blocks: Sequence[str]) -> str:
    """`html` with each of `blocks` as a style block of its own at the end of the head.

    Apart, because a mail program that dislikes one rule drops the whole block.
    """
    styles = "".join(f"<style>{block.strip()}</style>" for block in blocks if block.strip())
    return html.replace("</head>", f"{styles}</head>", 1)


def defuse(html: str) -> str:
    """`html` with SendGrid's own tags (`<%…%>`) as entities, so that they are shown.

    Comes last: inlining writes attributes anew, with a plain `<` in them. SendGrid fills
    such tags wherever they stand (its page on substitution tags).
    """
    if "<%" not in html:
        return html
    return html.replace("<%", "&lt;%").replace("%>", "%&gt;")
