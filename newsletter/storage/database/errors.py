"""Translate database errors to StorageError, in plain words and with a cure."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from newsletter.errors import StorageError

#: What a database says that was left behind by a move (`relocation.refuse_changes`).
LEFT_BEHIND = "this newsletter has moved to another database"
# The lowest byte of SQLite's code is the primary one: https://www.sqlite.org/rescode.html
_PRIMARY = 0xFF
# SQLSTATE codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICT = ("40001", "40P01")
_CONNECTION_LOST = ("08", "57P", "25P03")
# libpq reports no SQLSTATE while it connects, so these errors are recognised by the server's
# message: (words, what happened, cure, whether a retry may help).
_CONNECT_ERRORS = (
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
    """Raise StorageError for errors of the database. Bugs of ours pass through unchanged."""
    try:
        yield
    except DBAPIError as error:
        translated = _translate(error)
        if translated is None:
            raise
        raise translated from error
    except Exception as error:
        # COPY and raw rows call the driver directly, so its errors arrive unwrapped.
        translated = _translate(_wrap(error)) if _is_driver_error(error) else None
        if translated is None:
            raise
        raise translated from error


def read_only_error() -> StorageError:
    """Return the error for a server that takes no writes."""
    return StorageError(
        "The database server only reads: it is a standby, or was set read-only.",
        cure="Give [database] url the address of the primary server; nothing was changed.",
    )


def _is_driver_error(error: Exception) -> bool:
    kinds = {(kind.__module__, kind.__name__) for kind in type(error).__mro__}
    return not kinds.isdisjoint({("sqlite3", "Error"), ("psycopg", "Error")})


def _wrap(error: Exception) -> DBAPIError:
    operational = "OperationalError" in {kind.__name__ for kind in type(error).__mro__}
    lost = operational and not getattr(error, "sqlstate", None)
    wrapped = DBAPIError.instance(None, None, error, Exception, connection_invalidated=lost)
    assert isinstance(wrapped, DBAPIError)  # noqa: S101  # a driver's error always becomes one
    return wrapped


def _translate(error: DBAPIError) -> StorageError | None:
    words = " ".join(str(error.orig).split())
    if LEFT_BEHIND in words:
        return StorageError(
            f"Nothing can be stored here: {LEFT_BEHIND}.",
            cure="Start this program again; it says where the newsletter is now.",
        )
    if "psycopg" in type(error.orig).__module__:
        return _translate_postgresql(error, words)
    if getattr(error.orig, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY:
        return StorageError(
            f"The database is in use by another program: {words}.",
            cure="End what holds it, a backup or a database browser; nothing was lost.",
            passing=True,
        )
    if isinstance(error, OperationalError):
        return StorageError(
            f"The database cannot be used: {words}.",
            cure="See that its disk has room and that you may write there; nothing was lost.",
        )
    if type(error) is DatabaseError:  # its subclasses would be bugs of ours
        return StorageError(
            f"The database is damaged, or is not a database: {words}.",
            cure="Put it back from a backup; nothing was changed.",
        )
    return None


def _translate_postgresql(error: DBAPIError, words: str) -> StorageError | None:
    code = getattr(error.orig, "sqlstate", None) or ""
    if code in _CONFLICT:
        return StorageError(
            "Two commands were in each other's way in the database.",
            cure="Try again; nothing was changed.",
            passing=True,
        )
    if "statement pooling mode" in words:
        return StorageError(
            "A connection pooler stands before the database, in statement mode, which allows no "
            "transactions.",
            cure="Let the pooler keep sessions (PgBouncer: pool_mode = session).",
        )
    if error.connection_invalidated or code.startswith(_CONNECTION_LOST):
        return StorageError(
            f"The connection to the database was lost: {words}.",
            cure="Try again when the server is back; what was committed is kept.",
            passing=True,
        )
    # A transaction that asks to write on a standby is "not supported" (0A000).
    if code == "25006" or (code == "0A000" and "during recovery" in words):
        return read_only_error()
    if code == "42501":
        return StorageError(
            f"The database does not allow that: {words}.",
            cure="Make its user the owner of the database, or give it CREATE there.",
        )
    if not isinstance(error, OperationalError):
        return None
    if code:
        return StorageError(
            f"The database cannot be used: {words}.",
            cure="See the server's log, its disk and its limits; nothing was lost.",
        )
    for known_words, happened, cure, passing in _CONNECT_ERRORS:
        if any(known in words for known in known_words):
            return StorageError(
                f"{happened}: {_without_prefix(words)}.", cure=cure, passing=passing
            )
    return StorageError(
        f"The database server cannot be reached: {_without_prefix(words)}.",
        cure="See that it runs, and that [database] url names its host and port; nothing was lost.",
        passing=True,
    )


def _without_prefix(words: str) -> str:
    """Return the server's words without the host, port and severity that libpq puts before."""
    return words.rpartition("FATAL: ")[2].strip().rstrip(".").partition(" Is the server")[0]
