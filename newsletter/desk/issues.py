"""The pages of all issues: how each went, who did not get it, and what to do about that."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from newsletter.composer.public_copy import ArchivePaths
from newsletter.context import Context
from newsletter.delivery.issue_report import list_issue_page, report_issue
from newsletter.delivery.resolve import count_failed, resolve, retry_failed
from newsletter.delivery.status import IssueProgress
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.desk.error_pages import expected_error_page
from newsletter.desk.issue.iframe import content_security_policy
from newsletter.desk.navigation import page_number, report_back
from newsletter.editorial.archive import archive_page
from newsletter.editorial.decision_log import describe_decision, read_decisions
from newsletter.errors import NotReady
from newsletter.models import IssueStatus
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.statistics.gather import issue_statistics
from newsletter.statistics.view import view_issue
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


def issues_blueprint(context: Context, worker: DeliveryWorker) -> Blueprint:
    """Return the routes of the issues; `worker` delivers what is sent again."""
    routes = Blueprint("issues", __name__, url_prefix="/issues")

    @routes.errorhandler(HappyTrailsError)
    def show_error(error: HappyTrailsError) -> BaseResponse:
        number = (request.view_args or {}).get("number")
        if request.method != "POST" or number is None:
            return expected_error_page(error)
        return report_back(str(error), "issues.show", "look", number=number)

    _add_views(routes, context)
    _add_decisions(routes, context, worker)
    return routes


def _add_views(routes: Blueprint, context: Context) -> None:
    @routes.get("/")
    def index() -> str:
        below = page_number(request.args.get("below", ""), least=0)
        return render_template(
            "desk/issues.html",
            page=list_issue_page(context, below=below, size=PAGE_SIZE),
            below=below,
            words=STATUS_WORDS,
        )

    @routes.get("/<int(max=2147483647):number>")
    def show(number: int) -> str:
        report = report_issue(context, str(number))
        issue = report.progress.issue
        figures = issue_statistics(context, str(number)) if issue.frozen_at else None
        retryable = 0
        if issue.frozen_at is not None and issue.status != "cancelled":
            retryable = count_failed(context, str(number), "")[1]
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
            decisions=[
                describe_decision(entry, context.zone)
                for entry in reversed(read_decisions(context, number))
            ],
        )

    @routes.get("/<int(max=2147483647):number>/message")
    def message(number: int) -> Response:
        page = archive_page(context, number, ArchivePaths.below("#"))
        response = Response(page.html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = content_security_policy(images=True)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @routes.get("/<int(max=2147483647):number>/retry")
    def ask(number: int) -> str:
        reason = request.args.get("reason", "")
        issue, count = count_failed(context, str(number), reason)
        return render_template("desk/issue_retry.html", issue=issue, count=count, reason=reason)


def _add_decisions(routes: Blueprint, context: Context, worker: DeliveryWorker) -> None:
    def go_on(ended: IssueProgress) -> BaseResponse:
        issue = ended.issue
        if ended.figures.pending and issue.status in IN_DELIVERY:
            worker.go_on(issue.number)
            return report_back(
                "They get it again, starting now.", "delivery.page", number=issue.number
            )
        return report_back(ended.reason, "issues.show", number=issue.number)

    @routes.post("/<int(max=2147483647):number>/retry")
    def retry(number: int) -> BaseResponse:
        reason = request.form.get("reason", "")
        return go_on(retry_failed(context, str(number), reason, deliver=False))

    @routes.post("/<int(max=2147483647):number>/resolve")
    def decide_unknown(number: int) -> BaseResponse:
        decision = request.form.get("decision", "")
        if decision not in ("resend", "leave"):
            raise NotReady("Say what is to become of them: send again, or leave them.")
        if decision == "resend":
            return go_on(resolve(context, str(number), "resend", deliver=False))
        ended = resolve(context, str(number), "leave")
        return report_back(ended.reason, "issues.show", number=number)


def reason_of(group: DeliveryGroup) -> str:
    """Return what selects just this group for another try: its fault, or a part of its words."""
    return group.detail if group.detail and not group.fault else group.fault
