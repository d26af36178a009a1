"""`/archive/`: what was sent, for everybody to read, and its feed. Nothing of a reader's."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

from flask import Blueprint, Response, abort, make_response, render_template, request

from newsletter.context import Context
from newsletter.editorial.archive import archive_page, list_archive
from newsletter.errors import NotFound

_FRESH_FOR = "public, max-age=300"
_IN_FEED = 50
# What XML 1.0 cannot hold at all (2.2), however it is escaped.
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))


def archive_pages(context: Context) -> Blueprint:
    """The routes of the archive."""
    pages = Blueprint("archive", __name__, url_prefix="/archive")

    @pages.get("/")
    def listed() -> Response:
        page = render_template(
            "site/archive.html", heading="Every issue so far", issues=list_archive(context)
        )
        return _public(make_response(page))

    @pages.get("/<int:number>")
    def issue(number: int) -> Response:
        try:
            found = archive_page(context, number)
        except NotFound:
            abort(404)
        response = _public(make_response(found.html))
        response.headers["Content-Security-Policy"] = found.policy
        return response

    @pages.get("/feed.xml")
    def feed() -> Response:
        issues = list_archive(context)[:_IN_FEED]
        text = render_template(
            "site/feed.xml", issues=issues, home=context.site_url, rfc822=_rfc822
        )
        response = Response(
            text.translate(_NOT_XML), content_type="application/rss+xml; charset=utf-8"
        )
        if issues:
            response.last_modified = issues[0].sent_at
        return _public(response)

    return pages


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = _FRESH_FOR
    response.headers["X-Robots-Tag"] = "all"
    response.add_etag()
    response.make_conditional(request)
    return response


def _rfc822(moment: dt.datetime) -> str:
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True)
