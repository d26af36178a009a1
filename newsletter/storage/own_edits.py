"""The author's own edits of an issue as JSON, and those of drafts that were deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, delete, insert, select

from newsletter.models import NO_EDITS, GreetingOverride, OwnEdits, Rhythm
from newsletter.storage.tables import kept_edits


def encode_edits(edits: Sequence[OwnEdits]) -> str:
    """Return own edits as JSON, "" for none that say anything."""
    if not edits or tuple(edits) == (NO_EDITS,):
        return ""
    return msgspec.json.encode(edits).decode()


def decode_edits(text: str) -> tuple[OwnEdits, ...]:
    """Return stored own edits, () for ""."""
    return msgspec.json.decode(text, type=tuple[OwnEdits, ...]) if text else ()


def decode_history(text: str, wish: str) -> tuple[OwnEdits, ...]:
    """Return the own edits of an issue, oldest first: the last are in force.

    `wish` is its greeting override, which has a column of its own.
    """
    *earlier, current = decode_edits(text) or (NO_EDITS,)
    greeting = msgspec.json.decode(wish, type=GreetingOverride)
    return (*earlier, replace(current, greeting=greeting))


def kept_own_edits(connection: Connection, rhythm: Rhythm, key: str) -> tuple[OwnEdits, ...]:
    """Return the own edits of a draft of this week or month that was deleted, oldest first."""
    query = select(kept_edits.c.own_edits).where(
        kept_edits.c.rhythm == rhythm, kept_edits.c.key == key
    )
    return decode_edits(connection.scalar(query) or "")


def all_kept(connection: Connection) -> tuple[tuple[OwnEdits, ...], ...]:
    """Return the own edits of every draft that was deleted."""
    return tuple(map(decode_edits, connection.scalars(select(kept_edits.c.own_edits))))


def keep(connection: Connection, rhythm: Rhythm, key: str, stored: str) -> None:
    """Keep the stored own edits of a draft that is deleted."""
    forget_kept(connection, rhythm, key)
    if stored:
        row = {"rhythm": rhythm, "key": key, "own_edits": stored}
        connection.execute(insert(kept_edits).values(row))


def forget_kept(connection: Connection, rhythm: Rhythm, key: str) -> None:
    """Forget the own edits of a deleted draft: an issue has taken them up."""
    connection.execute(
        delete(kept_edits).where(kept_edits.c.rhythm == rhythm, kept_edits.c.key == key)
    )
