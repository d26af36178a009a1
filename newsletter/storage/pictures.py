"""Copies of the blog's pictures that the site serves, named by the hash of their bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select, update

from newsletter.storage.tables import picture, picture_source

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture of the blog and our copy of it."""

    url: str
    #: The file name of the copy, "" if there is none.
    name: str = ""
    width: int = 0
    height: int = 0


def save_copy(
    connection: Connection, url: str, body: bytes, extension: str, size: tuple[int, int]
) -> None:
    """Store a copy of the picture at `url`. Equal bytes are stored once."""
    name = f"{hashlib.sha256(body).hexdigest()}.{extension}"
    if read_file(connection, name) is None:
        connection.execute(insert(picture).values(name=name, body=body))
    _save_source(connection, url, name, size)


def save_without_copy(connection: Connection, url: str) -> None:
    """Store that no copy is made of the picture at `url`, so that it is not fetched again."""
    _save_source(connection, url, "", (0, 0))


def known_pictures(connection: Connection, urls: Collection[str]) -> Mapping[str, StoredPicture]:
    """Return what is stored of these URLs; those never fetched are missing."""
    pictures: dict[str, StoredPicture] = {}
    keys = {_key(url): url for url in urls}
    for chunk in _chunks(keys):
        rows = connection.execute(select(picture_source).where(picture_source.c.key.in_(chunk)))
        for row in rows:
            url = keys[row.key]
            pictures[url] = StoredPicture(
                url=url, name=row.name, width=row.width, height=row.height
            )
    return pictures


def retain(connection: Connection, names: Collection[str]) -> None:
    """Keep these copies for good: an issue in the archive shows them."""
    for chunk in _chunks(names):
        connection.execute(update(picture).where(picture.c.name.in_(chunk)).values(shown=True))


def prune(connection: Connection, wanted: Collection[str]) -> int:
    """Delete copies that no issue shows and whose URL is not `wanted`; return how many."""
    keys = {_key(url) for url in wanted}
    query = (
        select(picture_source.c.key)
        .outerjoin(picture, picture.c.name == picture_source.c.name)
        .where(or_(picture.c.name.is_(None), picture.c.shown.is_(False)))
    )
    for chunk in _chunks([key for key in connection.scalars(query) if key not in keys]):
        connection.execute(delete(picture_source).where(picture_source.c.key.in_(chunk)))
    named = select(picture_source.c.name)
    unused = delete(picture).where(picture.c.shown.is_(False), picture.c.name.not_in(named))
    return connection.execute(unused).rowcount


def read_file(connection: Connection, name: str) -> bytes | None:
    """Return the bytes of the copy with this name, None if there is none."""
    return connection.scalar(select(picture.c.body).where(picture.c.name == name))


def _save_source(connection: Connection, url: str, name: str, size: tuple[int, int]) -> None:
    connection.execute(
        insert(picture_source).values(key=_key(url), name=name, width=size[0], height=size[1])
    )


def _key(url: str) -> str:
    return hashlib.sha256(url.encode(errors="replace")).hexdigest()


def _chunks(keys: Iterable[str]) -> Iterable[list[str]]:
    ordered = list(keys)
    return (ordered[start : start + _CHUNK] for start in range(0, len(ordered), _CHUNK))
