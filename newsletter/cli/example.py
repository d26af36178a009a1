"""`demo`: a complete example; nothing is sent to anyone."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import click

from newsletter.cli.frame import Frame, command, pass_frame


@command()
@click.argument("directory", default="demo", metavar="[DIR]")
@pass_frame
def demo(frame: Frame, directory: str) -> None:
    """Make a complete example: a sample blog, readers in both hemispheres, an issue.

    The blog is served on this machine while the example is made; messages are files.
    """
    from newsletter.config.secrets import rehearsed_now
    from newsletter.demo.build import build

    told = build(
        Path(directory), now=rehearsed_now(os.environ) or dt.datetime.now(dt.UTC), say=frame.say
    )
    frame.result(told.text, told.document)
