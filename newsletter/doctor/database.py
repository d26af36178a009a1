"""The database: whether it is whole, takes what is written, and keeps sessions whole."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import StorageError
from newsletter.storage.database.health import DatabaseHealth, examine_database

_SECONDS = 8.0
_PUT_BACK = "Put it back from your latest backup (`newsletter restore`)."
_OLDEST_POSTGRESQL = 13


def check_database(installation: Installation) -> Iterator[Diagnosis]:
    """Judge the database. Opens it for reading only."""
    try:
        health = examine_database(
            installation.database_url,
            installation.folder,
            seconds=installation.seconds_left(_SECONDS),
        )
    except StorageError as problem:
        yield error("database", problem.message, problem.cure)
        return
    yield from judge_database(health)


def judge_database(health: DatabaseHealth) -> Iterator[Diagnosis]:
    """Judge what the database says of itself. Pure."""
    name = "SQLite" if health.kind == "sqlite" else "PostgreSQL"
    if health.damage:
        yield error("database-integrity", f"It is damaged: {health.damage[0]}.", _PUT_BACK)
    elif health.is_examined:
        yield ok("database", f"{name} {health.version} answers, and it is whole.")
    else:
        yield note("database", f"{name} {health.version} answers; it is too large to look through.")
    yield from _judge_schema(health)
    yield from _judge_server(health)
    if health.is_pooled_by_transaction:
        yield error(
            "database-pooler",
            "A connection pooler stands before it in transaction mode: locks that keep two runs "
            "apart do not hold there.",
            "Set `pool_mode = session` in PgBouncer, or give the server's own address.",
        )
    if health.remote_disk:
        yield warning(
            "database-disk",
            f"The file lies on a network disk ({health.remote_disk}), where SQLite's locks may not "
            "hold, and a file can be damaged.",
            "Move the folder to a disk of this machine, or use PostgreSQL.",
        )


def _judge_schema(health: DatabaseHealth) -> Iterator[Diagnosis]:
    if not health.schema:
        yield error("database-schema", "It holds no newsletter.", _PUT_BACK)
    elif health.schema > health.newest_schema:
        yield error(
            "database-schema",
            f"It was made by a newer version of this program (schema {health.schema}, and this "
            f"one knows {health.newest_schema}).",
            "Install the newest version; nothing was changed.",
        )
    elif health.schema < health.newest_schema:
        yield note(
            "database-schema",
            f"It is of an earlier version (schema {health.schema} of {health.newest_schema}).",
            "The next command brings it up to date by itself.",
        )


def _judge_server(health: DatabaseHealth) -> Iterator[Diagnosis]:
    if health.is_standby:
        yield error(
            "database-read-only",
            "The server is a standby: it only repeats what another server writes.",
            "Give the address of the primary server in [database] url.",
        )
    elif health.is_read_only:
        yield error(
            "database-read-only",
            "Nothing can be written to it.",
            "See that you may write to the file and its folder, and that the disk is not mounted "
            "read-only."
            if health.kind == "sqlite"
            else "Set default_transaction_read_only = off for its user.",
        )
    major = health.version.partition(".")[0]
    if health.kind == "postgresql" and major.isdigit() and int(major) < _OLDEST_POSTGRESQL:
        yield error(
            "database-version",
            f"PostgreSQL {health.version} is too old.",
            f"Use version {_OLDEST_POSTGRESQL} or newer.",
        )
