"""`/archive/`: the issues that were sent, for everybody to read, and their RSS feed."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from newsletter.context import Context
from newsletter.editorial.archive import archive_page, list_archive
from newsletter.errors import NotFound

_CACHE_CONTROL = "public, max-age=300"
_IN_FEED = 50
# Characters that XML 1.0 cannot hold (§2.2), however they are escaped.
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))


def archive_pages(context: Context) -> Blueprint:
    """Return the routes of the archive."""
    pages = Blueprint("archive", __name__, url_prefix="/archive")

    @pages.get("/")
    def index() -> Response:
        page = render_template(
            "site/archive.html", heading="Every issue so far", issues=list_archive(context)
        )
        return _make_public(make_response(page))

    @pages.get("/<int:number>")
    def issue(number: int) -> Response:
        try:
            page = archive_page(context, number, url_for("archive.index"))
        except NotFound:
            abort(404)
        response = _make_public(make_response(page.html))
        response.headers["Content-Security-Policy"] = page.policy
        return response

    @pages.get("/feed.xml")
    def feed() -> Response:
        issues = list_archive(context)[:_IN_FEED]
        text = render_template(
            "site/feed.xml", issues=issues, home=context.site_url, rfc822=_format_rfc822
        )
        response = Response(
            text.translate(_NOT_XML), content_type="application/rss+xml; charset=utf-8"
        )
        if issues:
            response.last_modified = issues[0].sent_at
        return _make_public(response)

    return pages


def _make_public(response: Response) -> Response:
    """Let caches and search engines keep a page."""
    response.headers["Cache-Control"] = _CACHE_CONTROL
    response.headers["X-Robots-Tag"] = "all"
    response.add_etag()
    response.make_conditional(request)
    return response


def _format_rfc822(moment: dt.datetime) -> str:
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True)
