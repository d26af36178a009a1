"""`database move`: take the whole newsletter to another database, SQLite or PostgreSQL.

    1  the target has all rows, verified, and is marked as arriving     ─┐ killed here, the move
    2  the source takes no row any more, and says where to look          │ goes on when it is
    3  the target is open                                                │ called again
    4  the settings name it                                             ─┘

Nothing can be written to the source from before the first row is read until step 2 is committed.
So no sign-up is lost, and at no moment do two databases send.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, Engine

from newsletter.backup.portable import TABLES, migrate_all, transfer_rows
from newsletter.config.database_url import read_database_url, write_database_url
from newsletter.config.load import load_settings
from newsletter.context import LOCK_NAME
from newsletter.errors import Busy, DatabaseMissing, DatabaseMoved, NotReady, UsageError
from newsletter.storage import identity, issues
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import require_newsletter
from newsletter.storage.database.postgresql import RunLock, require_sessions
from newsletter.storage.database.relocation import count_rows, refuse_changes
from newsletter.storage.database.sqlite_file import make_single_file, sqlite_path
from newsletter.storage.identity import Identity
from newsletter.storage.ledger import batches

_ARRIVING = ".arriving"
_BESIDE = ("-wal", "-shm")
# A new database has a row in each of the other two.
_FILLED = [table for table in TABLES if table.name not in ("identity", "gate")]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveResult:
    """The move that ended."""

    #: Where the newsletter was and is, without passwords.
    source: str
    target: str
    rows: int
    #: What was written to the settings, or is still to be.
    settings: str


def move_database(folder: Path, environ: Mapping[str, str], url: str) -> MoveResult:
    """Move the newsletter of a folder to the database at `url`; return what was moved.

    Call it again after a move was cut short. Raise NotReady while a delivery is under way, Busy
    while a run is at work, UsageError for the same database or one that holds a newsletter, and
    StorageError if a row did not arrive as it left. The source is as it was then.
    """
    folder = folder.resolve()
    load_settings(folder)
    source = _open(read_database_url(folder, environ), folder)
    with ExitStack() as cleanup:
        cleanup.callback(source.dispose)
        cleanup.enter_context(_locked(folder, source))
        if _name(source) == _name(open_engine(url, folder, make=False)):
            raise _same_database(source)
        has_left = bool(read_here(source).moved_to)
        target = _open(url, folder) if has_left else _copy(source, url, folder)
        cleanup.callback(target.dispose)
        return _end(source, target, folder, environ, url)


def read_here(engine: Engine) -> Identity:
    """Return whose database this is."""
    with snapshot(engine) as connection:
        return identity.read_identity(connection)


def require_here(held: Identity) -> None:
    """Raise DatabaseMoved if the newsletter is not in the database of this identity any more."""
    if held.moved_to:
        raise DatabaseMoved(
            f"This newsletter has moved to {held.moved_to}, and this database is closed.",
            cure="Set [database] url, or NEWSLETTER_DATABASE_URL, to that one. If the move was cut "
            "short, `newsletter database move` with its address ends it.",
        )
    if held.arriving:
        raise DatabaseMoved(
            "The move into this database was cut short.",
            cure="Set [database] url to where the newsletter was, and call `newsletter database "
            "move` with this one's address again.",
        )


def _open(url: str, folder: Path) -> Engine:
    """Open a database that holds a newsletter."""
    engine = open_engine(url, folder, make=False)
    require_sessions(engine)
    require_newsletter(engine, folder)
    migrate_all(engine)
    return engine


def _name(engine: Engine) -> str:
    """Return what tells a database from another one, without its password."""
    path = sqlite_path(engine)
    if path is not None:
        return str(path.resolve())
    url = engine.url
    return URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    ).render_as_string()


def _same_database(engine: Engine) -> UsageError:
    return UsageError(
        f"The newsletter is in {_name(engine)} already.", cure="Name the database to move to."
    )


@contextmanager
def _locked(folder: Path, source: Engine) -> Iterator[None]:
    try:
        with FileLock(folder / LOCK_NAME, mode=0o600).acquire(timeout=0), RunLock(source).held():
            yield
    except Timeout:
        raise Busy(
            "A run is at work on this newsletter.", cure="Try again when it has ended."
        ) from None


def _copy(source: Engine, url: str, folder: Path) -> Engine:
    """Do steps 1 and 2; return the engine of the target."""
    target = _prepare(url, folder, read_here(source).newsletter)
    try:
        with transaction(source) as before:
            _require_quiet(before)
            with transaction(target) as after:
                transfer_rows(before, after)
                identity.set_arriving(after, arriving=True)
            target = _settle(target, url, folder)
            is_file = sqlite_path(target) is not None
            identity.set_moved(before, f"sqlite:///{_name(target)}" if is_file else _name(target))
            refuse_changes(before, TABLES)
    except BaseException:
        target.dispose()
        raise
    return target


def _prepare(url: str, folder: Path, newsletter: str) -> Engine:
    """Return an engine with the current schema, whose rows may be replaced."""
    target = open_engine(url, folder, make=False)
    try:
        require_sessions(target)
        require_newsletter(target, folder)
        migrate_all(target)
        _require_replaceable(target, newsletter)
    except DatabaseMissing:
        # Nothing is there, which is as it should be.
        pass
    finally:
        target.dispose()
    path = sqlite_path(target)
    if path is None:
        target = open_engine(url, folder, make=True)
        migrate_all(target)
        return target
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", cure="Make it, then try again.")
    draft = path.with_name(path.name + _ARRIVING)
    for name in (draft, *(draft.with_name(draft.name + end) for end in _BESIDE)):
        name.unlink(missing_ok=True)
    target = open_engine(f"sqlite:///{draft}", folder, make=True)
    migrate_all(target)
    return target


def _require_replaceable(target: Engine, newsletter: str) -> None:
    """Raise UsageError for rows that no move of this newsletter left behind or half done."""
    with snapshot(target) as connection:
        held = identity.read_identity(connection)
        if not count_rows(connection, _FILLED):
            return
    if held.newsletter != newsletter or not (held.moved_to or held.arriving):
        raise UsageError(
            f"There is a newsletter in {_name(target)}, and it is not replaced.",
            cure="Name an empty database.",
        )


def _settle(target: Engine, url: str, folder: Path) -> Engine:
    """Give a SQLite target its name; return the engine to go on with."""
    draft = sqlite_path(target)
    if draft is None:
        return target
    target.dispose()
    make_single_file(draft)
    settled = open_engine(url, folder, make=False)
    path = sqlite_path(settled)
    if path is not None:
        for end in _BESIDE:
            path.with_name(path.name + end).unlink(missing_ok=True)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    return settled


def _require_quiet(connection: Connection) -> None:
    """Raise NotReady if an issue is being delivered."""
    for issue in issues.all_issues(connection):
        is_in_flight = batches.count_in_flight(connection, issue.id) > 0
        if issue.status in ("frozen", "sending") or is_in_flight:
            raise NotReady(
                f"Issue {issue.number} is being delivered.",
                cure=f"Let it end with `newsletter send {issue.number}`, then move.",
            )


def _end(
    source: Engine, target: Engine, folder: Path, environ: Mapping[str, str], url: str
) -> MoveResult:
    """Do steps 3 and 4."""
    here, there = read_here(source), read_here(target)
    if there.newsletter != here.newsletter or there.moved_to:
        raise UsageError(
            f"The newsletter has moved to {here.moved_to}, and not to {_name(target)}.",
            cure="Call it with that address.",
        )
    with transaction(target) as connection:
        identity.set_arriving(connection, arriving=False)
        rows = count_rows(connection, TABLES)
    settings = write_database_url(folder, environ, url)
    return MoveResult(source=_name(source), target=_name(target), rows=rows, settings=settings)
