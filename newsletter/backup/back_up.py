"""`backup`: a checked copy of the whole newsletter in one file, while everything runs.

    journal ─▶ database ─▶ settings      staged beside the file, in this order
                               │
    read back and compared ◀───┴─ packed and sealed ─▶ renamed to its name

The journal comes first. So the database of a backup knows every delivery that its journal names,
also if it is made in the middle of a delivery.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from newsletter import __version__
from newsletter.backup import DATABASE, ENVIRONMENT, FOLDERS, IGNORED, JOURNAL, SETTINGS
from newsletter.backup.archive import Manifest, digest_files, is_backup, read_archive, write_archive
from newsletter.backup.portable import PortableCopy, write_portable
from newsletter.config.database_url import without_database_password
from newsletter.config.file_modes import create_private, is_private
from newsletter.config.secrets import complete_env_file, load_environment, read_passphrase
from newsletter.context import Context
from newsletter.errors import BackupError, StorageError, UsageError
from newsletter.storage.database.engine import transaction
from newsletter.storage.runs import LastBackup, save_backup

_STAGE = ".newsletter-backup-"
_NAME = re.compile(r"newsletter-\d{4}-\d\d-\d\dT\d{6}Z\.tar\.gz(\.age)?")
# What a backup that was killed has left is no longer in use after this many seconds.
_ABANDONED = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """The backup that was made."""

    path: Path
    size: int
    sealed: bool
    secrets: bool
    #: Whether other users of this machine cannot read the file.
    private: bool
    readers: int
    issues: int
    #: The older backups that were deleted.
    removed: tuple[Path, ...]


def back_up(
    context: Context,
    target: Path,
    environ: Mapping[str, str],
    *,
    secrets: bool = True,
    keep: int = 0,
) -> BackupResult:
    """Write a backup to the file `target`, or to a file named by the time in the folder `target`.

    `keep` is how many files of that name stay in the folder, 0 for all. The file replaces an
    older backup at once; a run of the program, or of the backup, that is killed leaves that as it
    was. Takes no lock, because it holds up nobody.

    Raise UsageError for a file that is no backup, and for `keep` without a folder; BackupError if
    what was written cannot be read back; StorageError or OSError if the disk or database fails.
    """
    passphrase = read_passphrase(load_environment(context.folder, environ))
    now, target = context.real_clock(), target.resolve()
    is_folder = target.is_dir()
    if keep and not is_folder:
        raise UsageError(
            f"--keep counts the backups of a folder, and {target} is none.",
            cure=f"Make it with `mkdir {target}`, or leave --keep out.",
        )
    path = target / _file_name(now, sealed=bool(passphrase)) if is_folder else target
    _require_replaceable(path)
    with _staging_folder(path.parent) as stage:
        files = stage / "files"
        files.mkdir(mode=0o700)
        copy = _stage_files(context.engine, context.folder, files, environ, secrets=secrets)
        manifest = Manifest(
            program=__version__,
            made_at=now,
            newsletter=copy.history.newsletter,
            title=context.settings.newsletter.title,
            secrets=secrets,
            readers=copy.readers,
            issues=copy.history.newest_number,
            members=digest_files(files),
        )
        packed = stage / "packed"
        write_archive(packed, files, manifest, passphrase)
        if read_archive(packed, passphrase) != manifest:
            raise BackupError("What was written differs from what was read back.")
        packed.replace(path)
        _sync_folder(path.parent)
    # For `newsletter doctor`. A database that takes no writes can be backed up all the same, and
    # no database takes a file's name that is no text.
    with suppress(StorageError, UnicodeEncodeError), transaction(context.engine) as connection:
        save_backup(connection, LastBackup(at=now, path=str(path)))
    return BackupResult(
        path=path,
        size=path.stat().st_size,
        sealed=bool(passphrase),
        secrets=secrets,
        private=is_private(path),
        readers=manifest.readers,
        issues=manifest.issues,
        removed=_remove_older(path, keep) if keep else (),
    )


def _file_name(now: dt.datetime, *, sealed: bool) -> str:
    name = f"newsletter-{now.astimezone(dt.UTC):%Y-%m-%dT%H%M%SZ}.tar.gz"
    return f"{name}.age" if sealed else name


def _require_replaceable(path: Path) -> None:
    """Raise UsageError if the file is there and no backup, or its folder is not there."""
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", cure="Make it, then try again.")
    if path.exists() and not is_backup(path):
        raise UsageError(
            f"{path} is no backup, and is not replaced.", cure="Choose another name for the file."
        )


@contextmanager
def _staging_folder(beside: Path) -> Iterator[Path]:
    """Yield a new folder that only this user may read; it is gone afterwards."""
    for abandoned in beside.glob(f"{_STAGE}*"):
        with suppress(OSError):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED:
                shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(prefix=_STAGE, dir=beside) as folder:
        yield Path(folder)


def _stage_files(
    engine: Engine, folder: Path, files: Path, environ: Mapping[str, str], *, secrets: bool
) -> PortableCopy:
    """Copy everything that belongs to the newsletter; return what its database holds."""
    _copy_if_there(folder / JOURNAL, files / JOURNAL)
    copy = write_portable(engine, files / DATABASE)
    settings = (folder / SETTINGS).read_bytes()
    if secrets:
        _write(files / ENVIRONMENT, complete_env_file(folder, environ).encode())
    else:
        settings = without_database_password(settings)
    _write(files / SETTINGS, settings)
    _copy_if_there(folder / IGNORED, files / IGNORED)
    for name in FOLDERS:
        for path in sorted((folder / name).rglob("*")):
            # A link may lead anywhere; what it leads to is copied as a file.
            if path.is_file():
                member = files / path.relative_to(folder)
                member.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _copy_if_there(path, member)
    return copy


def _copy_if_there(source: Path, target: Path) -> None:
    with suppress(FileNotFoundError), source.open("rb") as file:
        create_private(target)
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)


def _write(path: Path, octets: bytes) -> None:
    create_private(path)
    path.write_bytes(octets)


def _sync_folder(folder: Path) -> None:
    """Have a rename in the folder on the disk, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_older(newest: Path, keep: int) -> tuple[Path, ...]:
    """Delete all but the newest `keep` backups of a folder; return those that are gone."""
    backups = sorted(
        (path for path in newest.parent.iterdir() if _NAME.fullmatch(path.name)),
        key=lambda path: path.name.partition(".")[0],
    )
    older = [path for path in backups[:-keep] if path != newest]
    for path in older:
        path.unlink()
    return tuple(older)
