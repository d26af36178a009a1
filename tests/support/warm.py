"""Start the program warm: a server that has imported it forks a process for each command.

Each command of a test still is a separate process, with its own arguments, environment, folder
and streams, and ends as the real one does; only the imports are already done, which are half of the
time of most commands. Tests that start the program as a process themselves cover its cold start.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

# Loaded on demand, and not modules of this project.
_OTHERS = (
    "PIL.JpegImagePlugin",
    "astral.sun",
    "dateutil.easter",
    "dotenv.main",
    "holidays.countries",
    "jinja2.ext",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
# Modules that act on import, by the arguments, the terminal or Alembic.
_COLD = ("__main__", "main", "env")
_LONGEST = 120.0


class WarmServer:
    """Run commands, one at a time, on a server that starts with the first of them.

    `environ` is the server's own environment: the loader reads some variables only there.
    """

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = environ
        self._turn = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None

    def __call__(
        self, words: Sequence[str], env: Mapping[str, str], stdin: str
    ) -> tuple[int, str, str]:
        """Run `newsletter` with these words and return exit code, standard output and standard
        error.

        Raise TimeoutError if the command does not end.
        """
        mapping = {"words": list(words), "env": dict(env), "folder": str(Path.cwd())}
        with self._turn, ExitStack() as stack:
            given, out, err = (stack.enter_context(tempfile.TemporaryFile()) for _ in range(3))
            given.write(stdin.encode())
            given.seek(0)
            code = self._request(mapping, [stream.fileno() for stream in (given, out, err)])
            out.seek(0)
            err.seek(0)
            return code, _text(out.read()), _text(err.read())

    def close(self) -> None:
        """Stop the server, which exits when its socket is closed."""
        if self._server is not None:
            self._line.close()
            self._server.wait()
            self._server = None

    def _request(self, asked: Mapping[str, object], streams: Sequence[int]) -> int:
        server = self._server or self._start()
        try:
            socket.send_fds(self._line, [json.dumps(asked).encode() + b"\n"], streams)
            return int(self._line.recv(16))
        except BaseException:
            # Also after a hang or Ctrl-C: no process may stay behind.
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            self.close()
            raise

    def _start(self) -> subprocess.Popen[bytes]:
        self._line, theirs = socket.socketpair()
        self._line.settimeout(_LONGEST)
        with theirs:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "tests.support.warm", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                env=self._environ,
                process_group=0,
            )
        return self._server


# Set while tests run. Where it is None, as in benchmarks, programs start cold.
server: WarmServer | None = None


def _text(written: bytes) -> str:
    return written.decode().replace("\r\n", "\n")


def _import_all() -> None:
    import newsletter
    import subscribers

    for package in (newsletter, subscribers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.rpartition(".")[2] not in _COLD:
                importlib.import_module(module.name)
    for name in _OTHERS:
        importlib.import_module(name)


def _serve(asked: socket.socket) -> list[str] | None:
    """Answer requests until the client is gone; in a forked child, return the words of its
    command."""
    while True:
        request, streams, _, _ = socket.recv_fds(asked, 1 << 16, 3)
        if not request:
            return None
        while not request.endswith(b"\n"):
            request += asked.recv(1 << 16)
        child = os.fork()
        if not child:
            asked.close()
            return _run_command(json.loads(request), streams)
        for stream in streams:
            os.close(stream)
        _, status = os.waitpid(child, 0)
        asked.sendall(b"%d" % os.waitstatus_to_exitcode(status))


def _run_command(asked: dict[str, object], streams: Sequence[int]) -> list[str]:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    folder, env, words = asked["folder"], asked["env"], asked["words"]
    assert isinstance(folder, str)
    assert isinstance(env, dict)
    assert isinstance(words, list)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    return words


def _main() -> None:
    _import_all()
    gc.freeze()
    words = _serve(socket.socket(fileno=int(sys.argv[1])))
    if words is not None:
        from newsletter import __main__ as program

        sys.argv = [str(program.__file__), *words]
        program.main()


if __name__ == "__main__":
    _main()
