"""The exit codes of every command, as docs/contract.md promises them to scripts."""

from __future__ import annotations

import sys
from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. Errors carry theirs as `exit_code` (newsletter/errors.py)."""

    #: Everything asked for is done.
    DONE = 0
    #: Nothing, or not the whole of it, could be done; running again may do the rest.
    FAILED = 1
    #: The settings or the command line are wrong. Click exits with 2 for usage errors too.
    USAGE = 2
    #: Done, but a person should look: a feed failed, an issue is held, an outcome is unknown.
    ATTENTION = 3
    #: Another run holds the lock; try again later (EX_TEMPFAIL of sysexits.h).
    BUSY = 75


def exit_code(*, failed: bool = False, attention: bool = False) -> ExitCode:
    """Return FAILED or else ATTENTION; DONE if neither is true."""
    if failed:
        return ExitCode.FAILED
    return ExitCode.ATTENTION if attention else ExitCode.DONE


def exit_with(*, failed: bool = False, attention: bool = False) -> None:
    """End the command with FAILED or else ATTENTION; return if neither is true."""
    if code := exit_code(failed=failed, attention=attention):
        sys.exit(code)
