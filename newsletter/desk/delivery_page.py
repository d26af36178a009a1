"""An issue that is let go, on its way, stopped or out: its page, with live progress.

    build_delivery   what the page shows, from the database or from the desk's own delivery
    the page         polls its panel while something may change; without scripts it has a link

Counting a million deliveries takes a while, so a count is kept for some time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.context import Context
from newsletter.delivery.status import IssueProgress, read_progress
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.editorial.decision_log import describe_decision, read_decisions
from newsletter.editorial.find_issue import describe_issue, list_underway, read_issue
from newsletter.models import Figures, Issue

Phase = Literal["released", "going", "waiting", "stopped", "out", "cancelled"]

_KEPT = dt.timedelta(seconds=2)
# A count is kept so many times longer than it took.
_KEPT_TIMES = 10
_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the panel of a delivery shows."""

    issue: Issue
    phase: Phase
    heading: str
    #: What happens next, or what happened.
    sentence: str
    #: How many readers are done with, and of how many; 0 of 0 before the freeze.
    done: int = 0
    planned: int = 0
    #: Why the desk could not deliver, "" if it could.
    problem: str = ""

    @property
    def may_change(self) -> bool:
        """Whether the panel may change by itself, so that a page should look again."""
        return self.phase in ("released", "going", "waiting")

    @property
    def state(self) -> str:
        """A short text that differs whenever the panel reads differently."""
        parts = (self.phase, self.heading, self.sentence, self.problem, str(self.done))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def build_delivery(
    context: Context, worker: DeliveryWorker, counts: ProgressCache, issue: Issue
) -> Delivery:
    """Return the panel of an issue that is let go or frozen."""
    if issue.frozen_at is None:
        return _describe_release(context, worker, issue)
    live = worker.live_figures(issue.number)
    progress = counts.progress(context, issue)
    figures = progress.figures if live is None else live
    done = figures.planned - figures.pending
    panel = Delivery(
        issue=issue,
        phase="going",
        heading=f"Issue {issue.number} is on its way",
        sentence=_describe_figures(figures, progress.outbox_folder),
        done=done,
        planned=figures.planned,
        problem=worker.problem,
    )
    if issue.status == "sent":
        heading = f"Issue {issue.number} is out"
        return replace(panel, phase="out", heading=heading, sentence=progress.reason, problem="")
    if issue.status == "cancelled":
        heading = f"Issue {issue.number} is given up"
        return replace(panel, phase="cancelled", heading=heading, sentence=progress.reason)
    if issue.status == "stopped":
        pending = f"{figures.pending:,} {'waits' if figures.pending == 1 else 'wait'}"
        return replace(
            panel,
            phase="stopped",
            heading=f"Issue {issue.number} is stopped",
            sentence=f"{panel.sentence} {pending} until you let it go on.",
        )
    if live is None and (left := worker.left_sentence(issue.number)):
        return replace(panel, phase="waiting", sentence=f"{left} The next run tries again.")
    return panel


def _describe_release(context: Context, worker: DeliveryWorker, issue: Issue) -> Delivery:
    release, now = issue.release_at, context.real_clock()
    if release is None:
        # Undone, or stopped.
        return Delivery(
            issue=issue,
            phase="waiting",
            heading=f"Issue {issue.number} stays here",
            sentence=describe_issue(context, issue).sentence,
        )
    if now >= release:
        return Delivery(
            issue=issue,
            phase="released",
            heading=f"Issue {issue.number} goes out now",
            sentence="It goes as soon as nothing else is at work. Until then you can undo it.",
            problem=worker.problem,
        )
    return Delivery(
        issue=issue,
        phase="released",
        heading=f"Issue {issue.number} goes out {_format_wait(release - now)}",
        sentence=f"{describe_issue(context, issue).sentence} Nothing has left yet.",
    )


def _format_wait(wait: dt.timedelta) -> str:
    seconds = wait.total_seconds()
    if seconds < 60:  # noqa: PLR2004  # a minute
        return "in less than a minute"
    minutes = round(seconds / 60)
    return "in 1 minute" if minutes == 1 else f"in {minutes} minutes"


def _describe_figures(figures: Figures, folder: str) -> str:
    what = f"written to {folder}" if folder else "accepted"
    sentence = f"{figures.accepted:,} of {figures.planned:,} {what}"
    for count, words in (
        (figures.suppressed, "left before it went out"),
        (figures.failed, "failed"),
        (figures.unknown, "unknown"),
    ):
        if count:
            sentence += f", {count:,} {words}"
    return f"{sentence}."


@dataclass(slots=True, eq=False)
class ProgressCache:
    """The figures of issues, kept for a while after they were counted."""

    clock: Callable[[], dt.datetime]
    _kept: dict[int, tuple[dt.datetime, str, IssueProgress]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def progress(self, context: Context, issue: Issue) -> IssueProgress:
        """Return the progress of a frozen issue, counted now or a short while ago."""
        with self._lock:
            began = self.clock()
            kept = self._kept.get(issue.id)
            if kept is not None and began < kept[0] and kept[1] == issue.status:
                return kept[2]
            progress = read_progress(context, issue)
            ended = self.clock()
            until = ended + max(_KEPT, _KEPT_TIMES * (ended - began))
            self._kept[issue.id] = (until, issue.status, progress)
            return progress


def delivery_blueprint(context: Context, worker: DeliveryWorker) -> Blueprint:
    """Return the page of a delivery, and give templates `deliveries()`, those under way."""
    routes = Blueprint("delivery", __name__, url_prefix="/delivery")
    counts = ProgressCache(clock=context.real_clock)

    def deliveries() -> tuple[Delivery, ...]:
        issues = list_underway(context, since=context.clock() - _HOUR)
        return tuple(build_delivery(context, worker, counts, issue) for issue in issues)

    @routes.app_context_processor
    def add_deliveries() -> dict[str, object]:
        return {"deliveries": deliveries}

    def find_delivery(number: int) -> Delivery | None:
        issue = read_issue(context, number)
        if issue.frozen_at is None and issue.release_at is None:
            return None
        return build_delivery(context, worker, counts, issue)

    @routes.get("/<int:number>")
    def page(number: int) -> str | BaseResponse:
        delivery = find_delivery(number)
        if delivery is None:
            return redirect(url_for("desk.page", issue=number), 303)
        entries = read_decisions(context, number)
        return render_template(
            "desk/delivery.html",
            delivery=delivery,
            decisions=[describe_decision(entry, context.zone) for entry in reversed(entries)],
        )

    @routes.get("/<int:number>/panel")
    def panel(number: int) -> Response:
        delivery = find_delivery(number)
        if delivery is None:
            # The page follows it to where the issue is.
            return Response("", 204)
        return Response(render_template("desk/delivery_panel.html", delivery=delivery))

    return routes
