"""The progress bar of a delivery."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from newsletter.cli.progress import delivery_rate
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue
from tests.support.newsletter_folder import NOW


@pytest.mark.parametrize(
    ("gained", "seconds", "said"),
    [
        (0, 0.0, "400 of 1,000"),
        (200, 10.0, "400 of 1,000, 20 a second, 30 s left"),
        (20, 60.0, "400 of 1,000, 20 a minute, 30 min left"),
        (2, 60.0, "400 of 1,000, 2 a minute, 5.0 h left"),
    ],
)
def test_the_rate_and_the_remaining_time_are_shown(gained: int, seconds: float, said: str) -> None:
    assert delivery_rate(400, 1000, gained=gained, seconds=seconds) == said


def test_a_terminal_shows_a_bar_and_a_pipe_none(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter", readers=40)
    freeze_next_issue(context)
    command = [sys.executable, "-m", "newsletter", "--folder", str(context.folder)]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*command, "send", "last"],
        env=os.environ | {"NEWSLETTER_NOW": NOW, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as program:
        os.close(theirs)
        output = _all_of(ours)
        assert "40 messages written to outbox/1; nobody was mailed" in program.communicate()[0]
    assert program.returncode == 0
    assert "Sending" in output
    assert "40 of 40, " in output
    assert "a second, 0 s left" in output

    quiet = subprocess.run(
        [*command, "send", "last"],
        env=os.environ | {"NEWSLETTER_NOW": NOW},
        capture_output=True,
        text=True,
        check=False,
    )
    assert quiet.stderr == ""


def _all_of(terminal: int) -> str:
    """Return what is written to a terminal until it is closed."""
    data = b""
    with os.fdopen(terminal, "rb", buffering=0) as opened, suppress(OSError):
        while values := opened.read(4096):
            data += values
    return data.decode()
