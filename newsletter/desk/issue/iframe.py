"""The mail's HTML for the preview's sandboxed iframe.

A page cannot tell an iframe which colour scheme its reader prefers. So the mail's
`prefers-color-scheme` queries are replaced by ones that are always true or always false,
and links are made to open in a new tab. Places that the editor leads to get an id, and pictures
that only our own site has are carried in the HTML, because the site may not be public yet.
Nothing else is changed; the desk offers the unchanged HTML too.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import Literal

from newsletter.models import Post

ColourScheme = Literal["light", "dark"]
_SCHEME_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_SUPPORTED_SCHEMES = re.compile(r"(color-scheme\s*:\s*|content=\")light dark", re.IGNORECASE)
_HEAD_TAG = re.compile(r"<head[^<>]*>", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
#: The classes of the frame's own parts, by the id that their place gets.
_PARTS = {"greeting": "opening", "note": "body note"}


def apply_scheme(html: str, scheme: ColourScheme) -> str:
    """Return `html` as a mail program shows it whose reader prefers `scheme`."""
    head, end, body = html.partition("</head>")
    head = _SCHEME_QUERY.sub(lambda match: _ALWAYS if match[1].lower() == scheme else _NEVER, head)
    head = _SUPPORTED_SCHEMES.sub(rf"\g<1>{scheme}", head)
    head = _HEAD_TAG.sub(r'\g<0><base target="_blank">', head, count=1)
    return head + end + body


def add_places(html: str, posts: Sequence[Post]) -> str:
    """Return `html` with an id at the greeting, the note and the first link of each post.

    A link itself gets none: the browser would move the focus to it.
    """
    head, end, body = html.partition("</head>")
    for place, class_name in _PARTS.items():
        body = body.replace(f' class="{class_name}"', f' id="{place}" class="{class_name}"', 1)
    for post in posts:
        link = re.compile(rf'<a (?=[^<>]*href="{re.escape(escape(post.url))}")')
        place = f'<span id="post-{post.id}"></span>'
        body = link.sub(rf"{place}\g<0>", body, count=1) if post.url else body
    return head + end + body


def carry_pictures(html: str, files: Mapping[str, tuple[bytes, str]]) -> str:
    """Return `html` with these pictures in it: bytes and media type by address."""
    for url, (body, media_type) in files.items():
        data = f"data:{media_type};base64,{b64encode(body).decode()}"
        html = html.replace(f'src="{escape(url)}"', f'src="{data}"')
    return html


def content_security_policy(*, images: bool) -> str:
    """Return the mail's policy: styles and, if wanted, pictures; no script and no form."""
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
