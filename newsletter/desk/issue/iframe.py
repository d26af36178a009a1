"""The mail's HTML for the preview's sandboxed iframe.

A page cannot tell an iframe which colour scheme its reader prefers. So the mail's
`prefers-color-scheme` queries are replaced by ones that are always true or always false,
and links are made to open in a new tab. Nothing else is changed; the desk offers the
unchanged HTML too.
"""

from __future__ import annotations

import re
from typing import Literal

ColourScheme = Literal["light", "dark"]
_SCHEME_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
_SUPPORTED_SCHEMES = re.compile(r"(color-scheme\s*:\s*|content=\")light dark", re.IGNORECASE)
_HEAD_TAG = re.compile(r"<head[^<>]*>", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def apply_scheme(html: str, scheme: ColourScheme) -> str:
    """Return `html` as a mail program shows it whose reader prefers `scheme`."""
    head, end, body = html.partition("</head>")
    head = _SCHEME_QUERY.sub(lambda match: _ALWAYS if match[1].lower() == scheme else _NEVER, head)
    head = _SUPPORTED_SCHEMES.sub(rf"\g<1>{scheme}", head)
    head = _HEAD_TAG.sub(r'\g<0><base target="_blank">', head, count=1)
    return head + end + body


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
