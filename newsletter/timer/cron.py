"""Lines for cron, and a crontab with and without them. Pure.

Only the lines between our own two marks are ours. All others stay byte for byte, whatever their
encoding.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from newsletter.timer.plan import TimerPlan


def cron_lines(plan: TimerPlan) -> str:
    """Return the lines for a crontab, with a comment."""
    lines = [
        f"# {plan.description}; in the hours between, `run` only refreshes the draft.",
        f"{plan.minute} * * * * {_command(plan.run)}",
    ]
    if plan.has_site:
        lines.append(f"@reboot {_command(plan.serve)}")
    return "\n".join(lines)


def add_lines(crontab: bytes, plan: TimerPlan) -> bytes:
    """Return the crontab with our lines at its end, in place of those for the same folder."""
    rest = remove_lines(crontab, plan)
    if rest and not rest.endswith(b"\n"):
        rest += b"\n"
    begin, end = _marks(plan)
    return rest + b"\n".join((begin, os.fsencode(cron_lines(plan)), end, b""))


def remove_lines(crontab: bytes, plan: TimerPlan) -> bytes:
    """Return the crontab without our lines for the folder of `plan`."""
    begin, end = _marks(plan)
    kept: list[bytes] = []
    block: list[bytes] = []
    for line in crontab.splitlines(keepends=True):
        text = line.rstrip(b"\r\n")
        if block:
            block.append(line)
            if text == end:
                block = []
        elif text == begin:
            block = [line]
        else:
            kept.append(line)
    # A block without an end is not as we wrote it: its lines may be the author's.
    return b"".join((*kept, *block[1:]))


def has_lines(crontab: bytes, plan: TimerPlan) -> bool:
    """Whether the crontab holds our lines for the folder of `plan`."""
    begin, _ = _marks(plan)
    return begin in crontab.splitlines()


def calls_run(crontab: bytes, plan: TimerPlan) -> bool:
    """Whether any line of the crontab calls `run` for the folder, ours or the author's own."""
    folder = os.fsencode(plan.folder)
    escaped = os.fsencode(shlex.quote(str(plan.folder)).replace("%", r"\%"))
    return any(
        b" run" in line and (folder in line or escaped in line)
        for line in crontab.splitlines()
        if not line.lstrip().startswith(b"#")
    )


def _marks(plan: TimerPlan) -> tuple[bytes, bytes]:
    folder = os.fsencode(plan.folder)
    return (
        b"# BEGIN newsletter " + folder + b" (written by `newsletter schedule install`)",
        b"# END newsletter " + folder,
    )


def _command(words: Sequence[str]) -> str:
    # cron ends the command at a bare %, and gives it the rest as its input.
    return shlex.join(words).replace("%", r"\%")
