"""`restore`: put a backup back, unless what is there is newer.

unpack and verify ─▶ compare with what is there ─▶ plan written ─▶ finish_restore
nothing is touched                                 nothing is undone
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from newsletter.backup import DATABASE
from newsletter.backup.archive import Manifest, is_sealed_file, read_archive
from newsletter.backup.departures import Departures, carry_departures
from newsletter.backup.finish_restore import (
    NEW,
    STAGE,
    RestorePlan,
    finish_restore,
    free_name,
    hold_writers_of,
    is_unfinished,
    put_in_place,
    write_plan,
)
from newsletter.backup.portable import (
    migrate_all,
    open_portable,
    read_portable,
    write_portable,
)
from newsletter.config.database_url import read_database_url
from newsletter.config.secrets import FILE_NAME as ENV_NAME
from newsletter.config.secrets import PASSPHRASE, load_environment, read_secrets
from newsletter.context import LOCK_NAME
from newsletter.delivery.ledger.stale_backup import missing_deliveries
from newsletter.errors import Busy, DatabaseMissing, NewerNewsletter, StorageError, UsageError
from newsletter.storage.database.engine import open_engine, snapshot, transaction
from newsletter.storage.database.migrate import require_newsletter
from newsletter.storage.database.sqlite_file import copy_file, make_single_file, sqlite_path
from newsletter.storage.identity import History
from newsletter.storage.journal import Journal, state_folder
from newsletter.storage.runs import LastBackup, save_backup

_PRESENT = "present.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """The newsletter that was put back."""

    folder: Path
    title: str
    made_at: dt.datetime
    readers: int
    issues: int
    #: The folder with what was replaced, None if nothing was there.
    kept: Path | None
    #: Whether the folder has its secrets.
    secrets: bool
    #: The keys of issues that went out in part or in whole after the backup.
    missing: tuple[str, ...]
    #: Who left after the backup was made, and stays away.
    departures: Departures


def restore(
    backup: Path,
    folder: Path,
    environ: Mapping[str, str],
    *,
    now: dt.datetime,
    over_newer: bool = False,
) -> RestoreResult:
    """Put a backup back into a folder, which may be new; return what is there now.

    Everything is read and verified before anything is touched, and a restore that is killed
    either has not happened or is ended by the next command. What was there is kept beside it.

    Raise BackupError for a file that is damaged, sealed otherwise or none of ours;
    NewerNewsletter if what is there, or the journal, knows more than the backup, unless
    `over_newer`, and for the folder of another newsletter; Busy while a run is at work there.
    """
    if not backup.is_file():
        raise UsageError(f"There is no file {backup}.", cure="Give the backup's name.")
    folder = folder.resolve()
    is_new_folder = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _locked(folder):
            if is_unfinished(folder):
                finish_restore(folder)
            return _restore(backup, folder, environ, now=now, over_newer=over_newer)
    except BaseException:
        if not is_unfinished(folder):
            shutil.rmtree(folder if is_new_folder else folder / STAGE, ignore_errors=True)
        raise


def _restore(
    backup: Path, folder: Path, environ: Mapping[str, str], *, now: dt.datetime, over_newer: bool
) -> RestoreResult:
    manifest, staged = _unpack(backup, folder, environ)
    url = _database_url(folder, environ)
    kept = free_name(folder, f"before-restore-{now.astimezone(dt.UTC):%Y-%m-%dT%H%M%SZ}")
    with hold_writers_of(url, folder) as connection:
        missing = _compare(folder, url, staged, manifest, environ, over_newer=over_newer, kept=kept)
        departures = _keep_away(folder, kept, environ, now)
        _note_backup(folder / NEW / DATABASE, backup, manifest)
        write_plan(folder, RestorePlan(database_url=url, kept=kept))
        put_in_place(folder, connection)
    return RestoreResult(
        folder=folder,
        title=manifest.title,
        made_at=manifest.made_at,
        readers=manifest.readers,
        issues=manifest.issues,
        kept=folder / kept if (folder / kept).exists() else None,
        secrets=(folder / ENV_NAME).exists() or bool(environ.get("NEWSLETTER_SECRET")),
        missing=missing,
        departures=departures,
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        with FileLock(folder / LOCK_NAME, mode=0o600).acquire(timeout=0):
            yield
    except Timeout:
        raise Busy(
            "A run is at work on this newsletter.", cure="Try again when it has ended."
        ) from None


def _unpack(backup: Path, folder: Path, environ: Mapping[str, str]) -> tuple[Manifest, History]:
    """Write the verified files below the stage; return the manifest and the database's history."""
    stage, new = folder / STAGE, folder / NEW
    shutil.rmtree(stage, ignore_errors=True)
    new.mkdir(mode=0o700, parents=True)
    passphrase = environ.get(PASSPHRASE, "")
    if not passphrase and is_sealed_file(backup):
        passphrase = load_environment(folder, environ).get(PASSPHRASE, "")
    manifest = read_archive(backup, passphrase, into=new)
    return manifest, read_portable(new / DATABASE).history


def _database_url(folder: Path, environ: Mapping[str, str]) -> str:
    """Return the address of the database as it counts after the restore."""
    return read_database_url(folder / NEW, _environment(folder, environ))


def _environment(folder: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment as it counts after the restore."""
    if (folder / NEW / ENV_NAME).exists():
        return load_environment(folder / NEW, environ)
    # Made without secrets: those of the folder stay.
    return load_environment(folder, environ)


def _keep_away(folder: Path, kept: str, environ: Mapping[str, str], now: dt.datetime) -> Departures:
    """Take over from the list that is replaced who left it, if it could be read."""
    copies = (folder / STAGE / _PRESENT, folder / kept / DATABASE)
    present = next((path for path in copies if path.exists()), None)
    if present is None:
        return Departures()
    secrets = read_secrets(_environment(folder, environ)).signing
    return carry_departures(present, folder / NEW / DATABASE, secrets=secrets, now=now)


def _note_backup(staged: Path, backup: Path, manifest: Manifest) -> None:
    """Store in the file `staged` which backup it came from: no backup holds a note of itself."""
    engine = open_portable(staged, make=False)
    try:
        # No database takes a file's name that is no text.
        with suppress(UnicodeEncodeError), transaction(engine) as connection:
            note = LastBackup(at=manifest.made_at, path=str(backup.resolve()))
            save_backup(connection, note)
    finally:
        engine.dispose()
        make_single_file(staged)


def _compare(
    folder: Path,
    url: str,
    staged: History,
    manifest: Manifest,
    environ: Mapping[str, str],
    *,
    over_newer: bool,
    kept: str,
) -> tuple[str, ...]:
    """Return the issues that the backup misses. Raise NewerNewsletter, see `restore`."""
    made_at = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    present = _present_history(folder, url, kept)
    if present is not None and present.newsletter != staged.newsletter:
        raise NewerNewsletter(
            f"The database of {folder} holds another newsletter.",
            cure="Restore into a folder of its own, with a database of its own.",
        )
    journal = Journal(folder, state=state_folder(environ), newsletter=staged.newsletter)
    engine = open_portable(folder / NEW / DATABASE, make=False)
    try:
        with snapshot(engine) as connection:
            missing = missing_deliveries(connection, journal)
    finally:
        engine.dispose()
    is_older = present is not None and present.is_newer_than(staged)
    if (is_older or missing) and not over_newer:
        what = f"{', '.join(missing)} went out" if missing else "something happened"
        if present is not None and not missing and present.newest_number > staged.newest_number:
            what = f"{present.newest_issue} went out"
        raise NewerNewsletter(
            f"The backup is of {made_at}, and {what} after it. Nothing was changed.",
            cure="Take a newer backup. If there is none, --yes puts this one back: what is here "
            "now is kept beside it, and nothing is sent before you have said `newsletter resume`."
            if missing
            else "Take a newer backup, or say --yes: what is here now is kept beside it.",
        )
    return missing


def _present_history(folder: Path, url: str, kept: str) -> History | None:
    """Return how far the database that would be replaced has come; None if it cannot be read.

    A file that cannot be read is replaced: that is what backups are for. Nothing is changed in it,
    and the rows of a PostgreSQL database are kept as a file.
    """
    engine = open_engine(url, folder, make=False)
    try:
        require_newsletter(engine, folder)
        path = sqlite_path(engine)
        if path is None:
            migrate_all(engine)
            (folder / kept).mkdir(mode=0o700, exist_ok=True)
            history = write_portable(engine, folder / kept / DATABASE).history
        else:
            copy = folder / STAGE / _PRESENT
            copy_file(path, copy)
            history = read_portable(copy).history
    except DatabaseMissing:
        return None
    except StorageError:
        if sqlite_path(engine) is None:
            raise
        return None
    finally:
        engine.dispose()
    return None if history.moved_to else history
