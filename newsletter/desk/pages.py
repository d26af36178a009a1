"""What the desk shows: the page of the next issue, the mail in its frame, the looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, render_template, request, session

from newsletter.context import Context
from newsletter.desk.mail import mail_of, next_issue
from newsletter.desk.preview_frame import as_seen, frame_policy
from newsletter.desk.preview_options import board, read
from newsletter.desk.view_model import GMAIL_CUTS_AT, choices_of, issue_page, skipped, topics_of
from newsletter.editorial.draft import Draft, draft_issues, first_due
from newsletter.models import HEMISPHERES

_TYPES = {"trail.css": "text/css", "desk/desk.css": "text/css", "desk/desk.js": "text/javascript"}


def desk_pages(context: Context) -> Blueprint:
    """The routes that show and change nothing but the draft's being up to date."""
    pages = Blueprint("desk", __name__)
    own = context.settings.newsletter

    @pages.get("/")
    def page() -> str:
        switches = read(request.args, own.hemisphere)
        every = draft_issues(context)
        made = _asked_for(every, switches.issue)
        around = {
            "made": made,
            "switches": switches,
            "skipped": skipped(context),
            "address": session.get("address", own.author_email),
        }
        if made.issue is None:
            return render_template("desk/empty.html", **around)
        return render_template(
            "desk/issue.html",
            sheet=issue_page(context, made, made.issue, switches),
            board=board(
                replace(switches, issue=str(made.issue.number)),
                issues=choices_of(every),
                topics=topics_of(context, made, made.issue),
            ),
            limit=GMAIL_CUTS_AT,
            **around,
        )

    @pages.get("/mail/<edition>")
    def mail(edition: str) -> Response:
        switches = read(request.args, own.hemisphere)
        html = mail_of(context, next_issue(context, switches.issue), _edition(edition)).html
        return _mail(as_seen(html, switches.scheme), images=switches.images == "on")

    @pages.get("/mail/<edition>/as-sent")
    def as_sent(edition: str) -> Response:
        issue = next_issue(context, read(request.args, own.hemisphere).issue)
        return _mail(mail_of(context, issue, _edition(edition)).html, images=True)

    return pages


def looks() -> Blueprint:
    """The style sheets and the script, which may be had without the cookie."""
    pages = Blueprint("looks", __name__)

    @pages.get("/looks/<path:name>")
    def file(name: str) -> Response:
        if name not in _TYPES:
            abort(404)
        return Response(render_template(name), mimetype=_TYPES[name])

    return pages


def _asked_for(every: Sequence[Draft], number: str) -> Draft:
    """The draft of that number, else the one due first."""
    asked = (one for one in every if one.issue is not None and str(one.issue.number) == number)
    return next(asked, first_due(every))


def _edition(key: str) -> str:
    """The key; one of no hemisphere leads nowhere."""
    if key.partition("+")[0] not in HEMISPHERES:
        abort(404)
    return key


def _mail(html: str, *, images: bool) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = frame_policy(images=images)
    # The blog's server need not learn of the desk from the pictures it is asked for.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
