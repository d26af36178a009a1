"""The program's start-up time: against an empty Python, and against its libraries alone."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import Work, compare, time_of_children
from tests.support.newsletter_folder import create_newsletter, publish, subscribe

_PROGRAM = Path(sys.executable).with_name("newsletter")
_EMPTY = "python -c pass"
_LIBRARIES = "import of click, msgspec, rtoml and sqlalchemy"
_IMPORTS = "import click, msgspec, rtoml, sqlalchemy"
_ROUNDS, _ROUNDS_OF_COMMANDS = 25, 9
_COMMANDS = ("issues", "posts", "subscribers list")
_VERSION = Comparison(
    key="starting.version",
    what="newsletter --version",
    against=_EMPTY,
    unit="ms",
    floor=1.5,
    clock="processor",
    explanation="Before the program is called, the script that an old pip (before 26) wrote for "
    "it imports `re`: by -X importtime that is nine tenths of the difference. The script of a "
    "current pip does not. The program itself imports nothing but `newsletter.__main__`.",
)
_HELP = Comparison(
    key="starting.help",
    what="newsletter --help",
    against=_EMPTY,
    unit="ms",
    floor=4.5,
    clock="processor",
    explanation="By -X importtime three quarters of it is click with what it imports (inspect, "
    "typing, uuid, re); ours are two modules and a table.",
)
_STARTS = tuple(
    Comparison(
        key=f"starting.{command.replace(' ', '-')}",
        what=f"newsletter {command}",
        against=_LIBRARIES,
        unit="ms",
        floor=2.0,
        clock="processor",
        explanation="By -X importtime half of it are the libraries that every command with a "
        "database needs; the rest are the project's own modules and the database's opening.",
    )
    for command in _COMMANDS
)
COMPARISONS = (_VERSION, _HELP, *_STARTS)


def measure() -> Iterator[Measurement]:
    """Start the installed command, each time as a process of its own."""
    empty = _start(sys.executable, "-c", "pass")
    for comparison, word in ((_VERSION, "--version"), (_HELP, "--help")):
        yield _compare(comparison, _start(str(_PROGRAM), word), empty, _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="trails-") as name:
        folder = Path(name) / "newsletter"
        context = create_newsletter(folder)
        publish(context, *(f"Post number {place} about hills" for place in range(8)))
        subscribe(context, "ada@example.com", "north")
        context.engine.dispose()
        libraries = _start(sys.executable, "-c", _IMPORTS)
        for comparison, command in zip(_STARTS, _COMMANDS, strict=True):
            ours = _start(str(_PROGRAM), "--folder", str(folder), *command.split())
            yield _compare(comparison, ours, libraries, _ROUNDS_OF_COMMANDS)


def _compare(comparison: Comparison, ours: Work, theirs: Work, rounds: int) -> Measurement:
    return compare(comparison, ours, theirs, rounds=rounds, clock=time_of_children, scale=1e3)


def _start(*words: str) -> Work:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
