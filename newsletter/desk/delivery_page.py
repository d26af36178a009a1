"""An issue that is let go, on its way, stopped or out: its page, with live progress.

describe_release   what the panel shows of an issue that is let go
describe_delivery  what it shows of a frozen one, by the database or the desk's own delivery
the page           polls its panel while something may change; without scripts it has a link
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import Literal

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.delivery.status import IssueProgress
from newsletter.desk.current import current_context, current_desk
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.editorial.decision_log import describe_decision
from newsletter.editorial.find_issue import describe_issue, find_issue, list_underway
from newsletter.models import Figures, Issue
from newsletter.storage.database.engine import snapshot
from newsletter.storage.decisions import decisions_on

Phase = Literal["released", "going", "waiting", "stopped", "out", "cancelled"]

_HOUR = dt.timedelta(hours=1)
blueprint = Blueprint("delivery", __name__, url_prefix="/delivery")


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


def describe_delivery(issue: Issue, worker: DeliveryWorker, progress: IssueProgress) -> Delivery:
    """Return the panel of a frozen issue."""
    live = worker.live_figures(issue.number)
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


def describe_release(
    issue: Issue, worker: DeliveryWorker, sentence: str, *, now: dt.datetime
) -> Delivery:
    """Return the panel of an issue that is let go; `sentence` is its status in words."""
    release = issue.release_at
    if release is None:
        # Undone, or stopped.
        return Delivery(
            issue=issue,
            phase="waiting",
            heading=f"Issue {issue.number} stays here",
            sentence=sentence,
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
        sentence=f"{sentence} Nothing has left yet.",
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


@blueprint.app_context_processor
def add_deliveries() -> dict[str, object]:
    """Give every template `deliveries()`, the panels of those under way."""
    return {"deliveries": _find_deliveries}


def _find_deliveries() -> tuple[Delivery, ...]:
    context = current_context()
    with snapshot(context.engine) as connection:
        issues = list_underway(connection, since=context.clock() - _HOUR)
    return tuple(_panel_of(issue) for issue in issues)


def _panel_of(issue: Issue) -> Delivery:
    desk, context = current_desk(), current_context()
    if issue.frozen_at is None:
        with snapshot(context.engine) as connection:
            status = describe_issue(connection, context.config, issue, context.clock())
        return describe_release(issue, desk.worker, status.sentence, now=context.real_clock())
    return describe_delivery(issue, desk.worker, desk.progress.progress(context, issue))


def _find_delivery(number: int) -> Delivery | None:
    context = current_context()
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, str(number))
    if issue.frozen_at is None and issue.release_at is None:
        return None
    return _panel_of(issue)


@blueprint.get("/<int:number>")
def page(number: int) -> str | BaseResponse:
    """Show a delivery."""
    delivery = _find_delivery(number)
    if delivery is None:
        return redirect(url_for("desk.page", issue=number), 303)
    context = current_context()
    with snapshot(context.engine) as connection:
        entries = decisions_on(connection, number)
    return render_template(
        "desk/delivery.html",
        delivery=delivery,
        decisions=[describe_decision(entry, context.zone) for entry in reversed(entries)],
    )


@blueprint.get("/<int:number>/panel")
def panel(number: int) -> Response:
    """Return the panel alone, which the page's script puts in place of its own."""
    delivery = _find_delivery(number)
    if delivery is None:
        # The page follows it to where the issue is.
        return Response("", 204)
    return Response(render_template("desk/delivery_panel.html", delivery=delivery))
