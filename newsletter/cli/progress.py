"""Progress bars of a delivery and an import: how many, how fast, how long still."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from newsletter.cli.invocation import Invocation
    from newsletter.models import Figures

_MINUTE = 60
_HOUR = 3600


@contextmanager
def delivery_bar(invocation: Invocation) -> Iterator[Callable[[Figures], None] | None]:
    """Yield a function that draws a delivery's figures, or None if not on a terminal."""
    with _progress_bar(invocation, "Sending") as draw:
        if draw is None:
            yield None
            return
        start: tuple[float, int] | None = None

        def draw_figures(figures: Figures) -> None:
            nonlocal start
            count, now = figures.planned - figures.pending, time.monotonic()
            # The first call comes after the first batch, so the rate is measured from there.
            start = start or (now, count)
            started_at, done_at_start = start
            rate = delivery_rate(
                count, figures.planned, gained=count - done_at_start, seconds=now - started_at
            )
            draw(count, figures.planned, rate)

        yield draw_figures


@contextmanager
def import_bar(invocation: Invocation, file: BinaryIO) -> Iterator[Callable[[int], None] | None]:
    """Yield a function that draws an import's rows, or None if not on a terminal.

    The text counts rows; the bar is filled by the bytes read, whose total is known.
    """
    with _progress_bar(invocation, "Importing") as draw:
        if draw is None:
            yield None
            return
        total, started_at = _file_size(file), time.monotonic()

        def draw_rows(rows: int) -> None:
            position = file.tell() if total else 0
            seconds = time.monotonic() - started_at
            draw(position, total, import_rate(rows, position, total or 0, seconds=seconds))

        yield draw_rows


@contextmanager
def _progress_bar(
    invocation: Invocation, title: str
) -> Iterator[Callable[[int, int | None, str], None] | None]:
    if invocation.quiet or invocation.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = TextColumn(title), BarColumn(bar_width=24), TextColumn("{task.fields[rate]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, rate="")

        def draw(done: int, total: int | None, rate: str) -> None:
            bar.update(task, completed=done, total=total, rate=rate)

        yield draw


def _file_size(file: BinaryIO) -> int | None:
    """Return the size in bytes, or None for a pipe."""
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def import_rate(rows: int, done: int, total: int, *, seconds: float) -> str:
    """Return `4,000 rows, 20,000 a second, 5 s left` after `done` of `total` bytes.

    `done` is 0 for a file whose size is unknown; the time left is omitted then.
    """
    text = f"{rows:,} rows"
    if seconds <= 0:
        return text
    text = f"{text}, {rows / seconds:,.0f} a second"
    return f"{text}, {_format_duration((total - done) * seconds / done)} left" if done else text


def delivery_rate(done: int, total: int, *, gained: int, seconds: float) -> str:
    """Return `4,200 of 10,000, 1,240 a second, 5 s left`.

    The rate is `gained` messages in `seconds`: what this process has seen so far.
    """
    text = f"{done:,} of {total:,}"
    if gained <= 0 or seconds <= 0:
        return text
    each_second = gained / seconds
    rate = (
        f"{each_second:,.0f} a second" if each_second >= 1 else f"{each_second * 60:.0f} a minute"
    )
    return f"{text}, {rate}, {_format_duration((total - done) / each_second)} left"


def _format_duration(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
