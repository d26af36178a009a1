"""Hostile or broken import files: a clear error, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import IO

import pytest

from subscribers.errors import ImportRejected
from subscribers.models import ImportReport
from tests.support.newsletter_folder import create_newsletter

Load = Callable[..., ImportReport]
MB = 1_000_000
MOST = 100 * MB  # whatever the file; the program alone takes 50 to 60
# A process inherits its parent's peak memory, so start the program from a small process.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
HEAD = b"email,name\nann@example.com,Ann\n"


def bytes_of(head: bytes, piece: bytes, length: int) -> Iterator[bytes]:
    """Yield this many bytes: a head, then one piece repeated."""
    block = piece * (MB // len(piece))
    return chain((head,), repeat(block, length // MB))


@pytest.mark.parametrize(
    ("head", "piece", "length", "says"),
    [
        (b"", b"a", 200 * MB, "a line of more than 1,000,000 characters"),
        (b"", b"email,", 200 * MB, "a line of more than 1,000,000 characters"),
        ("\ufeff".encode("utf-16-le"), "ä".encode("utf-16-le"), 200 * MB, "a line of more than"),
        (HEAD, b"\0", 200 * MB, "a line of more than 1,000,000 characters"),
        (HEAD + b'bob@example.com,"', b'","\n', 200 * MB, "quotation marks do not pair"),
        (
            HEAD + b'bob@example.com,"',
            b"lines of a cell that nobody closes\n",
            3 * MB,
            "A quotation mark opens a cell and none closes",
        ),
        (HEAD, b"=cmd|' /C calc'!A0,+1+1\n", 1 * MB, "Nothing was imported"),
        (HEAD, b"\0" * 99 + b",\n", 2 * MB, "Nothing was imported"),
    ],
    ids=["line", "header", "utf-16", "nuls", "cells", "cell", "formulas", "rows of nuls"],
)
def test_endless_nonsense_is_refused_in_100_mb_of_memory(
    tmp_path: Path, head: bytes, piece: bytes, length: int, says: str
) -> None:
    folder = tmp_path / "newsletter"
    create_newsletter(folder).engine.dispose()

    code, text, memory = run_import(folder, bytes_of(head, piece, length))

    assert code == 1
    assert says in text
    assert "Traceback" not in text
    assert memory < MOST


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"email," + b"x," * 400_000 + b"\nann@example.com\n", "names 400,002 columns"),
        (b"email," + b"x" * 200_000 + b"\nann@example.com\n", "does not name the columns"),
    ],
)
def test_a_first_line_that_names_no_columns_of_people_is_refused(
    load: Load, content: bytes, says: str
) -> None:
    with pytest.raises(ImportRejected, match=says):
        load(content, skip_bad=True)


def test_a_tag_as_long_as_a_page_is_refused(load: Load) -> None:
    report = load(f"email,tags\nann@example.com,{'x' * 50_000}\n", skip_bad=True)

    assert report.rejected[0].reason == "A topic or tag is longer than 200 characters."


def run_import(folder: Path, content: Iterator[bytes]) -> tuple[int, str, int]:
    """Run the program on a pipe; return its exit code, its output and its peak memory."""
    command = [sys.executable, "-m", "newsletter", "--folder", str(folder)]
    with subprocess.Popen(
        [sys.executable, "-c", MEASURED, *command, "subscribers", "import", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        writer = threading.Thread(target=write_all, args=(program.stdin, content))
        writer.start()
        text = program.stderr.read().decode()
        memory = int(program.stdout.read()) * 1024
        writer.join()
    return program.returncode, text, memory


def write_all(pipe: IO[bytes], content: Iterator[bytes]) -> None:
    """Write everything, or stop when the reader closes the pipe."""
    with suppress(BrokenPipeError), pipe:
        pipe.writelines(content)
