"""`/healthz`: the health check for a monitor.

It answers 503 for what keeps every page from working: the database, or a disk without room. When
`newsletter run` last came by is a field of the answer, and no fault of the site.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from newsletter.errors import NewsletterError
from newsletter.pipeline.health import NO_ROOM, has_room, read_last_run
from newsletter.site.current import current_context
from newsletter.storage.database.engine import snapshot
from subscribers.errors import BadToken
from subscribers.tokens import read_token

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """Tell whether the site works."""
    context = current_context()
    try:
        with snapshot(context.engine) as connection:
            document = read_last_run(connection)
    except NewsletterError:
        # The public learns no details.
        return _unavailable("The database does not answer.")
    if not has_room(context.folder):
        return _unavailable(NO_ROOM)
    return jsonify(status="ok", **document, **_describe_visitor(context.secrets.signing)), 200


def _unavailable(what: str) -> tuple[Response, int]:
    reason = f"{what} Run `newsletter doctor` on the server."
    return jsonify(status="unavailable", reason=reason), 503


def _describe_visitor(secrets: tuple[str, ...]) -> dict[str, Any]:
    """Return the scheme and address the site sees, if the request has a valid probe token.

    `newsletter doctor` sends one, signed with the newsletter's secret.
    """
    try:
        read_token("probe", request.args.get("probe", ""), secrets)
    except BadToken:
        return {}
    return {"seen": {"scheme": request.scheme, "address": request.remote_addr or ""}}
