"""Names for items that come without one, and each name only once in a feed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from newsletter.reader.items import Item

_LONGEST = 1000


def guid_for(*, given: str, url: str, title: str, date: str, text: str) -> str:
    """The guid as given, else the link, else a hash of title and date (or the text)."""
    name = given.strip() or url
    if name and len(name) <= _LONGEST:
        return name
    seed = name or f"{title}\n{date}" if (name or title or date) else text
    return "sha256:" + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()


def once_each(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items in their order, the first of each guid only."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.guid, item)
    return tuple(found.values())
