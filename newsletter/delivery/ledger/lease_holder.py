"""Identify the process that holds a lease, so that others can tell whether it is dead.

An outbox has an id as well, because only its own machine can see what was written to it.
"""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from pathlib import Path

_OUTBOX_ID_FILE = ".place"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Containers on one machine may share its name, and each numbers its processes from 1.
_PID_NAMESPACE = Path("/proc/self/ns/pid")


def this_holder() -> str:
    """Return machine, process id and start time of this process; "-" for what is unknown."""
    return f"{_machine()} {os.getpid()} {_start_time(os.getpid())}"


def is_dead(holder: str) -> bool:
    """Whether a holder is surely dead.

    A holder on another machine never is: its lease has to run out.
    """
    machine, _, pid = holder.rpartition(" ")[0].rpartition(" ")
    if machine != _machine() or not pid.isdecimal():
        return False
    if os.name != "posix":
        # On Windows os.kill would end the process, whatever the signal.
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # The system may have given the id to another process since.
    return _start_time(int(pid)) != holder.rpartition(" ")[2]


def _machine() -> str:
    try:
        boot_id, namespace = _BOOT_ID.read_text("ascii").strip(), str(_PID_NAMESPACE.stat().st_ino)
    except OSError:
        boot_id = namespace = "-"
    return f"{socket.gethostname()} {boot_id} {namespace}"


def _start_time(pid: int) -> str:
    """Return when a process started, in clock ticks since boot (proc_pid_stat(5), field 22)."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return "-"
    # The second field is the program's name in brackets, which may hold spaces.
    return line.rpartition(")")[2].split()[19]


def read_outbox_id(folder: Path) -> str:
    """Return the id of this machine's outbox, stored in its folder.

    It tells the outboxes of several machines apart: whether a message was written can be seen
    only on the machine that wrote it.
    """
    path = folder / _OUTBOX_ID_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Of two processes that start at the same time, one creates the file.
    with suppress(FileExistsError), path.open("x", encoding="ascii") as file:
        file.write(uuid.uuid4().hex)
    return path.read_text("ascii")
