"""`/healthz`: the health check for a monitor."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.pipeline.health import check_database


def health_pages(context: Context) -> Blueprint:
    """Return the route of the health check."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> tuple[Response, int]:
        try:
            check_database(context)
        except NewsletterError:
            # The public learns no details.
            reason = "The database does not answer. Run `newsletter doctor` on the server."
            return jsonify(status="unavailable", reason=reason), 503
        return jsonify(status="ok"), 200

    return pages
