"""A shell for the commands of a page: an empty folder, a blog, a mail server, a fixed day."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit

from newsletter.demo.blog import SampleBlog
from tests.docs.blocks import Block, page_marks
from tests.support import warm
from tests.support.program import CommandResult
from tests.support.smtp_relay import Relay

#: The day of all pages: a Friday, with the next issue due on Sunday.
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.timezone(dt.timedelta(hours=-7)))
#: The blog and the folder as pages call them.
BLOG, HOME = "https://your-blog.example", "/home/you"
#: They run until they are ended; other suites start them.
SERVERS = {"serve", "preview", "worker"}
_PLAIN = {"cat", "cp", "echo", "grep", "head", "ls", "mkdir", "mv", "printf", "rm", "tail", "umask"}
_FILES = Path(__file__).with_name("files")
_OPERATORS = re.compile(r"[|<>;&]")


class NotRunnable(Exception):
    """A command that the test cannot run, on a page that does not say so."""


@dataclass
class Shell:
    """Runs the commands of one page, in order."""

    folder: Path
    blog: SampleBlog
    relay: Relay
    env: dict[str, str] = field(default_factory=dict)
    now: dt.datetime = NOW

    def __post_init__(self) -> None:
        self.home = self.folder

    def run(self, command: str) -> CommandResult | None:
        """Run a command line; None for one that only changes the shell, or runs on for ever.

        Raise NotRunnable for a program that is not at hand.
        """
        words = shlex.split(command, comments=True)
        if words[0] == "cd":
            self.folder = (self.folder / words[1].replace("~", str(self.home))).resolve()
            return None
        if words[0] == "newsletter" and SERVERS & set(words[1:3]):
            return None
        if words[0] == "newsletter" and not _OPERATORS.search(_outside_quotes(command)):
            return self._call(self._localise(words[1:]))
        if words[0] in _PLAIN or words[0] == "newsletter":
            return self._in_sh(command)
        raise NotRunnable(command)

    def apply(self, block: Block) -> None:
        """Do what the comments before a block ask for."""
        for mark in block.marks:
            if mark == "write into newsletter.toml":
                self._write_settings(block.text)
            elif mark == "write into .env":
                with (self.folder / ".env").open("a", encoding="utf-8") as file:
                    file.write(block.text)
            elif mark.startswith("on 2"):
                self.now = dt.datetime.fromisoformat(mark.removeprefix("on "))
                self.blog.as_of = self.now

    def as_shown(self, text: str) -> list[str]:
        """Return what a command printed as the page would show it."""
        shown = text.replace(self.blog.url, BLOG).replace(str(self.home), HOME)
        return [line.rstrip() for line in shown.rstrip("\n").split("\n")]

    def _call(self, words: Sequence[str]) -> CommandResult:
        assert warm.server is not None
        with contextlib.chdir(self.folder):
            return CommandResult(*warm.server(words, self._environment(), stdin=""))

    def _in_sh(self, command: str) -> CommandResult:
        completed = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return CommandResult(completed.returncode, completed.stdout, completed.stderr)

    def _environment(self) -> dict[str, str]:
        plain = {
            k: v for k, v in os.environ.items() if not k.startswith(("NEWSLETTER", "SENDGRID"))
        }
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return plain | {
            "PATH": path,
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / ".local" / "state"),
            "NEWSLETTER_NOW": self.now.isoformat(),
            "TZ": "America/Edmonton",
            **self.env,
        }

    def _localise(self, words: Sequence[str]) -> list[str]:
        """Return a call with the blog's real address; `init` may then read this machine."""
        local = [w.replace(BLOG, self.blog.url).replace("~", str(self.home)) for w in words]
        return [*local, "--allow-private-addresses"] if words[:1] == ["init"] else local

    def _write_settings(self, text: str) -> None:
        """Set the keys of a block in newsletter.toml, with the port of the mail server here."""
        path = self.folder / "newsletter.toml"
        document = tomlkit.parse(path.read_text("utf-8"))
        _merge(document, tomlkit.parse(text))
        smtp = document["sender"]["smtp"]
        if smtp["host"] == "localhost":
            smtp["port"] = self.relay.port
        path.write_text(tomlkit.dumps(document), "utf-8")


def _merge(into: tomlkit.TOMLDocument, new: tomlkit.TOMLDocument) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)  # type: ignore[arg-type]  # a table
        else:
            into[key] = value


def _outside_quotes(command: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'|#.*", "", command)


def make_example(home: Path) -> None:
    """Make the example newsletter in a home, for pages that begin with it."""
    with SampleBlog(as_of=NOW) as blog, Relay() as relay:
        made = Shell(folder=home, blog=blog, relay=relay).run("newsletter demo")
    assert made is not None
    assert made.code == 0, made.err


@contextlib.contextmanager
def open_shell(folder: Path, page: str, example: Path) -> Iterator[Shell]:
    """Open a shell in an empty folder, or where a page says so in a copy of the `example`."""
    files = sorted((_FILES / Path(page).stem).glob("*"))
    with SampleBlog(as_of=NOW) as blog, Relay(keep=True) as relay:
        shell = Shell(folder=folder, blog=blog, relay=relay)
        if "in the example newsletter" in page_marks(page):
            shutil.copytree(example, folder, dirs_exist_ok=True)
            shell.run("cd demo")
        for file in files:
            shutil.copy(file, shell.folder)
        yield shell


def differs(shown: Sequence[str], printed: Sequence[str]) -> bool:
    """Tell whether a command printed something else than a page shows.

    An … stands for anything in its line, and for any lines where it stands alone.
    """
    lines = [
        r"(?:.*\n)*?" if line.strip() == "…" else _line_pattern(line) + r"\n" for line in shown
    ]
    return not re.fullmatch("".join(lines), "".join(f"{line}\n" for line in printed))


def _line_pattern(line: str) -> str:
    return ".*".join(map(re.escape, line.rstrip().split("…")))
