"""`demo`: a complete example; nothing is sent to anyone."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from pathlib import Path

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation


@command()
@click.argument("directory", default="demo", metavar="[DIR]")
@pass_invocation
def demo(frame: Invocation, directory: str) -> None:
    """Make a complete example: a sample blog, readers in both hemispheres, an issue.

    The blog is served on this machine while the example is made; messages are files.
    """
    from newsletter.config.secrets import read_rehearsed_now
    from newsletter.demo.build import build

    now = read_rehearsed_now(os.environ) or dt.datetime.now(dt.UTC)
    told = build(Path(directory), now=now, say=frame.say, program=_called())
    frame.result(told.text, told.document)


def _called() -> str:
    """How to call this program again from here: by its name where the shell finds it."""
    found = shutil.which("newsletter")
    if found is not None and Path(found).samefile(sys.argv[0]):
        return "newsletter"
    if Path(sys.argv[0]).name == "__main__.py":
        return "python -m newsletter"
    return os.path.relpath(sys.argv[0])
