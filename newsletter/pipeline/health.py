"""Whether the newsletter can do its work at this moment."""

from __future__ import annotations

from newsletter.context import Context
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people

_NOBODY = 0


def check_database(context: Context) -> None:
    """Asks the database for a row. Raises NewsletterError when it does not answer.

    It looks into a real table: SQLite makes a missing file anew and would say yes.
    """
    with snapshot(context.engine) as connection:
        people.by_id(connection, _NOBODY)
