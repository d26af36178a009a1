"""The mail's HTML as the preview's frame shows it.

A frame cannot be told that the reader prefers dark colours, so that one question of the
mail's style sheet is answered beforehand, and links are led out of the frame. Nothing
else is touched; the page offers the untouched HTML too.
"""

from __future__ import annotations

import re
from typing import Literal

Scheme = Literal["light", "dark"]
_ASKED = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_OFFERED = re.compile(r"(color-scheme\s*:\s*|content=\")light dark", re.IGNORECASE)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
_TRUE, _FALSE = "(min-width: 0)", "(max-width: 0)"


def as_seen(html: str, scheme: Scheme) -> str:
    """`html` as a mail program shows it that prefers `scheme`."""
    head, end, body = html.partition("</head>")
    head = _ASKED.sub(lambda asked: _TRUE if asked[1].lower() == scheme else _FALSE, head)
    head = _OFFERED.sub(rf"\g<1>{scheme}", head)
    head = _HEAD.sub(r'\g<0><base target="_blank">', head, count=1)
    return head + end + body


def frame_policy(*, images: bool) -> str:
    """The Content-Security-Policy of the mail: pictures and styles, no script, no form."""
    return "; ".join(
        (
            "default-src 'none'",
            "img-src https: http: data:" if images else "img-src 'none'",
            "style-src 'unsafe-inline'",
            "form-action 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-popups allow-popups-to-escape-sandbox",
        )
    )
