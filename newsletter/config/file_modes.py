"""Keep the newsletter folder from other users of this machine.

The database holds every reader's address, and a message in the outbox also their token. So the
folder is 0700 and its files are 0600, by the mode they are created with, and by the umask of the
program (`newsletter/__main__.py`) for what libraries create. Folders of earlier versions are
mended.

Some disks keep no modes: FAT and NTFS, shared folders of other systems, Windows disks in WSL. The
newsletter works there too, and says at `init` and in `doctor` that nothing on it is private.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def mend_modes(folder: Path, *, outbox: Path, database: Path | None) -> str:
    """Take what holds readers' data from other users; return a sentence if anything changed.

    Only what belongs to this user is touched. A folder that is also somebody's web page keeps its
    own mode, because a web server must read it; the files in it are taken out all the same.
    """
    if os.name != "posix":
        return ""
    changed = 0
    for path in (*_private_folders(folder), *_files_of(folder, database)):
        changed += _restrict(path)
    if outbox.is_dir() and _restrict(outbox):
        changed += 1
        for path in outbox.rglob("*"):
            changed += _restrict(path)
    if not changed:
        return ""
    return (
        f"Other users of this machine could read {folder}, with your readers' addresses; now only "
        "you can."
    )


def exposed_paths(folder: Path, *, outbox: Path, database: Path | None) -> tuple[Path, ...]:
    """Return what `mend_modes` would take from other users. Changes nothing."""
    if os.name != "posix":
        return ()
    owned = (*_private_folders(folder), *_files_of(folder, database), outbox)
    return tuple(path for path in owned if _is_exposed(path))


def create_private(path: Path) -> None:
    """Create an empty file that only this user may read, unless there is one."""
    with suppress(OSError):
        # Without a folder to be in, what opens the file says so.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def keeps_modes(folder: Path) -> bool:
    """Whether a private file in this folder stays private; true where nothing can be written."""
    if os.name != "posix":
        return True
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".modes-") as file:
            return is_private(Path(file.name))
    except OSError:
        return True


def _private_folders(folder: Path) -> tuple[Path, ...]:
    is_web_page = any(
        (folder / page).exists() for page in ("index.html", "public_html", "index.php")
    )
    return () if is_web_page else (folder,)


def is_private(path: Path) -> bool:
    """Whether other users of this machine cannot read a file; true where there are no modes."""
    return os.name != "posix" or not path.stat().st_mode & _OTHERS


def _files_of(folder: Path, database: Path | None) -> Iterator[Path]:
    yield from folder.glob("newsletter.journal*")
    if database is not None:
        yield from (database.with_name(database.name + end) for end in ("", "-wal", "-shm"))


def _is_exposed(path: Path) -> bool:
    """Whether others have rights on a file or folder of ours, which is no link."""
    try:
        status = path.lstat()
    except OSError:
        return False
    is_link = stat.S_ISLNK(status.st_mode)
    return not is_link and bool(status.st_mode & _OTHERS) and status.st_uid == os.geteuid()


def _restrict(path: Path) -> int:
    """Take the rights of others from a file or folder of ours; return how many were changed."""
    if not _is_exposed(path):
        return 0
    try:
        path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~_OTHERS)
    except OSError:
        # It is gone by now, or the disk keeps no modes.
        return 0
    # A disk that keeps no modes may also pass over the change in silence.
    return int(not _is_exposed(path))
