"""Names for items that come without one, and each name only once in a feed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from newsletter.reader.parsing.items import Item

_LONGEST = 1000


def named(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items in their order, each with a guid, each given guid once (the first).

    Without a guid the link names an item, else a hash of its title and date, else of
    its text. Where several lack one and share a link, the last keeps it as its name: feeds
    run newest first, so it is the one that was there before.
    """
    listed = tuple(items)
    taken = {_short(item.guid) for item in listed if item.guid}
    kept: list[Item] = []
    given: set[str] = set()
    for item in reversed(_first_of_each(listed)):
        guid = _short(item.guid) or _made_up(item)
        if not item.guid:
            while guid in taken | given:
                guid = _digest(guid, item.title, _date(item), item.content or item.summary)
        given.add(guid)
        kept.append(replace(item, guid=guid))
    return tuple(reversed(kept))


def _first_of_each(items: tuple[Item, ...]) -> list[Item]:
    """Without repetitions: of a guid, or of a nameless item with its link and all else."""
    found: dict[object, Item] = {}
    for place, item in enumerate(items):
        nameless = item if item.url else place
        found.setdefault(item.guid or nameless, item)
    return list(found.values())


def _made_up(item: Item) -> str:
    if item.url:
        return _short(item.url)
    if item.title or item.published is not None:
        return _digest(item.title, _date(item))
    return _digest(item.content or item.summary)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else _digest(name)


def _date(item: Item) -> str:
    return item.published.isoformat() if item.published is not None else ""


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
