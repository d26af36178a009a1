"""SQLite's page cache, larger for a while: its own of 2 MB holds no index of a long list.

Nearly every row of a million that come unordered would read a page of the index and write one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

LARGE = 24_000  # KiB


@contextmanager
def enlarge_page_cache(connection: Connection) -> Iterator[None]:
    """Let SQLite keep 24 MB of pages until the end of the block. PostgreSQL is left as it is."""
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = int(connection.exec_driver_sql("PRAGMA cache_size").scalar_one())
    connection.exec_driver_sql(f"PRAGMA cache_size = -{LARGE}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {usual}")
