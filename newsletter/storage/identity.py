"""Which newsletter a database holds, how far it has come, and whether another took its place."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from newsletter.storage.tables import batch, identity, issue

_MACHINE_ID = Path("/etc/machine-id")
# The content of the file in an image before its first boot (machine-id(5)).
_NO_IDS = ("", "uninitialized")
# The lowest bit of the first byte: the number is random and not a network card's (RFC 9562, 6.10).
_IS_RANDOM = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The one row of the table `identity`."""

    #: A random id. A copy of the database has the same one.
    newsletter: str
    #: The machine that sent last, "" for none.
    machine: str
    #: Where the newsletter was moved to, "" if it was not.
    moved_to: str
    #: Whether a move into this database has not ended.
    arriving: bool


def read_identity(connection: Connection) -> Identity:
    """Return whose database this is."""
    row = connection.execute(select(identity)).one()
    return Identity(
        newsletter=row.newsletter,
        machine=row.machine,
        moved_to=row.moved_to,
        arriving=row.arriving,
    )


def set_machine(connection: Connection, machine: str) -> None:
    """Store which machine sends from this database."""
    connection.execute(update(identity).values(machine=machine))


def set_moved(connection: Connection, moved_to: str) -> None:
    """Store where the newsletter was moved to."""
    connection.execute(update(identity).values(moved_to=moved_to))


def set_arriving(connection: Connection, *, arriving: bool) -> None:
    """Store whether a move into this database goes on. It has not moved on from here."""
    connection.execute(update(identity).values(arriving=arriving, moved_to=""))


def machine_mark() -> str:
    """Return a hash that names this machine, "" if it has no id that stays, as in a container.

    A machine's id must not be shown to others (machine-id(5)), and a backup holds this hash.
    """
    try:
        machine = _MACHINE_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        number = uuid.getnode()
        machine = "" if _is_container() or number & _IS_RANDOM else f"{number:012x}"
    if machine in _NO_IDS:
        return ""
    return hashlib.sha256(f"happy trails: {machine}".encode()).hexdigest()


def _is_container() -> bool:
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How far a database has come. Of two databases of a newsletter, the one with more is newer."""

    newsletter: str
    #: Where the newsletter was moved to, "" if it was not.
    moved_to: str
    #: The key and number of the newest frozen issue, "" and 0 before the first.
    newest_issue: str
    newest_number: int
    #: The number of the newest batch that was handed to a mailer.
    newest_batch: int
    #: The number of the newest change of a status on the list.
    changes: int

    def is_newer_than(self, other: History) -> bool:
        """Whether something happened here that the other one does not know."""
        return (
            self.newest_number > other.newest_number
            or self.newest_batch > other.newest_batch
            or self.changes > other.changes
        )


def read_history(connection: Connection, *, changes: int) -> History:
    """Return how far the database has come; `changes` is the newest line of the consent log."""
    newest = connection.execute(
        select(issue.c.key, issue.c.number)
        .where(issue.c.frozen_at.is_not(None))
        .order_by(issue.c.number.desc())
        .limit(1)
    ).first()
    newest_batch = connection.scalar(select(func.max(batch.c.id)).where(batch.c.attempt_id != ""))
    holder = read_identity(connection)
    return History(
        newsletter=holder.newsletter,
        moved_to=holder.moved_to,
        newest_issue=newest.key if newest else "",
        newest_number=newest.number if newest else 0,
        newest_batch=newest_batch or 0,
        changes=changes,
    )
