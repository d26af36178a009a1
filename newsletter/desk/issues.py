"""The pages of all issues: how each went, who did not get it, and what to do about that."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from newsletter.composer.public_copy import ArchivePaths
from newsletter.delivery.issue_report import list_issue_page, report_issue
from newsletter.delivery.resolve import count_failed, resolve, retry_failed
from newsletter.delivery.status import IssueProgress
from newsletter.desk.current import current_context, current_desk
from newsletter.desk.error_pages import expected_error_page
from newsletter.desk.issue.iframe import content_security_policy
from newsletter.desk.navigation import page_number, report_back
from newsletter.editorial.archive import archive_page
from newsletter.editorial.decision_log import describe_decision
from newsletter.errors import NotReady
from newsletter.models import IssueStatus
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.statistics.gather import issue_statistics
from newsletter.statistics.view import view_issue
from newsletter.storage.database.engine import snapshot
from newsletter.storage.decisions import decisions_on
from newsletter.storage.ledger.failures import DeliveryGroup
from subscribers.errors import HappyTrailsError

PAGE_SIZE = 12
_ADDRESSES_SHOWN = 50
STATUS_WORDS: Mapping[IssueStatus, str] = {
    "draft": "Draft",
    "approved": "Approved",
    "frozen": "About to go",
    "sending": "On its way",
    "sent": "Sent",
    "stopped": "Stopped",
    "cancelled": "Given up",
}
blueprint = Blueprint("issues", __name__, url_prefix="/issues")


@blueprint.errorhandler(HappyTrailsError)
def show_error(error: HappyTrailsError) -> BaseResponse:
    """Show an expected error of a form on the page of its issue."""
    number = (request.view_args or {}).get("number")
    if request.method != "POST" or number is None:
        return expected_error_page(error)
    return report_back(str(error), "issues.show", "look", number=number)


@blueprint.get("/")
def index() -> str:
    """Show the list of issues."""
    below = page_number(request.args.get("below", ""), least=0)
    with snapshot(current_context().engine) as connection:
        page = list_issue_page(connection, below=below, size=PAGE_SIZE)
    return render_template(
        "desk/issues.html",
        page=page,
        below=below,
        words=STATUS_WORDS,
    )


@blueprint.get("/<int(max=2147483647):number>")
def show(number: int) -> str:
    """Show how an issue went."""
    context = current_context()
    with snapshot(context.engine) as connection:
        report = report_issue(connection, context.config, str(number))
        issue = report.progress.issue
        retryable = 0
        if issue.frozen_at is not None and issue.status != "cancelled":
            retryable = count_failed(connection, context.settings, str(number), "")[1]
        entries = decisions_on(connection, number)
    figures = issue_statistics(context, str(number)) if issue.frozen_at else None
    return render_template(
        "desk/issue_report.html",
        report=report,
        issue=issue,
        figures=report.progress.figures,
        page=view_issue(figures, context.settings.newsletter.title) if figures else None,
        groups=report.groups,
        retryable=retryable,
        reason_of=reason_of,
        words=STATUS_WORDS,
        shown=_ADDRESSES_SHOWN,
        in_delivery=issue.status in IN_DELIVERY,
        decisions=[describe_decision(entry, context.zone) for entry in reversed(entries)],
    )


@blueprint.get("/<int(max=2147483647):number>/message")
def message(number: int) -> Response:
    """Show the message of an issue, for an iframe."""
    page = archive_page(current_context(), number, ArchivePaths.below("#"))
    response = Response(page.html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_security_policy(images=True)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/<int(max=2147483647):number>/retry")
def ask(number: int) -> str:
    """Ask whether those who did not get an issue are to get it again."""
    reason = request.args.get("reason", "")
    context = current_context()
    with snapshot(context.engine) as connection:
        issue, count = count_failed(connection, context.settings, str(number), reason)
    return render_template("desk/issue_retry.html", issue=issue, count=count, reason=reason)


@blueprint.post("/<int(max=2147483647):number>/retry")
def retry(number: int) -> BaseResponse:
    """Send an issue again to those who did not get it."""
    reason = request.form.get("reason", "")
    return _go_on(retry_failed(current_context(), str(number), reason, deliver=False))


@blueprint.post("/<int(max=2147483647):number>/resolve")
def decide_unknown(number: int) -> BaseResponse:
    """Send the deliveries of unknown outcome again, or leave them as they are."""
    decision = request.form.get("decision", "")
    if decision not in ("resend", "leave"):
        raise NotReady("Say what is to become of them: send again, or leave them.")
    if decision == "resend":
        return _go_on(resolve(current_context(), str(number), "resend", deliver=False))
    ended = resolve(current_context(), str(number), "leave")
    return report_back(ended.reason, "issues.show", number=number)


def _go_on(ended: IssueProgress) -> BaseResponse:
    """Let the desk deliver what is sent again, and lead to its progress."""
    issue = ended.issue
    if ended.figures.pending and issue.status in IN_DELIVERY:
        current_desk().worker.go_on(issue.number)
        return report_back("They get it again, starting now.", "delivery.page", number=issue.number)
    return report_back(ended.reason, "issues.show", number=issue.number)


def reason_of(group: DeliveryGroup) -> str:
    """Return what selects just this group for another try: its fault, or a part of its words."""
    return group.detail if group.detail and not group.fault else group.fault
