"""`newsletter schedule` as a blogger calls it, with a stand-in for the system's crontab."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.end_to_end.newsletter import Newsletter

_CRONTAB = """#!{python}
import pathlib, sys
table = pathlib.Path({table!r})
if sys.argv[1:] == ["-l"]:
    if not table.exists():
        sys.exit("no crontab for me")
    sys.stdout.buffer.write(table.read_bytes())
else:
    table.write_bytes(sys.stdin.buffer.read())
"""


@pytest.fixture
def crontab(begun: Newsletter, tmp_path: Path) -> Path:
    """The file that stands for the user's crontab."""
    table, programs = tmp_path / "crontab of me", tmp_path / "bin"
    programs.mkdir()
    program = programs / "crontab"
    program.write_text(_CRONTAB.format(python=sys.executable, table=str(table)), "utf-8")
    program.chmod(0o755)
    begun.program.env |= {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
    }
    return table


def test_a_timer_comes_says_how_to_undo_it_and_goes(begun: Newsletter, crontab: Path) -> None:
    crontab.write_bytes(b"0 0 * * * true\n")

    answer = begun.run("schedule", "install", "--cron")

    assert "every hour, at minute 00: weekly issue on sunday" in answer.out
    assert "newsletter schedule remove --cron" in answer.out
    assert "no [site] url yet" in answer.out
    assert f"{begun.folder} run" in crontab.read_text("utf-8")
    begun.program.now = ""
    assert "A timer calls `newsletter run` (cron)" in " ".join(begun("doctor").out.split())
    begun.set('url = ""', 'url = "http://127.0.0.1:9"')
    begun.run("schedule", "install", "--cron")
    assert crontab.read_text("utf-8").count("@reboot") == 1
    assert begun.run("schedule", "remove", "--json").json == {
        "removed": ["its lines in your crontab"]
    }
    assert crontab.read_bytes() == b"0 0 * * * true\n"
    assert "no timer of ours" in begun.run("schedule", "remove").out
