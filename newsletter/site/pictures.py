"""`/images/<name>`: the small copies of the blog's pictures that messages show."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from newsletter.collecting.picture_copies import picture_file
from newsletter.site.current import current_context
from newsletter.storage.database.engine import snapshot

# A name is derived from the content, so a file never changes.
_CACHE_CONTROL = "public, max-age=31536000, immutable"
blueprint = Blueprint("pictures", __name__)


@blueprint.get("/images/<name>")
def show(name: str) -> Response:
    """Show a picture."""
    with snapshot(current_context().engine) as connection:
        picture = picture_file(connection, name)
    if picture is None:
        abort(404)
    body, content_type = picture
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = _CACHE_CONTROL
    # Mail programs and the author's blog embed it from another origin.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.set_etag(name)
    response.make_conditional(request)
    return response
