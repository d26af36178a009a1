"""Patterns of URLs, anchored to whole hosts and to the start of the path.

`x.com` is not the end of `dropbox.com`, and `/badge` is not the start of `/badger.jpg`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import unquote, urlsplit

_PLACEHOLDER_NAME = re.compile(
    r"(?:[\w-]*[_-])?placeholder(?:[_-][\w-]*)?|(?:blank|spacer|1x1|trans|transparent|pixel|"
    r"gr[ae]y|loading|loader|lazy[_-]?load(?:er|ing)?)(?:[_.-]?[\dx]+)?(?:\.trans)?",
    re.IGNORECASE,
)
_BLANK_NAME = re.compile(r"(?:blank|spacer|1x1|trans|transparent|pixel)", re.IGNORECASE)
_PICTURE_FILE = re.compile(r"\.(?:gif|png|jpe?g|svg|webp)$", re.IGNORECASE)


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
