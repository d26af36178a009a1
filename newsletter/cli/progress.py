"""How a delivery comes along, on a terminal: how many, how fast, how long still."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.cli.frame import Frame
    from newsletter.models import Figures

_MINUTE = 60
_HOUR = 3600


@contextmanager
def progress_bar(frame: Frame) -> Iterator[Callable[[Figures], None] | None]:
    """A progress bar, on a terminal only."""
    if frame.quiet or frame.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = TextColumn("Sending"), BarColumn(bar_width=24), TextColumn("{task.fields[said]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Sending", total=None, said="")
        begun: list[tuple[float, int]] = []

        def show(figures: Figures) -> None:
            done, now = figures.planned - figures.pending, time.monotonic()
            # The first batch is in already when this is called: the pace counts from there.
            begun[:] = begun or [(now, done)]
            since, before = begun[0]
            said = pace(done, figures.planned, gained=done - before, seconds=now - since)
            bar.update(task, completed=done, total=figures.planned, said=said)

        yield show


def pace(done: int, total: int, *, gained: int, seconds: float) -> str:
    """`4,200 of 10,000, 1,240 a second, 5 s left`: by what was `gained` in so many seconds."""
    said = f"{done:,} of {total:,}"
    if gained <= 0 or seconds <= 0:
        return said
    each_second = gained / seconds
    rate = (
        f"{each_second:,.0f} a second" if each_second >= 1 else f"{each_second * 60:.0f} a minute"
    )
    return f"{said}, {rate}, {_duration((total - done) / each_second)} left"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
