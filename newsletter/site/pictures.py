"""`/images/<name>`: the small copies of the blog's pictures that messages show."""

from __future__ import annotations

from flask import Blueprint, Response, abort

from newsletter.collecting.picture_copies import picture_file
from newsletter.context import Context
from newsletter.storage.database.engine import snapshot

# A name is made from what the file holds, so a file never changes.
_FOR_EVER = "public, max-age=31536000, immutable"


def picture_pages(context: Context) -> Blueprint:
    """The route of the pictures."""
    pages = Blueprint("pictures", __name__)

    @pages.get("/images/<name>")
    def picture(name: str) -> Response:
        with snapshot(context.engine) as connection:
            found = picture_file(connection, name)
        if found is None:
            abort(404)
        body, kind = found
        response = Response(body, content_type=kind)
        response.headers["Cache-Control"] = _FOR_EVER
        # Mail programs and the author's own blog show it from elsewhere.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return pages
