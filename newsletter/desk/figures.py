"""The page of figures: all issues and the list, with the report and the table to download."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from newsletter.context import Context
from newsletter.statistics.documents import figures_csv
from newsletter.statistics.figures import IssueFigures, NewsletterFigures
from newsletter.statistics.gather import issue_statistics, newsletter_statistics
from newsletter.statistics.report_page import render_report
from newsletter.statistics.view import view_newsletter
from newsletter.subscriptions.growth import GrowthCounter


def figures_blueprint(context: Context) -> Blueprint:
    """Return the routes of the figures."""
    routes = Blueprint("figures", __name__, url_prefix="/figures")
    growth = GrowthCounter()

    @routes.get("/")
    def index() -> str:
        page = view_newsletter(newsletter_statistics(context, growth))
        return render_template("desk/figures.html", page=page)

    @routes.get("/report.html")
    def report() -> Response:
        figures = newsletter_statistics(context, growth)
        return _download(_report_of(context, figures), "text/html", "figures.html")

    @routes.get("/issues.csv")
    def table() -> Response:
        figures = newsletter_statistics(context, growth)
        return _download(figures_csv(figures), "text/csv", "issues.csv")

    @routes.get("/<int(max=2147483647):number>/report.html")
    def issue_report(number: int) -> Response:
        figures = issue_statistics(context, str(number))
        return _download(_report_of(context, figures), "text/html", f"issue-{number}.html")

    return routes


def _report_of(context: Context, figures: NewsletterFigures | IssueFigures) -> str:
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
