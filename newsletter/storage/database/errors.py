"""What is wrong with the database, in words and with its cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from newsletter.errors import StorageError

# SQLite's codes carry details above their lowest byte: https://www.sqlite.org/rescode.html
_PRIMARY = 0xFF
# PostgreSQL's own codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_GAVE_WAY = ("40001", "40P01")
_LOST = ("08", "57P", "25P03")
# Words of the server where there is no code: while connecting libpq keeps it to itself.
_AT_THE_DOOR = (
    (
        ("password", "authentication", "pg_hba.conf", "role"),
        "The database server does not let us in",
        "See the user and password in [database] url or NEWSLETTER_DATABASE_URL.",
        False,
    ),
    (
        ("does not exist",),
        "The database is not there",
        "Make it with `createdb`, or correct the name in [database] url.",
        False,
    ),
    (
        ("too many clients", "remaining connection slots", "too many connections"),
        "The database server takes no more connections",
        "End what you do not need, or raise its max_connections.",
        True,
    ),
    (
        ("starting up", "shutting down", "recovery mode"),
        "The database server is just starting or stopping",
        "Try again in a minute.",
        True,
    ),
)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Faults of the database become StorageErrors; faults of ours stay what they are."""
    try:
        yield
    except DBAPIError as error:
        told = _plain(error)
        if told is None:
            raise
        raise told from error
    except Exception as error:
        # The drivers' own, where they are asked without SQLAlchemy between: for COPY, for rows.
        told = _plain(_wrapped(error)) if _is_a_driver_s(error) else None
        if told is None:
            raise
        raise told from error


def _is_a_driver_s(error: Exception) -> bool:
    kinds = {(kind.__module__, kind.__name__) for kind in type(error).__mro__}
    return not kinds.isdisjoint({("sqlite3", "Error"), ("psycopg", "Error")})


def _wrapped(error: Exception) -> DBAPIError:
    operational = "OperationalError" in {kind.__name__ for kind in type(error).__mro__}
    gone = operational and not getattr(error, "sqlstate", None)
    found = DBAPIError.instance(None, None, error, Exception, connection_invalidated=gone)
    assert isinstance(found, DBAPIError)  # noqa: S101  # a driver's error always becomes one
    return found


def _plain(error: DBAPIError) -> StorageError | None:
    said = " ".join(str(error.orig).split())
    if "psycopg" in type(error.orig).__module__:
        return _postgresql(error, said)
    if getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY:
        return StorageError(
            f"The database is in use by another program: {said}.",
            cure="End what holds it, a backup or a database browser; nothing was lost.",
            passing=True,
        )
    if isinstance(error, OperationalError):
        return StorageError(
            f"The database cannot be used: {said}.",
            cure="See that its disk has room and that you may write there; nothing was lost.",
        )
    if type(error) is DatabaseError:  # the narrower ones would be faults of ours
        return StorageError(
            f"The database is damaged, or is none: {said}.",
            cure="Put it back from a backup; nothing was changed.",
        )
    return None


def _postgresql(error: DBAPIError, said: str) -> StorageError | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    if code in _GAVE_WAY:
        return StorageError(
            "Two commands were in each other's way in the database.",
            cure="Try again; nothing was changed.",
            passing=True,
        )
    if error.connection_invalidated or code.startswith(_LOST):
        return StorageError(
            f"The connection to the database was lost: {said}.",
            cure="Try again when the server is back; what was committed is kept.",
            passing=True,
        )
    if code == "42501":
        return StorageError(
            f"The database does not allow that: {said}.",
            cure="Make its user the owner of the database, or give it CREATE there.",
        )
    if not isinstance(error, OperationalError):
        return None
    if code:
        return StorageError(
            f"The database cannot be used: {said}.",
            cure="See the server's log, its disk and its limits; nothing was lost.",
        )
    for words, happened, cure, passing in _AT_THE_DOOR:
        if any(word in said for word in words):
            return StorageError(f"{happened}: {_short(said)}.", cure=cure, passing=passing)
    return StorageError(
        f"The database server cannot be reached: {_short(said)}.",
        cure="See that it runs, and that [database] url names its host and port; nothing was lost.",
        passing=True,
    )


def _short(said: str) -> str:
    """The server's own words, without libpq's long way there."""
    return said.rpartition("FATAL: ")[2].strip().rstrip(".").partition(" Is the server")[0]
