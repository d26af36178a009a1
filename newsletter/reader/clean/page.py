"""The page of a post, which its relative URLs are resolved against, and comparing URLs."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from newsletter.reader.identity.canonical import canonical_url

_PLAIN_URL = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z][a-z0-9-]*)+(?:[/?#][\w./?#=&%:;,+~!$'()*@-]*)?", re.ASCII
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_MAIL_OR_TEL = re.compile(r"(?:mailto:[^\s@<>\"]+@[^\s<>\"]+|tel:[+0-9().\-]+)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
# Browsers remove these from a URL before they parse it (WHATWG URL, 4.4).
_IGNORED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_SAFE_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of a post. Each field may be ""."""

    #: The URL of the post.
    url: str = ""
    #: The URL of its blog.
    site_url: str = ""
    title: str = ""
    #: The base that the post states for its relative URLs, in a <base>.
    base: str = ""

    def absolute(self, address: str | None) -> str:
        """Return `address` as an absolute http, https, mailto or tel URL, else ""."""
        if not address:
            return ""
        if _PLAIN_URL.fullmatch(address):
            return address
        address = _IGNORED.sub("", address).strip()
        if address.lower().startswith("www."):
            address = f"https://{address}"
        try:
            if _SCHEME.match(address):
                return _normalise_url(address)
            stated = (_normalise_url(url) for url in (self.base, self.url, self.site_url))
            base = next((url for url in stated if url), "")
            return _normalise_url(urljoin(base, address)) if base and address else ""
        except ValueError:  # invalid brackets, ports and hosts
            return ""

    def web(self, address: str | None) -> str:
        """Return `address` as an absolute http or https URL, else ""."""
        url = self.absolute(address)
        return url if url.startswith("http") else ""

    @property
    def host(self) -> str:
        return bare_host(self.url or self.site_url)


def bare_host(url: str) -> str:
    """Return the host of a URL in lower case, without `www.` and port; "" without one."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_same_page(first: str, second: str) -> bool:
    """Whether two URLs lead to one page. A query or fragment may name the page: "/?p=12"."""
    address = canonical_url(first)
    return bool(address) and address == canonical_url(second)


def _normalise_url(address: str) -> str:
    if _MAIL_OR_TEL.fullmatch(address):
        return quote(address, safe=_SAFE_CHARACTERS)
    parts = urlsplit(address)
    host = _normalise_host(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    place = f"{host}:{parts.port}" if parts.port is not None else host
    return quote(
        urlunsplit((parts.scheme, place, parts.path, parts.query, parts.fragment)),
        safe=_SAFE_CHARACTERS,
    )


def _normalise_host(host: str) -> str:
    if ":" in host:
        return f"[{ipaddress.IPv6Address(host)}]"
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(host):
        return ""
    last = host.rsplit(".", 1)[-1]
    return str(ipaddress.IPv4Address(host)) if last.isdigit() else host
