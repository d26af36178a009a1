"""The report: figures as one HTML file that needs neither a script nor the net."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.resources import render_file
from newsletter.statistics.figures import IssueFigures, NewsletterFigures
from newsletter.statistics.view import TEMPLATE_NAMES, view_issue, view_newsletter

#: The mark of our own reports, which a new one may replace.
GENERATOR = "Happy Trails, newsletter stats"


def render_report(
    figures: NewsletterFigures | IssueFigures,
    *,
    title: str,
    now: dt.datetime,
    zone: ZoneInfo,
    folder: Path,
) -> str:
    """Return the page of all issues, or of one, in the newsletter of this `title` and `folder`.

    Raise ComposeError for a template of the author's own that cannot be used.
    """
    local = now.astimezone(zone)
    lead = f"As of {local.day} {local:%B %Y}, {local:%H:%M}."
    fields: dict[str, object] = {"title": title, "generator": GENERATOR, "page": None}
    if isinstance(figures, IssueFigures):
        went = figures.frozen_at.astimezone(zone)
        day = f"{went:%A}, {went.day} {went:%B %Y}"
        fields |= {
            "heading": figures.subject or f"Issue {figures.number}",
            "lead": f"Issue {figures.number} went out on {day}. {lead}",
            "issue_page": view_issue(figures, title),
        }
    else:
        fields |= {"heading": "Figures", "lead": lead, "issue_page": None}
        fields["page"] = view_newsletter(figures)
    return render_file("statistics/report.html", folder, TEMPLATE_NAMES, fields)


def is_report(head: bytes) -> bool:
    """Whether a file that begins so is a report of ours, which a new one may replace."""
    return GENERATOR.encode() in head
