"""`init` on a terminal prompts for options that are missing."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

from tests.end_to_end.conftest import OLD
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program

ANSWERS = ("Trail News <news@example.com>", "1 Hill Road, Alder Creek")


def test_asks_for_what_is_missing(program: Program, blog: Blog) -> None:
    blog.serve_feed(rss(*OLD))
    ours, theirs = pty.openpty()
    words = ("init", str(program.folder), "--blog", blog.url, "--allow-private-addresses")
    running = subprocess.Popen(
        [sys.executable, "-m", "newsletter", *words],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=program.environment(),
    )
    os.close(theirs)
    os.write(ours, "".join(f"{answer}\n" for answer in ANSWERS).encode())
    out, err = running.communicate(timeout=60)
    os.close(ours)

    assert running.returncode == 0, err
    assert "Your postal address" in err
    assert "Your blog's address" not in err
    assert out.startswith("Made 'Test Trails'")
    settings = (program.folder / "newsletter.toml").read_text("utf-8")
    assert all(answer in settings for answer in ANSWERS)
