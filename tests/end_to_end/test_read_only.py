"""A newsletter folder that may not be written to, such as a backup on a read-only disk."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter, files_in
from tests.support.program import CommandResult, Program


class ReadOnly:
    """Runs the program on a folder that nobody may write to.

    The superuser may write whatever the modes of files say, so the program gives that right up.
    """

    def __init__(self, newsletter: Newsletter) -> None:
        self._program, self._folder = newsletter.program, newsletter.folder

    def __call__(self, *words: str) -> CommandResult:
        command = [sys.executable, "-m", "newsletter", "--folder", str(self._folder), *words]
        if os.geteuid() == 0:
            command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
        before = {path: path.stat().st_mode for path in self._list_paths()}
        for path, mode in before.items():
            path.chmod(mode & ~0o222)
        try:
            return self._run(command)
        finally:
            for path, mode in before.items():
                path.chmod(mode)

    def _list_paths(self) -> list[Path]:
        return [self._folder, *self._folder.rglob("*")]

    def _run(self, command: Sequence[str]) -> CommandResult:
        completed = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=self._program.environment(),
            check=False,
        )
        return CommandResult(completed.returncode, completed.stdout, completed.stderr)


@pytest.fixture
def read_only(weekly: Newsletter) -> ReadOnly:
    weekly.run("run")
    return ReadOnly(weekly)


def test_lists_and_issues_are_shown_and_nothing_is_written(
    weekly: Newsletter, read_only: ReadOnly
) -> None:
    before = files_in(weekly.folder)
    for words in (
        ("subscribers", "list"),
        ("issues", "--json"),
        ("posts",),
        ("show", "next"),
        ("subscribers", "show", "ann@example.com"),
    ):
        result = read_only(*words)
        assert result.code == 0, (words, result)
        assert result.out
    assert files_in(weekly.folder) == before


def test_what_would_write_says_why_it_cannot(weekly: Newsletter, read_only: ReadOnly) -> None:
    before = files_in(weekly.folder)
    for words in (("subscribers", "add", "new@example.com"), ("collect",), ("run",), ("draft",)):
        result = read_only(*words)
        assert result.code == 1, (words, result)
        assert result.err.count("\n") == 1, result
        assert "Traceback" not in result.err
    assert files_in(weekly.folder) == before


def test_it_can_be_backed_up_and_looked_over(
    weekly: Newsletter, read_only: ReadOnly, tmp_path: Path
) -> None:
    before = files_in(weekly.folder)
    backup = tmp_path / "copy.tar.gz"

    made = read_only("backup", str(backup))
    looked_over = read_only("doctor", "--json")

    assert made.code == 0, made
    found = {finding["rule"]: finding["level"] for finding in looked_over.json["findings"]}
    assert found["database"] == "ok"
    assert found["database-read-only"] == "error"
    assert files_in(weekly.folder) == before
    restored = Newsletter(Program(tmp_path / "restored"), weekly.blog)
    restored.run("restore", str(backup))
    assert restored.run("subscribers", "list", "--json").json["total"] == 2
