"""The page of the next issue, and its mail in the iframe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, Response, abort, render_template, request, session

from newsletter.collecting.post_decisions import all_posts
from newsletter.composer.render import GMAIL_LIMIT
from newsletter.context import Context
from newsletter.desk.issue.iframe import apply_scheme, content_security_policy
from newsletter.desk.issue.mail import fill_mail, open_issue, render_edition
from newsletter.desk.issue.preview_options import option_switches, parse_options
from newsletter.desk.issue.view_model import (
    build_issue_page,
    issue_choices,
    last_rehearsal,
    newest_skipped,
    topic_choices,
)
from newsletter.desk.letting_go import build_letting_go
from newsletter.editorial.draft import Draft, current_drafts, first_due
from newsletter.editorial.example import example_issue
from newsletter.editorial.preview import render_preview
from newsletter.models import HEMISPHERES


def pages_blueprint(context: Context) -> Blueprint:
    """Return the routes that show the issue. A GET refreshes the draft and decides nothing."""
    routes = Blueprint("desk", __name__)
    newsletter = context.settings.newsletter

    @routes.get("/")
    def page() -> str:
        options = parse_options(request.args, newsletter.hemisphere)
        drafts = current_drafts(context)
        draft = _select_draft(drafts, options.issue)
        variables = {
            "draft": draft,
            "options": options,
            "skipped": newest_skipped(all_posts(context)),
            "address": session.get("address", newsletter.author_email),
        }
        if draft.issue is None:
            return render_template(
                "desk/empty.html",
                rehearsal=last_rehearsal(context),
                example=example_issue(context),
                **variables,
            )
        return render_template(
            "desk/issue.html",
            page=build_issue_page(context, draft, draft.issue, options),
            switches=option_switches(
                replace(options, issue=str(draft.issue.number)),
                issues=issue_choices(drafts),
                topics=topic_choices(draft, draft.issue, context.settings),
            ),
            gmail_limit=GMAIL_LIMIT,
            going=build_letting_go(context, draft, draft.issue),
            **variables,
        )

    def mail_html(issue_number: str, edition_key: str) -> str:
        if edition_key.partition("+")[0] not in HEMISPHERES:
            abort(404)
        issue = open_issue(context, issue_number)
        return fill_mail(render_edition(context, issue, edition_key).edition, context.config).html

    @routes.get("/mail/<edition>")
    def mail(edition: str) -> Response:
        options = parse_options(request.args, newsletter.hemisphere)
        html = apply_scheme(mail_html(options.issue, edition), options.scheme)
        return _mail_response(html, images=options.images == "on")

    @routes.get("/mail/<edition>/as-sent")
    def as_sent(edition: str) -> Response:
        options = parse_options(request.args, newsletter.hemisphere)
        return _mail_response(mail_html(options.issue, edition), images=True)

    @routes.get("/example")
    def example() -> Response:
        options = parse_options(request.args, newsletter.hemisphere)
        html = apply_scheme(render_preview(context, "next").html, options.scheme)
        return _mail_response(html, images=options.images == "on")

    return routes


def _select_draft(drafts: Sequence[Draft], number: str) -> Draft:
    """Return the draft of the issue of that number, else the one that is due first."""
    for draft in drafts:
        if draft.issue is not None and str(draft.issue.number) == number:
            return draft
    return first_due(drafts)


def _mail_response(html: str, *, images: bool) -> Response:
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = content_security_policy(images=images)
    # The blog's server must not learn the desk's address from requests for pictures.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
