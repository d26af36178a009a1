"""The program's start-up time, against an empty Python."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.table import Row, medians

_PROGRAM = Path(sys.executable).with_name("newsletter")
_AIMS = {"--version": 1.5, "--help": 4.5}
_ROUNDS = 25


def rows() -> Iterator[Row]:
    """Measure the start-up of the installed command for `--version` and `--help`."""
    works = {word: _start(str(_PROGRAM), word) for word in _AIMS}
    works["empty"] = _start(sys.executable, "-c", "pass")
    seconds = medians(works, rounds=_ROUNDS, clock=_childrens_time)
    for word, aim in _AIMS.items():
        yield Row(
            what=f"newsletter {word} : python -c pass",
            ratio=seconds[word] / seconds["empty"],
            aim=aim,
            figures=f"{seconds[word] * 1e3:.0f} ms : {seconds['empty'] * 1e3:.0f} ms",
        )


def _childrens_time() -> float:
    """Return the processor seconds of all children so far, user and system."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _start(*words: str) -> Callable[[], object]:
    return lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
