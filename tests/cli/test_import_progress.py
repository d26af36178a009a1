"""The progress of a long import, and of a delivery, on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from newsletter.cli.progress import import_rate
from tests.support.newsletter_folder import NOW, create_newsletter


@pytest.mark.parametrize(
    ("rows", "done", "total", "seconds", "said"),
    [
        (0, 0, 900, 0.0, "0 rows"),
        (4_000, 200, 900, 2.0, "4,000 rows, 2,000 a second, 7 s left"),
        (4_000, 0, 0, 2.0, "4,000 rows, 2,000 a second"),
    ],
)
def test_the_rows_and_the_remaining_time_are_shown(
    rows: int, done: int, total: int, seconds: float, said: str
) -> None:
    assert import_rate(rows, done, total, seconds=seconds) == said


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    context = create_newsletter(tmp_path / "newsletter")
    context.engine.dispose()
    return [sys.executable, "-m", "newsletter", "--folder", str(context.folder)]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    rows = "".join(f"runner{number}@example.com\n" for number in range(2_500))
    path.write_text(f"email\n{rows}")
    return path


def test_a_terminal_shows_a_bar_for_a_file(command: list[str], people: Path) -> None:
    text, seen = on_terminal([*command, "subscribers", "import", str(people)])

    assert "2500 added" in text
    assert "Importing" in seen
    assert "2,500 rows, " in seen
    assert "0 s left" in seen


def test_a_terminal_shows_the_rows_of_a_pipe_of_unknown_length(
    command: list[str], people: Path
) -> None:
    text, seen = on_terminal([*command, "subscribers", "import", "-"], people.read_bytes())

    assert "2500 added" in text
    assert "2,500 rows, " in seen
    assert "left" not in seen


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_a_terminal_shows_no_bar_with_quiet_or_json(
    command: list[str], people: Path, option: str
) -> None:
    _, seen = on_terminal([*command, option, "subscribers", "import", str(people)])

    assert seen == ""


def test_a_pipe_gets_no_bar(command: list[str], people: Path) -> None:
    completed = subprocess.run(
        [*command, "subscribers", "import", str(people)],
        env=os.environ | {"NEWSLETTER_NOW": NOW},
        capture_output=True,
        text=True,
        check=True,
    )

    assert "2500 added" in completed.stdout
    assert completed.stderr == ""


def test_a_terminal_shows_no_bar_of_a_delivery_that_cannot_begin(command: list[str]) -> None:
    (Path(command[-1]) / "newsletter.toml").write_text("[isue]\n")

    _, seen = on_terminal([*command, "resolve", "1", "--resend"], code=2)

    assert "unknown key `isue`" in seen
    assert "Sending" not in seen


def on_terminal(command: list[str], stdin: bytes = b"", *, code: int = 0) -> tuple[str, str]:
    """Return standard output, and what a terminal on standard error shows."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        env=os.environ | {"NEWSLETTER_NOW": NOW, "TERM": "xterm", "COLUMNS": "100"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as program:
        os.close(theirs)
        text = program.communicate(stdin)[0].decode()
        seen = b""
        with os.fdopen(ours, "rb", buffering=0) as opened, suppress(OSError):
            while values := opened.read(4096):
                seen += values
    assert program.returncode == code
    return text, seen.decode()
