"""What the author does at the desk. Every action is a form's POST and leads back."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.collect import collect
from newsletter.collecting.post_decisions import Verb, choose
from newsletter.context import Context
from newsletter.delivery import control
from newsletter.desk.mail import fit_on, next_issue
from newsletter.desk.preview_options import read
from newsletter.desk.reports import copies_told, feeds_told
from newsletter.editorial import approval
from newsletter.editorial.draft import draft_issues
from newsletter.editorial.proof_copy import mail_edition
from subscribers.address import normalise
from subscribers.errors import HappyTrailsError

_DONE: dict[Verb, str] = {
    "skip": "“{}” is skipped. You can take it back under “Left out”.",
    "unskip": "“{}” waits for an issue again.",
    "release": "“{}” is released and waits for an issue.",
}


def actions(context: Context) -> Blueprint:
    """The routes of the desk's buttons."""
    pages = Blueprint("act", __name__)

    @pages.errorhandler(HappyTrailsError)
    def _refused(error: HappyTrailsError) -> Response:
        return _back(context, str(error), tone="look")

    @pages.post("/approve/<int:number>")
    def approve(number: int) -> Response:
        # An empty hash would approve unseen.
        seen = request.form.get("seen") or "nothing"
        issue = approval.approve(context, str(number), seen=seen)
        return _back(context, f"Issue {issue.number} is approved.")

    @pages.post("/unapprove/<int:number>")
    def unapprove(number: int) -> Response:
        issue = approval.unapprove(context, str(number))
        return _back(context, f"Issue {issue.number} is a draft again and follows the blog.")

    @pages.post("/stop/<int:number>")
    def stop(number: int) -> Response:
        issue = control.stop(context, str(number))
        return _back(context, f"Issue {issue.number} is stopped.")

    @pages.post("/resume/<int:number>")
    def resume(number: int) -> Response:
        issue = control.resume(context, str(number))
        return _back(context, f"Issue {issue.number} goes on.")

    @pages.post("/test")
    def test() -> Response:
        return _test(context)

    @pages.post("/posts/<int:post>/<any(skip, unskip, release):verb>")
    def decide(post: int, verb: Verb) -> Response:
        (moved,) = choose(context, verb, (post,))
        return _back(context, _DONE[verb].format(moved.title))

    @pages.post("/collect")
    def read_blog() -> Response:
        told = feeds_told(collect(context, conditional=False))
        return _back(context, told.sentence, tone=told.tone)

    return pages


def _test(context: Context) -> Response:
    require_sendable(context)
    address = normalise(request.form.get("address", ""))
    session["address"] = address
    draft_issues(context)
    switches = read(request.form, context.settings.newsletter.hemisphere)
    issue = next_issue(context, switches.issue)
    edition = fit_on(context, issue, switches.key).edition
    told = copies_told(context.settings, mail_edition(context, issue, edition, (address,)))
    return _back(context, told.sentence, tone=told.tone)


def _back(context: Context, sentence: str, *, tone: str = "good") -> Response:
    """To the page, with its switches as they were, and what came of the action."""
    flash(sentence, tone)
    switches = read(request.form, context.settings.newsletter.hemisphere)
    return redirect(f"{url_for('desk.page')}?{urlencode(switches.query())}", 303)
