"""`demo`: a complete example newsletter; nothing is sent to anyone."""

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
def demo(invocation: Invocation, directory: str) -> None:
    """Make a complete example: a sample blog, readers in both hemispheres, an issue.

    The blog is served on this machine while the example is made; messages are files.
    """
    from newsletter.config.secrets import read_rehearsed_now
    from newsletter.demo.build import build_demo

    now = read_rehearsed_now(os.environ) or dt.datetime.now(dt.UTC)
    summary = build_demo(Path(directory), now=now, say=invocation.say, program=_program_name())
    invocation.print_result(summary.text, summary.document)


def _program_name() -> str:
    """Return how to call this program again from the current folder."""
    on_path = shutil.which("newsletter")
    if on_path is not None and Path(on_path).samefile(sys.argv[0]):
        return "newsletter"
    if Path(sys.argv[0]).name == "__main__.py":
        return "python -m newsletter"
    return os.path.relpath(sys.argv[0])
