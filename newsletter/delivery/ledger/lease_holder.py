"""Names the process that is about to send, so that another can tell whether it is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
# Containers of one machine may share its name, and each counts its processes from 1.
_NUMBERS = Path("/proc/self/ns/pid")


def this_holder() -> str:
    """Machine, process and the process's start, as far as the system tells them."""
    return f"{_machine()} {os.getpid()} {_started(os.getpid())}"


def is_gone(holder: str) -> bool:
    """Whether a holder is surely dead; false where that cannot be seen from here.

    A holder on another machine is never surely dead: its lease has to run out.
    """
    machine, _, process = holder.rpartition(" ")[0].rpartition(" ")
    if machine != _machine() or not process.isdecimal():
        return False
    if os.name != "posix":
        # Asking after a process would end it there; only our own former self is known.
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    # The number may have gone to another process since.
    return _started(int(process)) != holder.rpartition(" ")[2]


def _machine() -> str:
    try:
        boot, numbers = _BOOT.read_text("ascii").strip(), str(_NUMBERS.stat().st_ino)
    except OSError:
        boot = numbers = "-"
    return f"{socket.gethostname()} {boot} {numbers}"


def _started(process: int) -> str:
    """When a process started, in the system's own count; "-" where it does not tell."""
    try:
        line = Path(f"/proc/{process}/stat").read_text("ascii", "replace")
    except OSError:
        return "-"
    # The second field is the program's name in brackets, which may hold spaces.
    return line.rpartition(")")[2].split()[19]
