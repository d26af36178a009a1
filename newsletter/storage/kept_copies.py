"""Copies of the list that lie in the newsletter's folder, and must not outlive an erasure.

- `before-restore-TIME/`: what a restore replaced. Its database may be the only one that knows
  what went out last, so an erasure leaves it for a month, which is the time that GDPR Art. 12(3)
  gives, and takes an older one at once. The settings and secrets in the folder stay.
- The file newsletter.db, where the newsletter has moved to another database. It is named to the
  author and never deleted: an address that is set wrong would make it look left behind.

The copy that an upgrade keeps goes at once, see `newsletter/storage/database/vacuum.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

#: How long what a restore replaced is kept although a reader in it was erased.
MOST_TIME = dt.timedelta(days=30)
_DATABASE = "newsletter.db"
_TIME = "before-restore-%Y-%m-%dT%H%M%SZ"
# What holds no reader: the links in a journal are HMACs.
_WITHOUT_READERS = (".env", ".gitignore", "newsletter.toml", "newsletter.journal")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCopy:
    """A copy that holds readers as they were."""

    path: Path
    #: When it was made. Readers who were erased before that are not in it.
    at: dt.datetime
    #: When it is deleted if somebody in it was erased, None if only the author may delete it.
    until: dt.datetime | None


def find_kept_copies(folder: Path, database: Path | None) -> tuple[KeptCopy, ...]:
    """Return the copies in a folder, whose database is this file, or None for a server's."""
    copies = []
    for path in folder.glob("before-restore-*"):
        if _files_with_readers(path):
            at = _made_at(path)
            copies.append(KeptCopy(path=path, at=at, until=at + MOST_TIME))
    left = folder / _DATABASE
    if (
        left.is_file()
        and left.stat().st_size
        and (database is None or not _is_same(left, database))
    ):
        copies.append(KeptCopy(path=left, at=_modified_at(left), until=None))
    return tuple(sorted(copies, key=lambda copy: copy.path.name))


def held_copies(
    copies: tuple[KeptCopy, ...], erased_at: dt.datetime | None
) -> tuple[KeptCopy, ...]:
    """Return the copies that hold somebody who was erased. Pure."""
    if erased_at is None:
        return ()
    return tuple(copy for copy in copies if copy.at <= erased_at)


def delete_kept_copies(
    folder: Path, database: Path | None, *, erased_at: dt.datetime | None, now: dt.datetime
) -> tuple[KeptCopy, ...]:
    """Delete the copies whose time is over; return those that still hold an erased person.

    `erased_at` is when somebody was erased last.
    """
    left = []
    for copy in held_copies(find_kept_copies(folder, database), erased_at):
        if copy.until is None or now < copy.until:
            left.append(copy)
        else:
            _delete_readers(copy.path)
    return tuple(left)


def _delete_readers(folder: Path) -> None:
    for path in _files_with_readers(folder):
        path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _files_with_readers(folder: Path) -> tuple[Path, ...]:
    """Return the database in a copy of a folder, whatever its name, with the files beside it."""
    paths = folder.iterdir() if folder.is_dir() else ()
    return tuple(path for path in paths if path.is_file() and path.name not in _WITHOUT_READERS)


def _made_at(path: Path) -> dt.datetime:
    try:
        # Of several restores in one second, the later ones have a number at the end.
        name = path.name[: len("before-restore-2026-11-01T090000Z")]
        return dt.datetime.strptime(name, _TIME).replace(tzinfo=dt.UTC)
    except ValueError:
        return _modified_at(path)


def _modified_at(path: Path) -> dt.datetime:
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def _is_same(path: Path, other: Path) -> bool:
    return other.exists() and path.samefile(other)


def describe_copies(copies: tuple[KeptCopy, ...]) -> str:
    """Say that an erased person is still in these copies, "" for none. Pure."""
    if not copies:
        return ""
    names = " and ".join(_describe(copy) for copy in copies)
    return f"They are still in {names}: delete it sooner if you need nothing of it."


def _describe(copy: KeptCopy) -> str:
    if copy.until is None:
        return f"{copy.path.name}, which the newsletter has moved away from"
    return f"{copy.path.name}/, which `restore` kept and a run deletes after {copy.until:%Y-%m-%d}"
