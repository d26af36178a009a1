"""Put files into a folder so that no visitor meets half of them, and nothing else is touched.

    stage all ─▶ manifest of old and new ─▶ rename each, the index last ─▶ delete what left
                                                                       ─▶ manifest of the new

Until all are staged the folder is as it was. After a crash in the midst of the renames each page
is whole, and the next export ends the work: the manifest names every file that may be ours.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from newsletter.errors import UsageError

#: Names the files that an export wrote.
MANIFEST = ".happy-trails-archive.json"
_STAGE = ".happy-trails-new-"
# What an export that was killed has left is no longer in use after this many seconds.
_ABANDONED = 24 * 60 * 60
# Nothing else is ever written or deleted, whatever a manifest says.
_NAME = re.compile(r"index\.html|feed\.xml|[0-9]{1,9}\.html|images/[0-9a-f]{64}\.(?:jpg|png)")
# A web server reads them as another user.
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportResult:
    """What became of the folder."""

    written: int
    unchanged: int
    removed: int
    #: Pages that left the archive and stay, because somebody edited them here.
    kept: tuple[str, ...]


class ExportManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an export wrote."""

    newsletter: str
    #: The SHA-256 of each file, by its name.
    files: dict[str, str]


def why_to_ask(folder: Path, newsletter: str) -> str:
    """Return why an export into this folder needs consent, "" if it needs none.

    Raise UsageError if it is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder.", cure="Choose another name.")
    if not folder.exists():
        return ""
    manifest = _read_manifest(folder)
    if manifest is None:
        others = sorted(path.name for path in folder.iterdir() if not path.name.startswith(_STAGE))
        if not others:
            return ""
        more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
        return f"{folder} holds other things: {', '.join(others[:_SHOWN])}{more}."
    if manifest.newsletter != newsletter:
        return f"{folder} holds the archive of another newsletter."
    return ""


def write_folder(
    folder: Path, newsletter: str, files: Iterable[tuple[str, bytes]], *, consent: bool
) -> ExportResult:
    """Make a folder hold these files, by name, and none of an earlier export besides.

    What has the same bytes already keeps its time. A file that is not of an earlier export is
    replaced only with `consent`, and never deleted. Raise UsageError or OSError.
    """
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(_FOLDER_MODE)
    if (folder / "images").is_symlink():
        raise UsageError(
            f"{folder / 'images'} is a link to another place.",
            cure="Remove the link, then export again.",
        )
    before = _read_manifest(folder) or ExportManifest(newsletter=newsletter, files={})
    with _staging_folder(folder) as stage:
        hashes: dict[str, str] = {}
        staged: list[str] = []
        for name, body in files:
            hashes[name] = hashlib.sha256(body).hexdigest()
            current = _hash_of(folder / name)
            if current == hashes[name]:
                continue
            if current is not None and name not in before.files and not consent:
                raise UsageError(
                    f"{folder / name} is there already, and no export wrote it.",
                    cure="Move it away, or give --yes to replace it.",
                )
            _write(stage / name, body)
            staged.append(name)
        _save_manifest(folder, stage, newsletter, {**before.files, **hashes})
        _move(stage, folder, staged)
        removed, kept = _remove(folder, before.files, hashes)
        _save_manifest(folder, stage, newsletter, hashes)
    return ExportResult(
        written=len(staged),
        unchanged=len(hashes) - len(staged),
        removed=removed,
        kept=tuple(kept),
    )


def _move(stage: Path, folder: Path, names: Iterable[str]) -> None:
    """Rename staged files to their names, in this order: what leads to others comes last."""
    for name in names:
        target = folder / name
        if not target.parent.exists():
            target.parent.mkdir()
            target.parent.chmod(_FOLDER_MODE)
        (stage / name).replace(target)


def _remove(
    folder: Path, before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[int, list[str]]:
    """Delete what only the earlier export had. Return how many, and what was edited and stays."""
    removed, kept = 0, []
    for name in sorted(before.keys() - now.keys()):
        if not _NAME.fullmatch(name):
            continue
        current = _hash_of(folder / name)
        if current == before[name]:
            (folder / name).unlink()
            removed += 1
        elif current is not None:
            kept.append(name)
    if removed:
        with suppress(OSError):
            (folder / "images").rmdir()
    return removed, kept


def _read_manifest(folder: Path) -> ExportManifest | None:
    """Return the manifest of the last export, None if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=ExportManifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def _save_manifest(folder: Path, stage: Path, newsletter: str, files: Mapping[str, str]) -> None:
    manifest = ExportManifest(newsletter=newsletter, files=dict(sorted(files.items())))
    if manifest == _read_manifest(folder):
        return
    _write(stage / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    (stage / MANIFEST).replace(folder / MANIFEST)


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(_FILE_MODE)


def _hash_of(path: Path) -> str | None:
    """Return the SHA-256 of a file, None if there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return None


@contextmanager
def _staging_folder(beside: Path) -> Iterator[Path]:
    """Yield a new folder in `beside`; it is gone afterwards."""
    for abandoned in beside.glob(f"{_STAGE}*"):
        with suppress(OSError):
            if time.time() - abandoned.stat().st_mtime > _ABANDONED:
                shutil.rmtree(abandoned)
    with tempfile.TemporaryDirectory(prefix=_STAGE, dir=beside) as name:
        yield Path(name)
