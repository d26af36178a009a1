"""How the machine that leads a delivery is set up: what others compare themselves with."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from newsletter.storage.tables import lead


def save_fingerprint(connection: Connection, issue_id: int, fingerprint: Mapping[str, str]) -> None:
    """Whoever leads now has these."""
    connection.execute(delete(lead).where(lead.c.issue_id == issue_id))
    connection.execute(insert(lead).values(issue_id=issue_id, traits=dict(fingerprint)))


def fingerprint_of(connection: Connection, issue_id: int) -> dict[str, str]:
    """The traits of who leads this issue's delivery; none where nobody ever did."""
    return dict(connection.scalar(select(lead.c.traits).where(lead.c.issue_id == issue_id)) or {})


def newest_fingerprint(connection: Connection) -> dict[str, str]:
    """The traits of who led the newest delivery."""
    query = select(lead.c.traits).order_by(lead.c.issue_id.desc()).limit(1)
    return dict(connection.scalar(query) or {})
