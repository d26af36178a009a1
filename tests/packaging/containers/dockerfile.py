"""The steps of the Dockerfile, read and carried out below a folder in place of `/`.

hadolint sees to it that the file is a Dockerfile. What needs root, a user of its own and another
root file system is built by `make realtest` with Buildah.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.house.sources import ROOT

# What the build stage writes to.
_FOLDERS = re.compile(r"(?<![\w.])(/opt/(?:newsletter|build|wheel)|/src)\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: `RUN`, and the words behind it."""

    name: str
    words: str

    def as_list(self) -> list[str]:
        """Return the words of the exec form. Raise ValueError for the shell's."""
        return list(json.loads(self.words))


def read_stages() -> list[list[Step]]:
    """Return the instructions of each stage, beginning with its FROM."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    text = re.sub(r"(?m)^#.*\n", "", text).replace("\\\n", " ")
    stages: list[list[Step]] = []
    for line in filter(str.strip, text.splitlines()):
        name, _, words = line.partition(" ")
        if name == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(Step(name, " ".join(words.split())))
    return stages


def last_words(name: str) -> str:
    """Return what the last instruction of a name says in the image's own stage."""
    return [step.words for step in read_stages()[-1] if step.name == name][-1]


@dataclass(slots=True)
class LocalBuild:
    """The build stage, carried out below `root`."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"

    def carry_out(self, steps: list[Step]) -> None:
        """Carry the steps out. Raise AssertionError if a command fails, or a step is unknown."""
        for step in steps[1:]:
            getattr(self, f"_{step.name.lower()}")(step.words)

    def path(self, place: str) -> Path:
        """Return where a place of the image lies here."""
        return self.root / os.path.join(self.folder, place).lstrip("/")  # noqa: PTH118  # pure text

    def _env(self, words: str) -> None:
        self.environment |= dict(word.split("=", 1) for word in words.split())

    def _workdir(self, words: str) -> None:
        self.folder = words
        self.path(".").mkdir(parents=True, exist_ok=True)

    def _copy(self, words: str) -> None:
        *sources, target = words.split()
        for source in sources:
            place = self.path(target)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                place = place / Path(source).name if target.endswith("/") else place
                if len(sources) > 1:
                    assert target.endswith("/"), words
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, place)

    def _run(self, words: str) -> None:
        here = _FOLDERS.sub(lambda match: f"{self.root}{match[0]}", words)
        binaries = Path(sys.executable).parent
        completed = subprocess.run(
            ["sh", "-ec", here],
            cwd=self.path("."),
            env={**os.environ, **self.environment, "PATH": f"{binaries}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert completed.returncode == 0, f"{here}\n{completed.stdout}\n{completed.stderr}"
