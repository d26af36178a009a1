"""How a delivery or an import comes along, on a terminal: how many, how fast, how long still."""

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
def progress_bar(frame: Invocation) -> Iterator[Callable[[Figures], None] | None]:
    """A progress bar of a delivery, on a terminal only."""
    with _bar(frame, "Sending") as draw:
        if draw is None:
            yield None
            return
        begun: list[tuple[float, int]] = []

        def show(figures: Figures) -> None:
            done, now = figures.planned - figures.pending, time.monotonic()
            # The first batch is in already when this is called: the pace counts from there.
            begun[:] = begun or [(now, done)]
            since, before = begun[0]
            said = pace(done, figures.planned, gained=done - before, seconds=now - since)
            draw(done, figures.planned, said)

        yield show


@contextmanager
def import_bar(frame: Invocation, file: BinaryIO) -> Iterator[Callable[[int], None] | None]:
    """A progress bar of an import, on a terminal only: rows are told, bytes fill the bar."""
    with _bar(frame, "Importing") as draw:
        if draw is None:
            yield None
            return
        total, begun = _size(file), time.monotonic()

        def show(rows: int) -> None:
            done = file.tell() if total else 0
            seconds = time.monotonic() - begun
            draw(done, total, import_pace(rows, done, total or 0, seconds=seconds))

        yield show


@contextmanager
def _bar(frame: Invocation, what: str) -> Iterator[Callable[[int, int | None, str], None] | None]:
    if frame.quiet or frame.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = TextColumn(what), BarColumn(bar_width=24), TextColumn("{task.fields[said]}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, said="")

        def draw(done: int, total: int | None, said: str) -> None:
            bar.update(task, completed=done, total=total, said=said)

        yield draw


def _size(file: BinaryIO) -> int | None:
    """Bytes of a file; None for a pipe, whose end nobody knows."""
    about = os.fstat(file.fileno())
    return about.st_size if stat.S_ISREG(about.st_mode) else None


def import_pace(rows: int, done: int, total: int, *, seconds: float) -> str:
    """`4,000 rows, 20,000 a second, 5 s left`: after `done` of `total` bytes (0: unknown)."""
    said = f"{rows:,} rows"
    if seconds <= 0:
        return said
    said = f"{said}, {rows / seconds:,.0f} a second"
    return f"{said}, {_duration((total - done) * seconds / done)} left" if done else said


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
