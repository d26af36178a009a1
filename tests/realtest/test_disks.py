"""Disks that are full, and disks that keep no modes: real ones, mounted for the test.

It needs root, and Debian's package `ntfs-3g` (tools/realtest.sh).
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.realtest.older_database import downgrade
from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import CommandResult, Program

_MEGABYTE = 1 << 20


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", *words, str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=8m", "tmpfs") as folder:
        yield folder


@pytest.fixture
def disk_without_modes(tmp_path: Path) -> Iterator[Path]:
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(60 * _MEGABYTE)
    subprocess.run(["mkfs.ntfs", "-F", "-q", "-Q", str(image)], check=True, capture_output=True)
    options = ("-t", "ntfs-3g", "-o", "loop,umask=000", str(image))
    with mounted(tmp_path / "disk", *options) as folder:
        yield folder


def fill(disk: Path) -> Path:
    """Leave no room on a disk; return the file that takes it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    return ballast


def start(folder: Path, blog: Blog) -> Program:
    blog.serve_feed(rss(Item(number=1, title="Old post", day=dt.date(2026, 9, 3))))
    program = Program(folder)
    made = program.init(blog.url)
    assert made.code == 0, made
    assert program("subscribers", "add", "ann@example.com").code == 0
    return program


def total(program: Program) -> int:
    listed = program("subscribers", "list", "--json")
    assert listed.code == 0, listed
    return int(listed.json["total"])


def require_one_line(result: CommandResult) -> None:
    assert result.code in (1, 2), result
    assert "Traceback" not in result.err
    assert result.err.count("\n") == 1, result


def test_on_a_full_disk_every_command_says_so_and_nothing_is_lost(
    small_disk: Path, blog: Blog, tmp_path: Path
) -> None:
    program = start(small_disk / "n", blog)
    backup = tmp_path / "b.tar.gz"
    assert program("backup", str(backup)).code == 0
    ballast = fill(small_disk)
    for words in (
        ("backup", str(small_disk / "b.tar.gz")),
        ("restore", str(backup), "--yes"),
        ("database", "move", f"sqlite:///{small_disk}/other.db"),
    ):
        require_one_line(program(*words))
        assert not (small_disk / "n" / ".restore").exists()

    ballast.unlink()
    assert program("run").code in (0, 3)
    assert program("restore", str(backup), "--yes").code == 0
    assert total(program) == 1


def test_an_upgrade_on_a_full_disk_changes_nothing(
    small_disk: Path, blog: Blog, tmp_path: Path
) -> None:
    program = start(tmp_path / "n", blog)
    downgrade(program.folder)
    shutil.move(program.folder, small_disk / "n")
    program = Program(small_disk / "n")
    before = (small_disk / "n" / "newsletter.db").read_bytes()
    ballast = fill(small_disk)
    require_one_line(program("upgrade"))
    assert (small_disk / "n" / "newsletter.db").read_bytes() == before

    ballast.unlink()
    assert program("upgrade").code == 0
    assert total(program) == 1


def test_a_disk_without_modes_is_used_and_said_once(disk_without_modes: Path, blog: Blog) -> None:
    blog.serve_feed(rss(Item(number=1, title="Old post", day=dt.date(2026, 9, 3))))
    program = Program(disk_without_modes / "n")
    assert "it keeps no file from other users" in program.init(blog.url).out
    for words in (("subscribers", "add", "ann@example.com"), ("posts",), ("run",)):
        result = program(*words)
        assert (result.code, result.err) == (0, ""), result
    assert "keeps no file from other users" in program("doctor", "--fix").out
    backup = program("backup", str(disk_without_modes / "b.tar.gz"))
    assert "put the backup on another one, or seal it" in backup.err
    assert program("restore", str(disk_without_modes / "b.tar.gz"), "--yes").code == 0
    assert total(program) == 1
