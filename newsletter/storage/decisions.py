"""The author's decisions: the log of them, and the slots that were moved or skipped."""

from __future__ import annotations

from typing import cast

from sqlalchemy import Connection, delete, insert, select

from newsletter.models import Decider, LoggedDecision, Rhythm, SlotChange
from newsletter.storage.tables import decision, slot_change


def log(connection: Connection, entry: LoggedDecision) -> None:
    """Add a decision to the log."""
    connection.execute(
        insert(decision).values(
            number=entry.number,
            key=entry.key,
            at=entry.at,
            kind=entry.kind,
            way=entry.by.way,
            who=entry.by.who,
            detail=entry.detail,
            content_hash=entry.content_hash,
        )
    )


def decisions_on(connection: Connection, number: int) -> tuple[LoggedDecision, ...]:
    """Return the decisions about the issue of that number, oldest first."""
    query = select(decision).where(decision.c.number == number).order_by(decision.c.id)
    return tuple(
        LoggedDecision(
            number=row.number,
            key=row.key,
            at=row.at,
            kind=row.kind,
            by=Decider(way=row.way, who=row.who),
            detail=row.detail,
            content_hash=row.content_hash,
        )
        for row in connection.execute(query)
    )


def slot_changes(connection: Connection, rhythm: Rhythm) -> tuple[SlotChange, ...]:
    """Return the slots of a rhythm that the author moved or skipped."""
    query = select(slot_change).where(slot_change.c.rhythm == rhythm)
    return tuple(
        SlotChange(rhythm=cast("Rhythm", row.rhythm), key=row.key, moved_to=row.moved_to)
        for row in connection.execute(query)
    )


def change_slot(connection: Connection, change: SlotChange) -> None:
    """Store that a slot is moved or skipped, in place of what was stored of it."""
    restore_slot(connection, change.rhythm, change.key)
    values = {"rhythm": change.rhythm, "key": change.key, "moved_to": change.moved_to}
    connection.execute(insert(slot_change).values(values))


def restore_slot(connection: Connection, rhythm: Rhythm, key: str) -> None:
    """Let a slot be as the settings say."""
    connection.execute(
        delete(slot_change).where(slot_change.c.rhythm == rhythm, slot_change.c.key == key)
    )
