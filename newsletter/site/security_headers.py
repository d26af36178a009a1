"""The security headers of every public page.

Nothing is fetched from elsewhere, no script runs, no page may be framed, and no address
of a page (it holds a token) is told to the next one.
"""

from __future__ import annotations

import base64
import hashlib


def page_headers(style: str) -> tuple[tuple[str, str], ...]:
    """Header lines for a page whose one style element holds exactly `style`."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Robots-Tag", "noindex"),
        ("Cache-Control", "no-store"),
    )
