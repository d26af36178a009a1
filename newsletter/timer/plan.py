"""What a timer is to call, and when. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.config.settings import IssueSettings
from newsletter.errors import UsageError

TimerKind = Literal["cron", "systemd", "launchd"]
_WINTER = dt.date(2026, 1, 7)
_NAME = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerPlan:
    """Calls of `run` every hour, and the readers' site if there is one.

    `run` decides whether the issue is due in the author's time zone, because a timer's zone is the
    machine's. Between issues it resumes interrupted deliveries and refreshes the draft.
    """

    #: How the program is called: the words before its options.
    program: tuple[str, ...]
    folder: Path
    #: The minute of the hour, by the machine's clock.
    minute: int
    #: When issues are due, in words.
    description: str
    #: Whether `serve` is to be kept running as well.
    has_site: bool

    @property
    def name(self) -> str:
        """What the units are called: the folder's name, and a mark of the whole path."""
        word = _NAME.sub("-", self.folder.name).strip("-").lower()[:30] or "letter"
        mark = hashlib.sha256(bytes(self.folder)).hexdigest()[:4]
        return f"newsletter-{word}-{mark}"

    @property
    def run(self) -> tuple[str, ...]:
        """The words that call `run`."""
        return (*self.program, "--quiet", "--folder", str(self.folder), "run")

    @property
    def serve(self) -> tuple[str, ...]:
        """The words that call `serve`."""
        return (*self.program, "--quiet", "--folder", str(self.folder), "serve")


def make_plan(
    *,
    program: tuple[str, ...],
    folder: Path,
    issue: IssueSettings,
    timezone: str,
    machine_zone: ZoneInfo,
    has_site: bool,
) -> TimerPlan:
    """Return the plan for a newsletter. Raise UsageError for a folder that no timer can name."""
    if any(ord(letter) < ord(" ") for letter in str(folder)):
        raise UsageError(
            "The folder's name holds a line break or another control character, which no timer "
            "can call.",
            cure="Give the folder a plain name.",
        )
    return TimerPlan(
        program=program,
        folder=folder,
        minute=timer_minute(issue.time, ZoneInfo(timezone), machine_zone),
        description=f"{issue.rhythm} issue on {issue.day} at {issue.time} ({timezone})",
        has_site=has_site,
    )


def timer_minute(time: str, zone: ZoneInfo, machine_zone: ZoneInfo) -> int:
    """Return the minute of the hour, by the machine's clock, at which it is `time` in `zone`.

    Zones such as Adelaide's are half an hour off those of most machines. Where clock changes of
    half an hour make that differ over the year (Lord Howe Island), it holds for the winter.
    """
    wall = dt.datetime.combine(_WINTER, dt.time.fromisoformat(time), zone)
    return wall.astimezone(machine_zone).minute
