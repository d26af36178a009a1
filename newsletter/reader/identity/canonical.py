"""When two addresses name the same post."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|yclid|ref|ref_src|share|source)$",
    re.IGNORECASE,
)
_SAME_PAGE = re.compile(r"^(?:more-\d+|respond|comments?(?:-\d+)?|content|top)?$", re.IGNORECASE)
_USUAL_PORTS = {80, 443}


def canonical_url(url: str) -> str:
    """`url` in the one spelling used to compare posts; not meant to be opened.

    http and https, `www.` or not, a slash at the end, tracking parameters and WordPress's
    `#more-123` make no difference. "" where the address is none.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in {"http", "https"}:
        return ""
    named = f":{port}" if port is not None and port not in _USUAL_PORTS else ""
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, value) for name, value in pairs if not _TRACKING.match(name)])
    fragment = "" if _SAME_PAGE.match(parts.fragment) else f"#{parts.fragment}"
    path = parts.path.rstrip("/")
    return (
        f"https://{host.removeprefix('www.')}{named}{path}"
        + (f"?{query}" if query else "")
        + fragment
    )


def identifies_one_post(canonical: str) -> bool:
    """Whether a canonical address can stand for a single post: a site's front page cannot."""
    parts = urlsplit(canonical)
    return bool(parts.path.strip("/") or parts.query or parts.fragment)


_QUERY = re.compile(r"(https?://[^\s?#]+)[?#]\S*")


def normalise_text(text: str) -> str:
    """`text` without what makes no difference to a reader.

    Case, spacing and typographic form do not count, nor do the query strings of
    addresses, which some plugins renew with every visit.
    """
    plain = _QUERY.sub(r"\1", unicodedata.normalize("NFKC", text))
    return " ".join(plain.casefold().split())
