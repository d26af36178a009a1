"""Names from a disk of long ago, whose bytes are no text in this terminal's encoding."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text there")


def path_of(folder: Path, name: bytes) -> Path:
    return folder / os.fsdecode(name)


def test_a_list_and_a_backup_with_such_a_name_are_used(weekly: Newsletter, tmp_path: Path) -> None:
    table = path_of(tmp_path, b"abonn\xe9s.csv")
    table.write_text("email\nnew@example.com\n", "utf-8")
    backup = path_of(tmp_path, b"sauvegard\xe9.tar.gz")

    weekly.run("subscribers", "import", str(table))
    weekly.run("backup", str(backup))
    weekly.run("restore", str(backup), "--yes")

    assert "imported from abonn s.csv" in weekly.run("subscribers", "show", "new@example.com").out


def test_words_that_are_no_text_are_refused_in_one_sentence(weekly: Newsletter) -> None:
    before = weekly.run("subscribers", "list", "--json").out

    refused = weekly("subscribers", "add", "new@example.com", "--name", os.fsdecode(b"Zo\xeb"))

    assert refused.code == 2
    assert refused.err.startswith("newsletter: “Zo?” is no text in this terminal's encoding (")
    assert refused.err.count("\n") == 1
    assert weekly.run("subscribers", "list", "--json").out == before
