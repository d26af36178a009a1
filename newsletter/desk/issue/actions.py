"""The desk's buttons: each is a form that POSTs, acts, and redirects back to the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.collect import FeedReport, collect
from newsletter.collecting.post_decisions import PostDecision, decide_posts
from newsletter.config.settings import Settings
from newsletter.delivery.status import NOBODY_MAILED
from newsletter.desk.current import current_context
from newsletter.desk.issue.mail import open_issue, render_edition
from newsletter.desk.issue.preview_options import parse_options
from newsletter.editorial.draft import current_drafts
from newsletter.editorial.proof_copy import live_link_sentence, mail_edition
from newsletter.models import Receipt
from newsletter.storage.database.engine import snapshot
from subscribers.address import normalise
from subscribers.errors import HappyTrailsError

_POST_SENTENCES: dict[PostDecision, str] = {
    "skip": "“{}” is skipped. You can restore it under “Left out”.",
    "unskip": "“{}” waits for an issue again.",
    "release": "“{}” is released and waits for an issue.",
}
blueprint = Blueprint("actions", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionReport:
    """The result of an action, as a sentence for the top of the page."""

    sentence: str
    #: "look" if something is wrong.
    tone: Literal["good", "look"] = "good"


@blueprint.errorhandler(HappyTrailsError)
def show_error(error: HappyTrailsError) -> Response:
    """Show why nothing was done."""
    return _redirect_back(ActionReport(sentence=str(error), tone="look"))


@blueprint.post("/test")
def send_test_copy() -> Response:
    """Send the author a test copy of the edition on the page."""
    context = current_context()
    settings = context.settings
    require_sendable(settings, context.secrets, context.mailer)
    address = normalise(request.form.get("address", ""))
    session["address"] = address
    current_drafts(context)
    options = parse_options(request.form, settings.newsletter.hemisphere)
    with snapshot(context.engine) as connection:
        issue = open_issue(connection, settings, options.issue)
        edition = render_edition(connection, context.config, issue, options.key).edition
    ((_, receipt),) = mail_edition(context, issue, edition, (address,))
    return _redirect_back(report_test_copy(settings, address, receipt))


@blueprint.post("/posts/<int:post>/<any(skip, unskip, release):verb>")
def decide_post(post: int, verb: PostDecision) -> Response:
    """Decide about a post of the issue."""
    decided = decide_posts(current_context(), verb, (post,))
    sentence = _POST_SENTENCES[verb].format(decided.posts[0].title)
    return _redirect_back(ActionReport(sentence=sentence))


@blueprint.post("/collect")
def read_blog() -> Response:
    """Read the blog's feeds now."""
    return _redirect_back(report_feeds(collect(current_context(), conditional=False)))


def _redirect_back(report: ActionReport) -> Response:
    """Redirect to the page with the options of the form, and show the report there."""
    flash(report.sentence, report.tone)
    options = parse_options(request.form, current_context().settings.newsletter.hemisphere)
    return redirect(f"{url_for('desk.page')}?{urlencode(options.query())}", 303)


def report_feeds(reports: Sequence[FeedReport]) -> ActionReport:
    """Return how reading the blog went."""
    errors = [report.error for report in reports if report.status == "failed"]
    if errors:
        return ActionReport(sentence=" ".join(errors), tone="look")
    counts = [
        f"{count} {label}"
        for count, label in (
            (sum(report.new for report in reports), "new"),
            (sum(report.changed for report in reports), "changed"),
            (sum(report.withdrawn for report in reports), "withdrawn"),
        )
        if count
    ]
    return ActionReport(sentence=f"The blog was read: {', '.join(counts) or 'nothing new'}.")


def report_test_copy(settings: Settings, address: str, receipt: Receipt) -> ActionReport:
    """Return what became of a test copy."""
    if receipt.outcome == "accepted":
        if settings.sender.mailer == "outbox":
            folder = f"{settings.sender.outbox.folder}/test"
            sentence = f"The test copy for {address} is in the folder {folder}; {NOBODY_MAILED}."
            return ActionReport(sentence=sentence)
        sentence = f"A test copy is on its way to {address}. {live_link_sentence(settings)}"
        return ActionReport(sentence=sentence.strip())
    reason = receipt.detail.rstrip(".") or "the mailer gave no reason"
    if receipt.outcome == "unknown":
        sentence = f"Nobody can say whether the copy was sent: {reason}."
    else:
        sentence = f"The test copy was not sent: {reason}."
    return ActionReport(sentence=sentence, tone="look")
