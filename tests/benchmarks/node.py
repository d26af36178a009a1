"""The peers of the npm registry, installed below `build/` and run in turn with ours.

Without Node, what they are compared in is left out, and said.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

_SOURCES = Path(__file__).with_name("node_peers")
_HOME = Path("build", "bench", "node_peers")
_NAMES = ("mjml", "nodemailer", "@react-email/components", "react")


class NodePeer:
    """A running script that does its work once for every `round`."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders, self._answers = orders, answers

    def round(self) -> tuple[float, float]:
        """Do the work once; return its processor and wall-clock seconds, by Node's own clocks."""
        self._orders.write("round\n")
        self._orders.flush()
        answer = json.loads(self._answers.readline())
        return float(answer["processor"]), float(answer["wall"])


@contextmanager
def node_peer(
    script: str, *words: str, environment: Mapping[str, str] | None = None
) -> Iterator[NodePeer]:
    """Run a script of `node_peers/`, warmed up by one round."""
    command = ["node", script, *words]
    with subprocess.Popen(
        command,
        cwd=_HOME,
        # Without it, React checks its own use at every step.
        env=os.environ | {"NODE_ENV": "production"} | dict(environment or {}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            peer = NodePeer(process.stdin, process.stdout)
            peer.round()
            yield peer
        finally:
            process.stdin.close()
            process.terminate()


@cache
def node_is_ready() -> bool:
    """Install the peers if Node and npm are there; say what is left out if they are not."""
    if not shutil.which("node") or not shutil.which("npm"):
        print("Node is not installed: mjml, react-email and nodemailer are left out.")
        return False
    shutil.copytree(_SOURCES, _HOME, dirs_exist_ok=True)
    lock = (_SOURCES / "package-lock.json").read_bytes()
    installed = _HOME / "node_modules" / ".installed"
    if not installed.exists() or installed.read_bytes() != lock:
        print("Installing mjml, react-email and nodemailer below build/ …")
        quiet = ("--no-audit", "--no-fund", "--loglevel", "error")
        result = subprocess.run(["npm", "ci", *quiet], cwd=_HOME, check=False, stdout=sys.stderr)
        if result.returncode:
            print("npm could not install them: they are left out.")
            return False
        installed.write_bytes(lock)
    return True


def node_versions() -> dict[str, str]:
    """Return the versions of the installed peers, by name."""
    if not node_is_ready():
        return {}
    files = {name: _HOME / "node_modules" / name / "package.json" for name in _NAMES}
    return {name: json.loads(file.read_text("utf-8"))["version"] for name, file in files.items()}
