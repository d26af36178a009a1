"""The desk's style sheets and scripts, which need no session."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template

_MEDIA_TYPES = {
    "trail.css": "text/css",
    "statistics/figures.css": "text/css",
    "desk/desk.css": "text/css",
    "desk/lists.css": "text/css",
    "desk/letting_go.css": "text/css",
    "desk/delivery.js": "text/javascript",
    "desk/desk.js": "text/javascript",
    "desk/issue.css": "text/css",
    **dict.fromkeys(
        (
            f"desk/issue/{name}.js"
            for name in ("main", "save", "fields", "order", "refresh", "links")
        ),
        "text/javascript",
    ),
}
blueprint = Blueprint("assets", __name__)


@blueprint.get("/looks/<path:name>")
def file(name: str) -> Response:
    """Return a style sheet or a script."""
    if name not in _MEDIA_TYPES:
        abort(404)
    return Response(render_template(name), mimetype=_MEDIA_TYPES[name])
