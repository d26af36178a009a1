"""What a command says when its output cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.newsletter_folder import NOW, create_newsletter
from tests.support.program import Program

FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="Linux alone has a device that is always full")
@pytest.mark.parametrize(
    "words", [("issues",), ("issues", "--json"), ("subscribers", "list", "--json"), ("--help",)]
)
def test_output_to_a_full_disk_ends_in_one_sentence_with_a_cure(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    program = Program(context.folder, now=NOW)
    with FULL.open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "newsletter", "--folder", str(program.folder), *words],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=program.environment(),
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == (
        "newsletter: A file could not be used: No space left on device. Make room on the disk "
        "that it was written to, then try again; nothing was lost.\n"
    )
