"""`/archive/`: the issues that were sent, for everybody to read, and their RSS feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from email.utils import format_datetime

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for

from newsletter.composer.public_copy import ArchivePaths
from newsletter.editorial.archive import ArchiveEntry, archive_page, list_archive
from newsletter.errors import NotFound
from newsletter.site.current import current_context
from newsletter.storage.database.engine import snapshot

_CACHE_CONTROL = "public, max-age=300"
#: How many issues the feed has.
FEED_LENGTH = 50
# Characters that XML 1.0 cannot hold (§2.2), however they are escaped.
_NOT_XML = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF))
blueprint = Blueprint("archive", __name__, url_prefix="/archive")


@blueprint.get("/")
def index() -> Response:
    """Show the list of issues."""
    context = current_context()
    with snapshot(context.engine) as connection:
        issues = list_archive(connection, context.config)
    page = render_template("site/archive.html", heading="Every issue so far", issues=issues)
    return _make_public(make_response(page))


@blueprint.get("/<int:number>")
def issue(number: int) -> Response:
    """Show an issue."""
    paths = ArchivePaths.below(url_for("archive.index"))
    try:
        page = archive_page(current_context(), number, paths)
    except NotFound:
        abort(404)
    response = _make_public(make_response(page.html))
    response.headers["Content-Security-Policy"] = page.policy
    return response


@blueprint.get("/feed.xml")
def feed() -> Response:
    """Show the feed of the newest issues."""
    context = current_context()
    with snapshot(context.engine) as connection:
        issues = list_archive(connection, context.config)[:FEED_LENGTH]
    home = f"{context.site_url}/archive/"
    fields = feed_fields(issues, home=home, paths=ArchivePaths.below(home))
    text = to_xml(render_template("site/feed.xml", **fields))
    response = Response(text, content_type="application/rss+xml; charset=utf-8")
    if issues:
        response.last_modified = issues[0].sent_at
    return _make_public(response)


def feed_fields(
    issues: Sequence[ArchiveEntry], *, home: str, paths: ArchivePaths, guid: str = ""
) -> dict[str, object]:
    """Return what the template of the feed shows; `home` is the address of the archive.

    `guid` begins the id of each issue where no address of a page can be one.
    """
    return {
        "issues": issues,
        "index": paths.index,
        "feed": f"{home}feed.xml",
        "paths": paths,
        "guid": guid,
        "rfc822": _format_rfc822,
    }


def to_xml(text: str) -> str:
    """Return a feed without the characters that XML cannot hold."""
    return text.translate(_NOT_XML)


def _make_public(response: Response) -> Response:
    """Let caches and search engines keep a page."""
    response.headers["Cache-Control"] = _CACHE_CONTROL
    response.headers["X-Robots-Tag"] = "all"
    response.add_etag()
    response.make_conditional(request)
    return response


def _format_rfc822(moment: dt.datetime) -> str:
    return format_datetime(moment.astimezone(dt.UTC), usegmt=True)
