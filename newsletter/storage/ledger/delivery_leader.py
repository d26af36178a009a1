"""The settings of the machine that leads a delivery, for workers to compare themselves with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from newsletter.storage.tables import leader


def save_fingerprint(connection: Connection, issue_id: int, fingerprint: Mapping[str, str]) -> None:
    """Store the settings of the machine that leads now."""
    connection.execute(delete(leader).where(leader.c.issue_id == issue_id))
    connection.execute(insert(leader).values(issue_id=issue_id, fingerprint=dict(fingerprint)))


def fingerprint_of(connection: Connection, issue_id: int) -> dict[str, str]:
    """Return the settings of the machine that leads this issue's delivery, {} for none."""
    return dict(
        connection.scalar(select(leader.c.fingerprint).where(leader.c.issue_id == issue_id)) or {}
    )


def newest_fingerprint(connection: Connection) -> dict[str, str]:
    """Return the settings of the machine that led the newest delivery, {} for none."""
    query = select(leader.c.fingerprint).order_by(leader.c.issue_id.desc()).limit(1)
    return dict(connection.scalar(query) or {})
