"""The page a post stands on: what its relative addresses are relative to."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z][a-z0-9-]*)+(?:[/?#][\w./?#=&%:;,+~!$'()*@-]*)?", re.ASCII
)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_REACH = re.compile(r"(?:mailto:[^\s@<>\"]+@[^\s<>\"]+|tel:[+0-9().\-]+)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
# Browsers take these out of an address before they read it (WHATWG URL, 4.4).
_IGNORED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_KEPT = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The post's own address, its blog's and its title; each may be ""."""

    url: str = ""
    site_url: str = ""
    title: str = ""

    def absolute(self, address: str | None) -> str:
        """`address` as an absolute http, https, mailto or tel address, else ""."""
        if not address:
            return ""
        if _PLAIN.fullmatch(address):
            return address
        address = _IGNORED.sub("", address).strip()
        if address.lower().startswith("www."):
            address = f"https://{address}"
        try:
            if _SCHEME.match(address):
                return _normalise_url(address)
            base = _normalise_url(self.url) or _normalise_url(self.site_url)
            return _normalise_url(urljoin(base, address)) if base and address else ""
        except ValueError:  # brackets, ports and hosts that are none
            return ""

    def web(self, address: str | None) -> str:
        """Like `absolute`, for http and https alone."""
        found = self.absolute(address)
        return found if found.startswith("http") else ""

    @property
    def host(self) -> str:
        return bare_host(self.url or self.site_url)


def bare_host(url: str) -> str:
    """The host a reader knows: without `www.`, port and capitals; "" if there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_same_page(one: str, other: str) -> bool:
    """Whether two addresses lead to one page, whatever their scheme, query and slashes."""
    return bool(one) and _page_key(one) == _page_key(other)


def _page_key(url: str) -> tuple[str, str]:
    try:
        return bare_host(url), urlsplit(url).path.rstrip("/")
    except ValueError:
        return url, ""


def _normalise_url(address: str) -> str:
    if _REACH.fullmatch(address):
        return quote(address, safe=_KEPT)
    parts = urlsplit(address)
    host = _normalise_host(parts.hostname or "")
    if parts.scheme not in {"http", "https"} or not host:
        return ""
    place = f"{host}:{parts.port}" if parts.port is not None else host
    return quote(
        urlunsplit((parts.scheme, place, parts.path, parts.query, parts.fragment)), safe=_KEPT
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
