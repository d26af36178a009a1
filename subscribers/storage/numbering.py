"""The numbers of the list's rows: how far they went, so that none is ever given again.

Deliveries, reports of a mailer and the consent log name people by them. A database of its own
accord gives no number twice, but an older copy of it or a new one knows nothing of the numbers
that were given since.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

from subscribers.storage.tables import subscribers


def highest_number(connection: Connection) -> int:
    """Return the highest number that was given to a row, erased ones included."""
    if connection.dialect.name == "postgresql":
        # A sequence that never gave a number has the first one as its last value.
        query = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM subscribers_id_seq"
    else:
        query = "SELECT seq FROM sqlite_sequence WHERE name = 'subscribers'"
    # A migration of before may have copied rows with their numbers.
    given = int(connection.scalar(text(query)) or 0)
    return max(given, int(connection.scalar(select(func.max(subscribers.c.id))) or 0))


def skip_numbers(connection: Connection, up_to: int) -> None:
    """Let the next row have a number above `up_to`; no number is given back."""
    if connection.dialect.name == "postgresql":
        sequence = text("SELECT setval('subscribers_id_seq', :up_to)")
        connection.execute(sequence, {"up_to": up_to})
        return
    moved = text("UPDATE sqlite_sequence SET seq = :up_to WHERE name = 'subscribers'")
    if connection.execute(moved, {"up_to": up_to}).rowcount == 0:
        first = text("INSERT INTO sqlite_sequence (name, seq) VALUES ('subscribers', :up_to)")
        connection.execute(first, {"up_to": up_to})
