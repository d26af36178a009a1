"""Canonical forms of URLs and texts, for comparing posts and feeds."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|ref|ref_src|share|source)$",
    re.IGNORECASE,
)
_SAME_PAGE = re.compile(r"^(?:more-\d+|respond|comments?(?:-\d+)?|content|top)?$", re.IGNORECASE)
_DEFAULT_PORTS = {80, 443}
_WEB_ADDRESS = re.compile(r"https?://[^\s?#]")
_QUERY_START = re.compile(r"[?#]")


def canonical_url(url: str) -> str:
    """Return `url` in the one spelling used for comparison, not for requests.

    Ignores http or https, `www.`, a slash at the end, tracking parameters and WordPress's
    `#more-123`. Return "" for anything that is no web address.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in {"http", "https"}:
        return ""
    own_port = f":{port}" if port is not None and port not in _DEFAULT_PORTS else ""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, value) for name, value in pairs if not _TRACKING.match(name)])
    fragment = "" if _SAME_PAGE.match(parts.fragment) else f"#{parts.fragment}"
    path = parts.path.rstrip("/")
    return (
        f"https://{host.removeprefix('www.')}{own_port}{path}"
        + (f"?{query}" if query else "")
        + fragment
    )


def identifies_one_post(canonical: str) -> bool:
    """Whether a canonical URL can stand for a single post. A site's front page cannot."""
    parts = urlsplit(canonical)
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


def normalise_text(text: str) -> str:
    """Return `text` without differences that no reader notices.

    Ignores case, white space and typographic form (NFKC), and the query strings of URLs,
    which some plugins change with every request.
    """
    words = unicodedata.normalize("NFKC", text).split()
    return " ".join(map(_without_query, words)).casefold()


def _without_query(word: str) -> str:
    """Return a word without the query string or fragment of the first URL in it that has one.

    Looks at each character a bounded number of times: one pattern for a whole URL with its query
    takes the square of the length of "https://https://…".
    """
    start = _WEB_ADDRESS.search(word) if "://" in word else None
    mark = _QUERY_START.search(word, start.end()) if start else None
    return word[: mark.start()] if mark else word
