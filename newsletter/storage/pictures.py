"""Pictures as the site serves them: kept by what they hold, and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select, update

from newsletter.storage.tables import picture, picture_source

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture of a blog and our copy of it; `name` is "" where there is none."""

    url: str
    name: str = ""
    width: int = 0
    height: int = 0


def save_copy(
    connection: Connection, url: str, body: bytes, extension: str, size: tuple[int, int]
) -> None:
    """Stores the copy of what is at `url`. The same bytes are kept once."""
    name = f"{hashlib.sha256(body).hexdigest()}.{extension}"
    if read_file(connection, name) is None:
        connection.execute(insert(picture).values(name=name, body=body))
    _remember(connection, url, name, size)


def save_without_copy(connection: Connection, url: str) -> None:
    """Remembers that there is no copy of what is at `url`, so that it is not asked again."""
    _remember(connection, url, "", (0, 0))


def known_pictures(connection: Connection, urls: Collection[str]) -> Mapping[str, StoredPicture]:
    """What is known of these addresses; those never looked at are missing."""
    found: dict[str, StoredPicture] = {}
    keys = {_key(url): url for url in urls}
    for some in _portions(keys):
        rows = connection.execute(select(picture_source).where(picture_source.c.key.in_(some)))
        for row in rows:
            url = keys[row.key]
            found[url] = StoredPicture(url=url, name=row.name, width=row.width, height=row.height)
    return found


def retain(connection: Connection, names: Collection[str]) -> None:
    """An issue shows these copies: they stay for as long as its page in the archive."""
    for some in _portions(names):
        connection.execute(update(picture).where(picture.c.name.in_(some)).values(shown=True))


def prune(connection: Connection, wanted: Collection[str]) -> int:
    """Forgets what no issue shows and is not made from an address `wanted`.

    Returns how many copies went.
    """
    keys = {_key(url) for url in wanted}
    query = (
        select(picture_source.c.key)
        .outerjoin(picture, picture.c.name == picture_source.c.name)
        .where(or_(picture.c.name.is_(None), picture.c.shown.is_(False)))
    )
    for some in _portions([key for key in connection.scalars(query) if key not in keys]):
        connection.execute(delete(picture_source).where(picture_source.c.key.in_(some)))
    named = select(picture_source.c.name)
    unused = delete(picture).where(picture.c.shown.is_(False), picture.c.name.not_in(named))
    return connection.execute(unused).rowcount


def read_file(connection: Connection, name: str) -> bytes | None:
    """The file of that name, None where there is none."""
    return connection.scalar(select(picture.c.body).where(picture.c.name == name))


def _remember(connection: Connection, url: str, name: str, size: tuple[int, int]) -> None:
    connection.execute(
        insert(picture_source).values(key=_key(url), name=name, width=size[0], height=size[1])
    )


def _key(url: str) -> str:
    return hashlib.sha256(url.encode(errors="replace")).hexdigest()


def _portions(keys: Iterable[str]) -> Iterable[list[str]]:
    every = list(keys)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
