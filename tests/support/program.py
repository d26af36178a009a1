"""The real program, run on a real folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support import warm


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Program:
    """The real `newsletter` command, run on one folder at a fixed moment.

    `now` is passed as NEWSLETTER_NOW; `env` is added to the environment.
    """

    folder: Path
    now: str = ""
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, stdin: str = "") -> CommandResult:
        if warm.server is not None:
            values = warm.server(
                ("--folder", str(self.folder), *words), self.environment(), stdin=stdin
            )
            return CommandResult(*values)
        completed = subprocess.run(
            [sys.executable, "-m", "newsletter", "--folder", str(self.folder), *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            env=self.environment(),
            check=False,
        )
        return CommandResult(completed.returncode, completed.stdout, completed.stderr)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command without waiting for its end."""
        return subprocess.Popen(
            [sys.executable, "-m", "newsletter", "--folder", str(self.folder), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(),
        )

    def environment(self) -> dict[str, str]:
        own = {"NEWSLETTER_NOW": self.now} if self.now else {}
        mapping = {
            k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER", "SENDGRID"))
        }
        return mapping | {"XDG_STATE_HOME": str(self.state)} | own | self.env

    @property
    def state(self) -> Path:
        """The user's state directory, outside the folder."""
        return self.folder.with_name(f"{self.folder.name}-state")

    def init(self, blog_url: str, *more: str) -> CommandResult:
        """Run `init` in the folder with the options that every newsletter needs."""
        return self(
            "init",
            str(self.folder),
            "--blog",
            blog_url,
            "--from",
            "Trail News <news@example.com>",
            "--postal-address",
            "1 Hill Road, Alder Creek",
            "--timezone",
            "America/Edmonton",
            "--allow-private-addresses",
            *more,
        )

    def set(self, old: str, new: str) -> None:
        """Replace text in newsletter.toml, as an author who edits it."""
        path = self.folder / "newsletter.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
