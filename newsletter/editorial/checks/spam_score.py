"""Score a message with SpamAssassin, if it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SCORE = re.compile(r"^X-Spam-Status: .*?score=(-?[\d.]+)", re.MULTILINE)
_TESTS = re.compile(
    r"^X-Spam-Status: .*?tests=([\w,]*(?:\s+[\w,]+)*?)\s+\w+=", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamScore:
    """SpamAssassin's verdict on a message."""

    #: By default SpamAssassin calls a message spam at 5 points.
    points: float
    #: The names of its rules that gave points.
    rules: tuple[str, ...]


def spam_score(message: bytes, *, program: str = "", seconds: float = 30.0) -> SpamScore | None:
    """Return the score by `program`, by default the `spamassassin` on the path.

    Queries no server (-L). Return None if there is no such program, it fails or it takes
    longer than `seconds`.
    """
    path = program or shutil.which("spamassassin")
    if not path:
        return None
    try:
        result = subprocess.run(  # noqa: S603  # a program of the author's own machine
            [str(Path(path)), "-L"],
            input=message,
            capture_output=True,
            timeout=seconds,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    output = result.stdout.decode("utf-8", errors="replace").replace("\n\t", " ")
    score = _SCORE.search(output)
    tests = _TESTS.search(output)
    names = tuple(filter(None, re.split(r"[,\s]+", tests[1]))) if tests else ()
    return SpamScore(points=float(score[1]), rules=names) if score else None
