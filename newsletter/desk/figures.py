"""The page of figures: all issues and the list, with the report and the table to download."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from newsletter.desk.current import current_context, current_desk
from newsletter.statistics.documents import figures_csv
from newsletter.statistics.figures import IssueFigures, NewsletterFigures
from newsletter.statistics.gather import issue_statistics, newsletter_statistics
from newsletter.statistics.report_page import render_report
from newsletter.statistics.view import view_newsletter

blueprint = Blueprint("figures", __name__, url_prefix="/figures")


@blueprint.get("/")
def index() -> str:
    """Show the figures of all issues and of the list."""
    return render_template("desk/figures.html", page=view_newsletter(_count_all()))


@blueprint.get("/report.html")
def report() -> Response:
    """Download the report of all issues."""
    return _download(_render(_count_all()), "text/html", "figures.html")


@blueprint.get("/issues.csv")
def table() -> Response:
    """Download the table of all issues."""
    return _download(figures_csv(_count_all()), "text/csv", "issues.csv")


@blueprint.get("/<int(max=2147483647):number>/report.html")
def issue_report(number: int) -> Response:
    """Download the report of an issue."""
    figures = issue_statistics(current_context(), str(number))
    return _download(_render(figures), "text/html", f"issue-{number}.html")


def _count_all() -> NewsletterFigures:
    return newsletter_statistics(current_context(), current_desk().growth)


def _render(figures: NewsletterFigures | IssueFigures) -> str:
    context = current_context()
    return render_report(
        figures,
        title=context.settings.newsletter.title,
        now=context.clock(),
        zone=context.zone,
        folder=context.folder,
    )


def _download(text: str, media_type: str, name: str) -> Response:
    response = Response(text, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
