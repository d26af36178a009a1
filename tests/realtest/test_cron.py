"""A real cron daemon calls what `schedule install --cron` wrote, with the environment it has.

It needs root and Debian's package `cron` (tools/realtest.sh). The machine's own crontab of root is
put back at the end.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.blog import Blog
from tests.support.feeds import Item, rss
from tests.support.program import Program

_SECONDS = 150


@pytest.fixture
def own_crontab() -> Iterator[None]:
    """Keep root's crontab as it was."""
    before = subprocess.run(["crontab", "-l"], capture_output=True, check=False)
    yield
    if before.returncode == 0:
        subprocess.run(["crontab", "-"], input=before.stdout, check=True)
    else:
        subprocess.run(["crontab", "-r"], capture_output=True, check=False)


@pytest.fixture
def cron() -> Iterator[None]:
    """A cron daemon of ours, unless one runs already."""
    if subprocess.run(["pgrep", "-x", "cron"], capture_output=True, check=False).returncode == 0:
        yield
        return
    daemon = subprocess.Popen([str(shutil.which("cron")), "-f"])
    yield
    daemon.terminate()
    daemon.wait()


@pytest.mark.usefixtures("own_crontab", "cron")
def test_a_real_cron_calls_run_in_an_awkward_folder(tmp_path: Path, blog: Blog) -> None:
    program = Program(tmp_path / "50% Läufe & 'Runs' $HOME")
    blog.serve_feed(rss(Item(number=1, title="Old post", day=dt.date(2026, 9, 3))))
    assert program.init(blog.url).code == 0
    minute = (int(time.strftime("%M")) + 1) % 60
    program.set('time = "07:00"', f'time = "07:{minute:02}"')
    installed = program("schedule", "install", "--cron")
    assert installed.code == 0, installed

    deadline = time.monotonic() + _SECONDS
    while "has not come by yet" in program("doctor").out and time.monotonic() < deadline:
        time.sleep(3)

    doctor = " ".join(program("doctor").out.split())
    assert "The last run was" in doctor, doctor
    assert "A timer calls `newsletter run` (cron)" in doctor
    assert program("schedule", "remove").code == 0
    left = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    assert str(program.folder) not in left.stdout
