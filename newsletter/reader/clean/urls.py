"""URLs in a post: resolved against its page, compared, and matched by pattern.

Patterns are anchored to whole hosts and to the start of the path: `x.com` is not the end of
`dropbox.com`, and `/badge` is not the start of `/badger.jpg`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

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
_PLACEHOLDER_NAME = re.compile(
    r"(?:[\w-]*[_-])?placeholder(?:[_-][\w-]*)?|(?:blank|spacer|1x1|trans|transparent|pixel|"
    r"gr[ae]y|loading|loader|lazy[_-]?load(?:er|ing)?)(?:[_.-]?[\dx]+)?(?:\.trans)?",
    re.IGNORECASE,
)
_BLANK_NAME = re.compile(r"(?:blank|spacer|1x1|trans|transparent|pixel)", re.IGNORECASE)
_PICTURE_FILE = re.compile(r"\.(?:gif|png|jpe?g|svg|webp)$", re.IGNORECASE)


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


class UrlPatterns:
    """Hosts, each with what the paths of its matching URLs begin with.

    A host stands for its subdomains too. "pinterest.*" has any top-level domain,
    and "*" is any host. The path is matched together with the query; "" is any.
    """

    def __init__(self, patterns: Mapping[str, str]) -> None:
        self._paths = {
            host: re.compile(path, re.IGNORECASE | re.ASCII) for host, path in patterns.items()
        }

    def matches(self, url: str) -> bool:
        """Whether one of the patterns matches `url`."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
        except ValueError:
            return False
        path = parts.path or "/"
        place = f"{path}?{parts.query}" if parts.query else path
        return any(
            pattern.match(place)
            for name in _names_of(host)
            if (pattern := self._paths.get(name)) is not None
        )


@lru_cache(maxsize=4096)
def _names_of(host: str) -> tuple[str, ...]:
    """Return the host, the domains it belongs to, and those with any top-level domain."""
    labels = host.split(".")[-6:]
    domains = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return (*domains, *(f"{label}.*" for label in labels[:-1]), "*")


def path_segments(url: str) -> list[str]:
    """Return the segments of the URL's path in lower case, the file name last."""
    try:
        return unquote(urlsplit(url).path).lower().split("/")[1:]
    except ValueError:
        return []


def is_placeholder_file(url: str) -> bool:
    """Whether a picture only fills the place of one that a script loads."""
    return _is_named(url, _PLACEHOLDER_NAME.fullmatch)


def is_blank_file(url: str) -> bool:
    """Whether a picture is invisible, by its name."""
    return _is_named(url, _BLANK_NAME.fullmatch)


def _is_named(url: str, match_name: Callable[[str], re.Match[str] | None]) -> bool:
    file_name = url.partition("?")[0].partition("#")[0].rpartition("/")[2]
    stem, count = _PICTURE_FILE.subn("", file_name)
    return bool(count) and match_name(stem) is not None
