"""What every step of the work is given: settings, database, clock, mailer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.models import Rhythm
from newsletter.resources import template_folders
from newsletter.schedule import WEEKDAYS, Schedule
from newsletter.sender.mailers import Mailer

LOCAL_SITE = "http://localhost:8025"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One newsletter at one moment.

    `clock` tells the calendar's time, aware and UTC; `real_clock` too, but no rehearsal can
    set it: leases go by it. `lock` holds the work of this newsletter and raises Busy when
    another run has it. `wait` sleeps for seconds. `takes_mail` tells whether anybody takes
    mail for a domain; it may ask the network. `local_site` is where rehearsals without a
    public address have theirs.
    """

    folder: Path
    settings: Settings
    secrets: Secrets
    engine: Engine
    clock: Callable[[], dt.datetime]
    real_clock: Callable[[], dt.datetime]
    wait: Callable[[float], None]
    lock: Callable[[], AbstractContextManager[None]]
    mailer: Callable[[], Mailer]
    takes_mail: Callable[[str], bool]
    local_site: str = LOCAL_SITE

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.newsletter.timezone)

    @property
    def email_templates(self) -> tuple[Path, ...]:
        return template_folders("email", self.folder)

    @property
    def site_url(self) -> str:
        """Where the public site is; rehearsals without one use this machine's."""
        return (self.settings.site.url or self.local_site).rstrip("/")

    def schedule(self, first: dt.date | None, rhythm: Rhythm) -> Schedule:
        """The author's wishes for issues of that rhythm; `first` is the day of the first
        one, if there was one.
        """
        issue = self.settings.issue
        return Schedule(
            rhythm=rhythm,
            weekday=WEEKDAYS.index(issue.day),
            time=dt.time.fromisoformat(issue.time),
            zone=self.zone,
            skip_dates=issue.skip_dates,
            first=first,
        )
