"""The last backup: whether there is one, how old it is, and whether it can be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from newsletter.backup.archive import is_backup, read_archive
from newsletter.config.secrets import read_passphrase
from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import BackupError, SettingsError, StorageError
from newsletter.storage.database.engine import snapshot_at
from newsletter.storage.runs import LastBackup, last_backup

_OLD = dt.timedelta(days=35)
# More cannot be read through in the time of a check.
_MOST_BYTES = 200 * 1024**2
_MAKE = "Make one: `newsletter backup FILE`, best on another disk, and best by a timer."


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFacts:
    """What became of the last backup."""

    #: The backup that was made last from here, None if none was.
    backup: LastBackup | None
    #: "gone" if nothing is at its place any more, "large" if it was not read to its end.
    state: Literal["read", "large", "gone", "unreadable"] = "read"
    #: Why it cannot be read, and what to do.
    problem: str = ""
    cure: str = ""


def check_backup(installation: Installation) -> Iterator[Diagnosis]:
    """Read the last backup through, and judge it."""
    try:
        with snapshot_at(installation.database_url, installation.folder) as connection:
            backup = last_backup(connection)
    except StorageError:
        # The check of the database says why.
        return
    facts = _read(installation, backup) if backup else BackupFacts(backup=None)
    yield from judge_backup(facts, installation.now, is_real=installation.is_real)


def judge_backup(facts: BackupFacts, now: dt.datetime, *, is_real: bool) -> Iterator[Diagnosis]:
    """Judge the last backup. `is_real`: messages reach people. Pure."""
    backup = facts.backup
    if backup is None:
        text = "No backup was made from here yet."
        yield warning("backup", text, _MAKE) if is_real else note("backup", text, _MAKE)
        return
    age = (now - backup.at).days
    when = f"{backup.at:%Y-%m-%d}"
    if facts.state == "unreadable":
        yield error(
            "backup", f"The backup {backup.path} cannot be used: {facts.problem}", facts.cure
        )
    elif facts.state == "gone":
        yield note(
            "backup", f"The backup of {when} is not at its place any more, {backup.path}.", ""
        )
    elif facts.state == "large":
        yield ok("backup", f"There is a backup of {when}; it is too large to read through here.")
    else:
        yield ok("backup", f"The backup of {when} can be read to its end.")
    if age > _OLD.days:
        yield warning("backup-age", f"The last backup is {age} days old.", _MAKE)


def _read(installation: Installation, backup: LastBackup) -> BackupFacts:
    path = Path(backup.path)
    try:
        if not path.is_file():
            return BackupFacts(backup=backup, state="gone")
        if path.stat().st_size > _MOST_BYTES and is_backup(path):
            return BackupFacts(backup=backup, state="large")
        read_archive(path, read_passphrase(installation.environ))
    except (BackupError, SettingsError) as problem:
        return BackupFacts(
            backup=backup, state="unreadable", problem=problem.message, cure=problem.cure or _MAKE
        )
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return BackupFacts(backup=backup, state="unreadable", problem=f"{reason}.", cure=_MAKE)
    return BackupFacts(backup=backup)
