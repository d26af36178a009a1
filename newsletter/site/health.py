"""`/healthz`: the health check for a monitor."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from newsletter.context import Context
from newsletter.errors import NewsletterError
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people

_NO_SUBSCRIBER = 0


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


def check_database(context: Context) -> None:
    """Read a row from the database. Raise NewsletterError if that fails.

    It reads a table of ours, because SQLite creates a missing file instead of failing.
    """
    with snapshot(context.engine) as connection:
        people.find_by_id(connection, _NO_SUBSCRIBER)
