"""Whether the newsletter can work at this moment."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people

_NO_SUBSCRIBER = 0


def check_database(context: Context) -> None:
    """Read a row from the database. Raise NewsletterError if that fails.

    It reads a table of ours, because SQLite creates a missing file instead of failing.
    """
    with snapshot(context.engine) as connection:
        people.find_by_id(connection, _NO_SUBSCRIBER)
