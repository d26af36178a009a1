"""What the views share: the newsletter of a request, and what one desk keeps between requests."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass, field

from flask import Flask, current_app, g

from newsletter.config.settings import Settings
from newsletter.context import Context
from newsletter.delivery.status import IssueProgress, issue_progress
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.desk.fresh_settings import FreshSettings
from newsletter.desk.issue.memory import IssueMemory
from newsletter.desk.readers.uploads import UploadShelf
from newsletter.models import Issue
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.growth import GrowthCounter

_EXTENSION = "desk"
_KEPT = dt.timedelta(seconds=2)
# A count is kept so many times longer than it took.
_KEPT_TIMES = 10


@dataclass(slots=True, eq=False)
class ProgressCache:
    """The figures of issues, kept for a while: to count a million deliveries takes its time."""

    #: Until when each is kept, by the issue's id, and what it was counted for.
    _kept: dict[int, tuple[dt.datetime, tuple[str, Settings], IssueProgress]] = field(
        default_factory=dict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def progress(self, context: Context, issue: Issue) -> IssueProgress:
        """Return the progress of a frozen issue, counted now or a short while ago."""
        with self._lock:
            began = context.real_clock()
            # Its sentence is written by the settings.
            counted_for = (issue.status, context.settings)
            kept = self._kept.get(issue.id)
            if kept is not None and began < kept[0] and kept[1] == counted_for:
                return kept[2]
            with snapshot(context.engine) as connection:
                progress = issue_progress(connection, context.config, issue)
            ended = context.real_clock()
            until = ended + max(_KEPT, _KEPT_TIMES * (ended - began))
            self._kept[issue.id] = (until, counted_for, progress)
            return progress


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Desk:
    """One open desk: what its views need beside the request."""

    settings: FreshSettings
    #: Delivers what is let go.
    worker: DeliveryWorker
    progress: ProgressCache = field(default_factory=ProgressCache)
    #: What the issue page remembers.
    issues: IssueMemory = field(default_factory=IssueMemory)
    growth: GrowthCounter = field(default_factory=GrowthCounter)
    #: Lists between their preview and their import.
    uploads: UploadShelf = field(default_factory=UploadShelf)

    def open_in(self, app: Flask) -> None:
        """Make this the desk that the views of `app` find by `current_desk`."""
        app.extensions[_EXTENSION] = self


def current_desk() -> Desk:
    """Return the desk that this request came to."""
    desk: Desk = current_app.extensions[_EXTENSION]
    return desk


def current_context() -> Context:
    """Return the newsletter, with the settings that this request began with."""
    if "context" not in g:
        g.context = current_desk().settings.context
    context: Context = g.context
    return context
