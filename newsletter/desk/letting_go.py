"""Letting an issue go, on its page: approve, send now, undo, stop, another time, skip.

blueprint         the buttons: each is a form that POSTs, acts, and redirects back
build_letting_go  what the panel shows beside the issue's status
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from newsletter.context import NewsletterConfig
from newsletter.delivery import control
from newsletter.desk.current import current_context, current_desk
from newsletter.desk.issue.preview_options import parse_options
from newsletter.editorial import approval
from newsletter.editorial.decision_log import describe_decision
from newsletter.editorial.draft import Draft
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.pinned_edits import join_titles
from newsletter.editorial.reschedule import (
    Rescheduled,
    schedule_issue,
    skip_issue,
    slot_is_moved,
    unskip_slot,
)
from newsletter.errors import NotReady, UsageError
from newsletter.models import DESK, Issue, Rhythm
from newsletter.pipeline.release import is_sent_too_soon, send_now, undo_send
from newsletter.schedule import format_when
from newsletter.scheduling.next_slot import skipped_slots
from newsletter.scheduling.send_policy import format_readers
from newsletter.storage.database.engine import Connection, snapshot
from newsletter.storage.decisions import decisions_on
from subscribers.errors import HappyTrailsError

_FIELD_TIME = "%Y-%m-%dT%H:%M"
_MINUTE = dt.timedelta(minutes=1)
_DECISIONS_SHOWN = 6
blueprint = Blueprint("letting_go", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedSlot:
    """A slot that the author skips, in words."""

    rhythm: Rhythm
    key: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LettingGo:
    """What the panel shows beside the issue's status."""

    #: The grace of "send now" in words, "" for none.
    grace: str
    #: Who gets it, such as "1,240 readers".
    readers: str
    #: Whether another issue went out so lately that the author has to insist.
    must_insist: bool
    #: The issue's time for a `datetime-local` field, and the earliest and latest that fit.
    time: str
    earliest: str
    latest: str
    #: Whether the author moved it from its usual time.
    is_moved: bool
    #: When it is if this one is skipped.
    next_time: str
    skipped: tuple[SkippedSlot, ...]
    #: Who decided what, the newest first.
    decisions: tuple[str, ...]


def build_letting_go(
    connection: Connection, config: NewsletterConfig, draft: Draft, issue: Issue, now: dt.datetime
) -> LettingGo:
    """Return what the panel shows of `issue`, which is the draft's issue."""
    zone, minutes = config.zone, config.settings.issue.undo_minutes
    entries = decisions_on(connection, issue.number)
    return LettingGo(
        grace=("1 minute" if minutes == 1 else f"{minutes} minutes") if minutes else "",
        readers=format_readers(draft.readers),
        must_insist=is_sent_too_soon(connection, issue, now),
        time=f"{issue.planned_for.astimezone(zone):{_FIELD_TIME}}",
        earliest=f"{(now + _MINUTE).astimezone(zone):{_FIELD_TIME}}",
        latest=f"{(draft.target.after.at - _MINUTE).astimezone(zone):{_FIELD_TIME}}",
        is_moved=slot_is_moved(connection, issue),
        next_time=format_when(draft.target.after.at, now, zone),
        skipped=tuple(
            SkippedSlot(rhythm=issue.rhythm, key=slot.key, when=format_when(slot.at, now, zone))
            for slot in skipped_slots(connection, config, issue.rhythm, now)
        ),
        decisions=tuple(
            describe_decision(entry, zone) for entry in reversed(entries[-_DECISIONS_SHOWN:])
        ),
    )


@blueprint.errorhandler(HappyTrailsError)
def show_error(error: HappyTrailsError) -> Response:
    """Show why nothing was done."""
    return _go_back(str(error), "look")


@blueprint.post("/approve/<int:number>")
def approve(number: int) -> Response:
    """Approve an issue as the page showed it."""
    # An empty hash would approve an issue that nobody has looked at.
    seen = request.form.get("seen") or "nothing"
    approved = approval.approve(current_context(), str(number), seen=seen, by=DESK)
    what = f" with the new text of {join_titles(approved.taken)}" if approved.taken else ""
    return _go_back(f"Issue {number} is approved{what}.")


@blueprint.post("/unapprove/<int:number>")
def unapprove(number: int) -> Response:
    """Withdraw the approval of an issue."""
    issue = approval.unapprove(current_context(), str(number), by=DESK)
    return _go_back(f"Issue {issue.number} is a draft again and follows the blog.")


@blueprint.post("/send-now/<int:number>")
def send(number: int) -> Response:
    """Release an issue, which is sent after the grace period."""
    if _is_on_its_way(number):
        # A second click, or the browser's way back: it is on its way already.
        return _go_to_delivery(number)
    send_now(
        current_context(),
        str(number),
        seen=request.form.get("seen", ""),
        by=DESK,
        insist=request.form.get("insist") == "yes",
    )
    current_desk().worker.wake()
    return _go_to_delivery(number)


@blueprint.post("/undo/<int:number>")
def undo(number: int) -> Response:
    """Undo the release of an issue that is not frozen yet."""
    try:
        issue = undo_send(current_context(), str(number), by=DESK)
    except NotReady as error:
        if _is_on_its_way(number):
            flash(str(error), "look")
            return _go_to_delivery(number)
        raise
    current_desk().worker.wake()
    before = "approved" if issue.status == "approved" else "a draft"
    return _go_back(f"Undone: nobody got issue {number}. It is {before} again, as it was before.")


@blueprint.post("/stop/<int:number>")
def stop(number: int) -> Response:
    """Stop an issue."""
    issue = control.stop(current_context(), str(number), by=DESK)
    if issue.frozen_at is not None:
        return _go_to_delivery(number)
    return _go_back(f"Issue {issue.number} is stopped.")


@blueprint.post("/resume/<int:number>")
def resume(number: int) -> Response:
    """Resume a stopped issue."""
    issue = control.resume(current_context(), str(number), by=DESK)
    if issue.frozen_at is not None:
        current_desk().worker.go_on(number)
        return _go_to_delivery(number)
    return _go_back(f"Issue {issue.number} goes on.")


@blueprint.post("/go-on/<int:number>")
def go_on(number: int) -> Response:
    """Resume a delivery that ended early."""
    current_desk().worker.go_on(number)
    return _go_to_delivery(number)


@blueprint.post("/cancel/<int:number>")
def cancel(number: int) -> Response:
    """Cancel an issue."""
    issue = control.cancel(current_context(), str(number), by=DESK)
    if issue.frozen_at is not None:
        return _go_to_delivery(number)
    return _go_back(f"Issue {issue.number} is given up; its posts wait for the next.")


@blueprint.post("/schedule/<int:number>")
def schedule(number: int) -> Response:
    """Move an issue to another time, or back to its usual one."""
    context = current_context()
    given = request.form.get("when", "") if request.form.get("usual") != "yes" else ""
    moved = schedule_issue(
        context,
        str(number),
        parse_time(given, context.zone) if given else None,
        by=DESK,
        shown=_parse_shown(request.form.get("shown", "")),
    )
    return _go_back(_moved_sentence(moved))


@blueprint.post("/skip/<int:number>")
def skip(number: int) -> Response:
    """Skip the slot of an issue."""
    context = current_context()
    moved = skip_issue(context, str(number), by=DESK, key=request.form.get("key", ""))
    when = format_when(moved.issue.planned_for, context.clock(), context.zone)
    sentence = f"Skipped. All that issue {number} holds waits for {when}. {moved.voided}"
    return _go_back(sentence.strip())


@blueprint.post("/unskip/<any(weekly, fortnightly, monthly):rhythm>/<key>")
def unskip(rhythm: Rhythm, key: str) -> Response:
    """Restore a skipped slot."""
    moved = unskip_slot(current_context(), rhythm, key, by=DESK)
    sentence = _moved_sentence(moved) if moved else "It is not skipped any more."
    return _go_back(sentence)


def _moved_sentence(moved: Rescheduled) -> str:
    context = current_context()
    when = format_when(moved.issue.planned_for, context.clock(), context.zone)
    sentence = f"Issue {moved.issue.number} is for {when} now. {moved.voided}"
    return sentence.strip()


def parse_time(text: str, zone: ZoneInfo) -> dt.datetime:
    """Return the moment that a `datetime-local` field means in the author's zone, in UTC.

    Raise UsageError for what is no time.
    """
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "That is no day and time.", cure="Write it like 2026-11-29T18:00."
        ) from None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    try:
        return local.astimezone(dt.UTC)
    except OverflowError:
        raise UsageError("That is no day and time.", cure="Choose one of the next days.") from None


def _parse_shown(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def _is_on_its_way(number: int) -> bool:
    context = current_context()
    with snapshot(context.engine) as connection:
        return find_issue(connection, context.settings, str(number)).frozen_at is not None


def _go_to_delivery(number: int) -> Response:
    return redirect(url_for("delivery.page", number=number), 303)


def _go_back(sentence: str, tone: str = "good") -> Response:
    """Redirect to the issue's page with the options of the form, and show the sentence there."""
    flash(sentence, tone)
    options = parse_options(request.form, current_context().settings.newsletter.hemisphere)
    return redirect(f"{url_for('desk.page')}?{urlencode(options.query())}", 303)
