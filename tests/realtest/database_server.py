"""Debian's PostgreSQL and PgBouncer, each with its files in one folder and a port of its own.

Neither runs as root, so both run as the user `postgres` of Debian's package.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

_BINARIES = Path("/usr/lib/postgresql")
_USER = "postgres"
_BOUNCER = """\
[databases]
* = host=127.0.0.1 port={server} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = {mode}
unix_socket_dir =
logfile = {folder}/pgbouncer.log
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and its port."""

    folder: Path
    port: int

    def url(self, database: str, *, scheme: str = "postgresql", port: int = 0) -> str:
        return f"{scheme}://{_USER}@127.0.0.1:{port or self.port}/{database}"

    def execute(self, words: str) -> None:
        """Execute one SQL command on the maintenance database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(words.encode())

    def database(self, name: str, options: str = "") -> str:
        """Create an empty database and return its URL."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0 {options}")
        return self.url(name)

    def restart(self) -> None:
        """Restart the server at once: every connection is cut off."""
        run_program("pg_ctl", "restart", "--mode=fast", "--wait", "--pgdata", str(self.folder))


@contextmanager
def run_server(folder: Path) -> Iterator[Server]:
    """Run a PostgreSQL server with its files in `folder`, which is made."""
    _make_folder(folder)
    run_program("initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "--pgdata", str(folder))
    with _started(folder) as server:
        yield server


@contextmanager
def run_standby(primary: Server, folder: Path) -> Iterator[Server]:
    """Run a hot standby of `primary`, with its files in `folder`."""
    _make_folder(folder)
    run_program(
        "pg_basebackup", "--write-recovery-conf", "--checkpoint=fast",
        "--dbname", primary.url("postgres"), "--pgdata", str(folder),
    )  # fmt: skip
    with _started(folder) as server:
        yield server


@contextmanager
def run_bouncer(server: Server, folder: Path, mode: str) -> Iterator[int]:
    """Run PgBouncer before a server, in a pool mode, and yield its port."""
    _make_folder(folder)
    port = _free_port()
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        _BOUNCER.format(server=server.port, port=port, mode=mode, folder=folder), "utf-8"
    )
    process = subprocess.Popen(
        ["runuser", "-u", _USER, "--", "pgbouncer", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(port, process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def run_program(name: str, *words: str) -> None:
    """Run one of PostgreSQL's programs as its user."""
    program = next(_BINARIES.glob(f"*/bin/{name}"))
    subprocess.run(
        ["runuser", "-u", _USER, "--", str(program), *words],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )


@contextmanager
def _started(folder: Path) -> Iterator[Server]:
    port = _free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    control = ("--wait", "--pgdata", str(folder), "--log", str(folder / "server.log"))
    run_program("pg_ctl", "start", *control, "--options", options)
    try:
        yield Server(folder, port)
    finally:
        run_program("pg_ctl", "stop", "--mode=immediate", *control)


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700)
    shutil.chown(folder, _USER, _USER)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"the program ended with {process.returncode}")
