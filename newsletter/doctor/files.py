"""Check the newsletter folder: file modes, write access and free disk space."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from newsletter.config.file_modes import exposed_paths, keeps_modes, mend_modes
from newsletter.config.secrets import FILE_NAME as ENV_FILE
from newsletter.doctor.diagnosis import Diagnosis, error, ok, warning

_MEGABYTE = 1024**2
_TOO_FEW_BYTES, _FEW_BYTES = 20 * _MEGABYTE, 200 * _MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """The facts about the folder and its disk."""

    folder: Path
    is_writable: bool
    #: Bytes that this user may still write.
    free_bytes: int
    #: Whether other users of this machine may read the secrets.
    is_env_exposed: bool = False
    #: What else of the folder other users may read.
    exposed: tuple[Path, ...] = ()
    #: What was mended just now, as a sentence.
    mended: str = ""
    #: Whether a private file on this disk stays private.
    keeps_modes: bool = True


def check_files(
    folder: Path, *, outbox: Path, database: Path | None, fix: bool
) -> Iterator[Diagnosis]:
    """Judge the folder. With `fix` its modes are mended first, and nothing else is changed."""
    mended = _mend(folder, outbox, database) if fix else ""
    usage = shutil.disk_usage(folder)
    facts = FolderFacts(
        folder=folder,
        is_writable=os.access(folder, os.W_OK | os.X_OK),
        free_bytes=usage.free,
        is_env_exposed=_is_exposed(folder / ENV_FILE),
        exposed=exposed_paths(folder, outbox=outbox, database=database),
        mended=mended,
        keeps_modes=keeps_modes(folder),
    )
    return judge_files(facts)


def judge_files(facts: FolderFacts) -> Iterator[Diagnosis]:
    """Judge the folder. Pure."""
    if facts.mended:
        yield ok("files", facts.mended)
    if not facts.keeps_modes:
        yield warning(
            "file-modes",
            "This disk keeps no file from other users of this machine: whoever may open it can "
            "read .env and your readers' addresses.",
            "On a machine that others use too, move the folder to a disk of its own kind. On "
            "yours alone all is well.",
        )
    elif facts.is_env_exposed:
        yield error(
            "file-modes",
            f"Other users of this machine may read the secrets in {facts.folder / ENV_FILE}.",
            "Run `newsletter doctor --fix`.",
        )
    elif facts.exposed:
        names = ", ".join(path.name for path in facts.exposed[:3])
        many = f" and {len(facts.exposed) - 3} more" if len(facts.exposed) > 3 else ""  # noqa: PLR2004  # as many are named
        yield warning(
            "file-modes",
            f"Other users of this machine may read {names}{many}, with your readers' addresses.",
            "Run `newsletter doctor --fix`.",
        )
    else:
        yield ok("file-modes", "Only you can read the folder's secrets and your readers' data.")
    if not facts.is_writable:
        yield error(
            "folder",
            f"Nothing can be written to {facts.folder}.",
            "See that the folder is yours, and that its disk is not mounted read-only.",
        )
    yield _judge_room(facts.free_bytes)


def _judge_room(free_bytes: int) -> Diagnosis:
    room = (
        f"{free_bytes / 1024**3:.1f} GB"
        if free_bytes >= 1024**3
        else (f"{free_bytes // _MEGABYTE} MB")
    )
    cure = "Delete what you do not need, or move the folder to a larger disk."
    if free_bytes < _TOO_FEW_BYTES:
        return error("disk", f"The disk is full: {room} are free.", cure)
    if free_bytes < _FEW_BYTES:
        return warning("disk", f"The disk is nearly full: {room} are free.", cure)
    return ok("disk", f"{room} are free on the disk.")


def _mend(folder: Path, outbox: Path, database: Path | None) -> str:
    sentences = []
    env = folder / ENV_FILE
    if _is_exposed(env):
        env.chmod(stat.S_IRUSR | stat.S_IWUSR)
        if not _is_exposed(env):
            sentences.append(
                "Other users of this machine could read the secrets in .env; now only you can."
            )
    sentences.append(mend_modes(folder, outbox=outbox, database=database))
    return " ".join(filter(None, sentences))


def _is_exposed(path: Path) -> bool:
    if os.name != "posix" or not path.is_file():
        return False
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
