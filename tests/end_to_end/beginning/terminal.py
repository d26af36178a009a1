"""A person at a real pseudo-terminal, who reads each question before answering."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

_PATIENCE = 60.0


class Terminal:
    """The program on a terminal: `answer` waits for a question, `end` for the exit code."""

    def __init__(self, *words: str, env: Mapping[str, str], folder: Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "newsletter", *words],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=dict(env),
            cwd=folder,
        )
        os.close(theirs)
        self._read = 0
        #: All that was shown.
        self.screen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def answer(self, question: str, words: str = "") -> str:
        """Wait until the question is on the screen, type the words, and return what came before."""
        self.wait_for(question)
        end = self.screen.index(question, self._read) + len(question)
        before, self._read = self.screen[self._read : end], end
        os.write(self._ours, f"{words}\n".encode())
        return before

    def wait_for(self, words: str) -> None:
        """Wait until these words are on the screen, after what was answered."""
        while words not in self.screen[self._read :]:
            assert self._look(), f"{words!r} never came:\n{self.screen}"

    def leave(self, question: str) -> None:
        """Wait for a question and press Ctrl-D."""
        self.wait_for(question)
        os.write(self._ours, b"\x04")

    def end(self) -> int:
        """Return the exit code, once the program has ended and all it said was read."""
        while self._look():
            pass
        return self._process.wait(_PATIENCE)

    def _look(self) -> bool:
        """Read what is shown next. Return False at the end."""
        ready, _, _ = select.select([self._ours], [], [], _PATIENCE)
        assert ready, f"nothing more was shown:\n{self.screen}"
        try:
            more = os.read(self._ours, 65_536)
        except OSError:  # Linux: the other end of the terminal was closed
            return False
        self.screen += more.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(more)
