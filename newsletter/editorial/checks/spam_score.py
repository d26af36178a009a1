"""What SpamAssassin says of a message, where it is installed (it is never needed)."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_SCORE = re.compile(r"^X-Spam-Status: .*?score=(-?[\d.]+)", re.MULTILINE)
_TESTS = re.compile(r"^X-Spam-Status: .*?tests=([\w,\s]*?)\s+\w+=", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpamScore:
    """The points of a message (5 counts as spam by default) and the rules they come from."""

    points: float
    rules: tuple[str, ...]


def spam_score(message: bytes, *, program: str = "", seconds: float = 30.0) -> SpamScore | None:
    """The score by `program`, by default the `spamassassin` on the path; None without one.

    Asks no server (-L). None also when it fails or takes longer than `seconds`.
    """
    found = program or shutil.which("spamassassin")
    if not found:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # a program of the author's own machine
            [str(Path(found)), "-L"],
            input=message,
            capture_output=True,
            timeout=seconds,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    told = done.stdout.decode("utf-8", errors="replace").replace("\n\t", " ")
    score = _SCORE.search(told)
    tests = _TESTS.search(told)
    names = tuple(filter(None, re.split(r"[,\s]+", tests[1]))) if tests else ()
    return SpamScore(points=float(score[1]), rules=names) if score else None
