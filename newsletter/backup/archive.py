"""A backup's file: a gzipped tar that says first what is in it, sealed or not.

    manifest.json        what the backup is of, and the size and SHA-256 of each file
    newsletter.toml      the settings, with intros/ and templates/ beside them
    .env                 the secrets, unless they were left out
    newsletter.journal
    newsletter.db        the database, as SQLite, whatever it came from

Any `tar` opens it. It is read only as far as it agrees with its manifest.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from newsletter.backup import DATABASE, ENVIRONMENT, FOLDERS, IGNORED, JOURNAL, SETTINGS
from newsletter.backup.seal import SealingWriter, UnsealingReader, damaged_error, is_sealed
from newsletter.errors import BackupError

_MANIFEST = "manifest.json"
_MOST_MANIFEST = 4 << 20
_BLOCK = 1 << 20
_FORMAT = 1
_SPEED = 6
_GZIP_MAGIC = b"\x1f\x8b"


class MemberDigest(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is of."""

    #: The version of the layout of the file.
    format: int = _FORMAT
    #: The version of the program that made it.
    program: str
    made_at: dt.datetime
    #: The id of the newsletter, and its title.
    newsletter: str
    title: str
    #: Whether the secrets are in it.
    secrets: bool
    readers: int
    issues: int
    members: dict[str, MemberDigest]


def digest_files(folder: Path) -> dict[str, MemberDigest]:
    """Return each file below a folder by its path there."""
    digests = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            name = path.relative_to(folder).as_posix()
            digests[name] = MemberDigest(size=path.stat().st_size, sha256=sha256)
    return digests


def write_archive(path: Path, files: Path, manifest: Manifest, passphrase: str) -> None:
    """Write the files of a folder to a new file, sealed if there is a passphrase.

    Only this user may read it, and it is on the disk when this returns.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with (
            _sealed(file, passphrase) as target,
            gzip.GzipFile(fileobj=target, mode="wb", compresslevel=_SPEED, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            _add(tar, _MANIFEST, io.BytesIO(msgspec.json.encode(manifest)))
            for name in manifest.members:
                with (files / name).open("rb") as member:
                    _add(tar, name, member)
        file.flush()
        os.fsync(file.fileno())


def read_archive(path: Path, passphrase: str, *, into: Path | None = None) -> Manifest:
    """Read a backup to its end; write its files below the folder `into`, if one is given.

    Raise BackupError if it is no backup, is sealed by another passphrase, or differs from its
    manifest in any byte.
    """
    with path.open("rb") as file:
        try:
            with _unsealed(file, passphrase) as source, gzip.GzipFile(fileobj=source) as packed:
                with tarfile.open(fileobj=packed, mode="r|") as tar:
                    manifest = _read_members(tar, into)
                # The end of the compressed data holds its check sum.
                while packed.read(_BLOCK):
                    pass
                return manifest
        except (EOFError, gzip.BadGzipFile, tarfile.TarError, zlib.error) as error:
            raise damaged_error() from error


def is_sealed_file(path: Path) -> bool:
    """Whether a passphrase is needed to open the file."""
    with path.open("rb") as file:
        return is_sealed(file.read(64))


def is_backup(path: Path) -> bool:
    """Whether a file looks like a backup: sealed, or a gzipped tar that begins with a manifest."""
    with path.open("rb") as file:
        start = file.read(64)
        if is_sealed(start):
            return True
        if not start.startswith(_GZIP_MAGIC):
            return False
        file.seek(0)
        try:
            with tarfile.open(fileobj=file, mode="r|gz") as tar:
                first = tar.next()
        except (EOFError, OSError, tarfile.TarError, zlib.error):
            return False
    return first is not None and first.name == _MANIFEST


def _read_members(tar: tarfile.TarFile, into: Path | None) -> Manifest:
    manifest = _read_manifest(tar)
    missing = dict(manifest.members)
    while (info := tar.next()) is not None:
        expected = missing.pop(info.name, None)
        member = tar.extractfile(info) if info.isreg() else None
        if expected is None or member is None or info.size != expected.size:
            raise damaged_error()
        sha256 = _copy_member(member, into / info.name if into else None)
        if sha256 != expected.sha256:
            raise damaged_error()
    if missing:
        raise damaged_error()
    return manifest


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    info = tar.next()
    member = tar.extractfile(info) if info is not None and info.isreg() else None
    if info is None or member is None or info.name != _MANIFEST or info.size > _MOST_MANIFEST:
        raise BackupError(
            "This file is not a backup of `newsletter backup`.", cure="Give one that it made."
        )
    octets = member.read()
    try:
        layout = msgspec.json.decode(octets, type=dict[str, object]).get("format")
        if isinstance(layout, int) and layout > _FORMAT:
            raise BackupError(
                "The backup was made by a newer version of this program.",
                cure="Install the newest version; nothing was changed.",
            )
        manifest = msgspec.json.decode(octets, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged_error() from error
    if not all(map(_is_ours, manifest.members)):
        raise damaged_error()
    return manifest


def _is_ours(name: str) -> bool:
    """Whether a member may be written to a newsletter folder. The archive is not trusted."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or name.startswith("/") or "\\" in name or "\0" in name:
        return False
    if len(parts) == 1:
        return name in (DATABASE, JOURNAL, SETTINGS, ENVIRONMENT, IGNORED)
    return parts[0] in FOLDERS


def _copy_member(member: IO[bytes], path: Path | None) -> str:
    """Read a member to its end, and write it to a new file if there is a path; return its hash."""
    sha256 = hashlib.sha256()
    if path is None:
        while block := member.read(_BLOCK):
            sha256.update(block)
        return sha256.hexdigest()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while block := member.read(_BLOCK):
            sha256.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return sha256.hexdigest()


def _add(tar: tarfile.TarFile, name: str, member: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = member.seek(0, os.SEEK_END)
    info.mode = 0o600
    member.seek(0)
    tar.addfile(info, member)


@contextmanager
def _sealed(file: IO[bytes], passphrase: str) -> Iterator[IO[bytes]]:
    if not passphrase:
        yield file
        return
    with io.BufferedWriter(SealingWriter(file, passphrase), _BLOCK) as writer:
        yield writer


@contextmanager
def _unsealed(file: IO[bytes], passphrase: str) -> Iterator[IO[bytes]]:
    start = file.read(64)
    file.seek(0)
    if not start:
        raise BackupError("The file is empty, and no backup.", cure="Give another one.")
    if not is_sealed(start):
        if not start.startswith(_GZIP_MAGIC):
            raise BackupError(
                "This file is not a backup of `newsletter backup`, or its beginning is damaged.",
                cure="Give one that it made. Nothing was changed.",
            )
        yield file
        return
    if not passphrase:
        raise BackupError(
            "The backup is sealed.",
            cure="Set NEWSLETTER_BACKUP_PASSPHRASE to what it was sealed with, then try again.",
        )
    with io.BufferedReader(UnsealingReader(file, passphrase), _BLOCK) as reader:
        yield reader
