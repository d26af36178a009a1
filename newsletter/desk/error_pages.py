"""The desk's page for an error: what happened, and what to do."""

from __future__ import annotations

from flask import Response, make_response, render_template

from newsletter.errors import Busy, NotFound, NotReady, UsageError
from subscribers.errors import HappyTrailsError, NoSuchSubscriber


def error_page(heading: str, message: str, cure: str, status: int) -> Response:
    """Return the page with a heading and two sentences."""
    page = render_template("desk/error.html", heading=heading, message=message, cure=cure)
    return make_response(page, status)


def expected_error_page(error: HappyTrailsError) -> Response:
    """Return the page for an error that the program raised on purpose."""
    return error_page("This needs a hand", error.message, error.cure, _http_status(error))


def _http_status(error: HappyTrailsError) -> int:
    if isinstance(error, Busy):
        return 503
    if isinstance(error, NotFound | NoSuchSubscriber):
        return 404
    if isinstance(error, UsageError):
        return 400
    return 409 if isinstance(error, NotReady) else 500
