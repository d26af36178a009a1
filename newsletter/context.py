"""The context that a use case receives: the settings, the database, the clock, the mailer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.models import Rhythm
from newsletter.resources import template_folders
from newsletter.schedule import WEEKDAYS, Schedule
from newsletter.sender.mailers import Mailer
from newsletter.storage.journal import Journal

LOCAL_SITE = "http://localhost:8025"
#: The file in the folder that a run locks.
LOCK_NAME = ".newsletter.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterConfig:
    """The author's configuration, without any way to act: no database, no clock, no mailer.

    Code below the use cases takes this value and a `Connection` instead of the `Context`.
    Equal values render equal bytes.
    """

    #: The newsletter folder, which may hold the author's `templates/` and `intros/`.
    folder: Path
    settings: Settings
    #: The address of the public site, without a slash at its end.
    site_url: str
    #: The secret that keeps the nonce of merge tags from being guessed.
    merge_key: str = field(repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """The author's time zone."""
        return ZoneInfo(self.settings.newsletter.timezone)

    @property
    def email_templates(self) -> tuple[Path, ...]:
        """The folders with templates of messages; the first one with a file wins, file by file."""
        return template_folders("email", self.folder)

    def schedule(self, first: dt.date | None, rhythm: Rhythm) -> Schedule:
        """Return when issues of `rhythm` are due.

        `first` is the day of the first issue of that rhythm, None before it was sent.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One newsletter and all that acts on it.

    Only use cases take a context: what a command, a page, a job or another use case calls.
    A use case holds the lock and opens the transaction; everything below it takes a
    `Connection` and values such as `config`.
    """

    folder: Path
    settings: Settings
    secrets: Secrets
    engine: Engine
    #: What outlives the database, in a file beside it.
    journal: Journal
    #: The current time, aware and UTC. A rehearsal may set it (NEWSLETTER_NOW).
    clock: Callable[[], dt.datetime]
    #: The current time, which no rehearsal sets. Leases are measured by it.
    real_clock: Callable[[], dt.datetime]
    #: Sleeps for a number of seconds.
    wait: Callable[[float], None]
    #: Locks this newsletter against other runs. Raise Busy if another run holds the lock.
    lock: Callable[[], AbstractContextManager[None]]
    #: Opens the mailer that the settings name. The caller closes it.
    mailer: Callable[[], Mailer]
    #: Whether a domain accepts mail. May query the DNS.
    takes_mail: Callable[[str], bool]
    #: The mark of this machine, "" if it has none or several machines share the database.
    machine: str = ""
    #: The address of the public site in rehearsals that set none.
    local_site: str = LOCAL_SITE

    @property
    def config(self) -> NewsletterConfig:
        """The part of this context that code below the use cases may see."""
        signing = self.secrets.signing
        return NewsletterConfig(
            folder=self.folder,
            settings=self.settings,
            site_url=self.site_url,
            merge_key=signing[0] if signing else "",
        )

    @property
    def zone(self) -> ZoneInfo:
        """The author's time zone."""
        return self.config.zone

    @property
    def email_templates(self) -> tuple[Path, ...]:
        """The folders with templates of messages; the first one with a file wins, file by file."""
        return self.config.email_templates

    @property
    def site_url(self) -> str:
        """The address of the public site, without a slash at its end."""
        return (self.settings.site.url or self.local_site).rstrip("/")
