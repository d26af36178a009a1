"""Error pages: what the visitor can do, and no detail of ours."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from subscribers.errors import HappyTrailsError


def register_error_pages(app: Flask) -> None:
    """Give `app` a friendly page for every error."""

    @app.errorhandler(HappyTrailsError)
    def unavailable(error: HappyTrailsError) -> Response:
        # The message is for the author, so it goes to the log and not to the visitor.
        app.logger.error("%s", error)
        return render_error(
            "A stone on the path",
            "The newsletter cannot be reached just now, and nothing was changed.",
            "Please try again in a few minutes.",
            503,
        )

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:  # noqa: PLR2004  # Not Found
            response = render_error(
                "No trail leads here",
                "There is no such page.",
                "If you came by a link in a message, copy the whole of it.",
                status,
            )
        elif status < 500:  # noqa: PLR2004  # a client error
            response = render_error(
                "That did not work", "The page cannot be used like that.", "", status
            )
        else:
            response = render_error(
                "A stone on the path",
                "Something went wrong here, and it is not your fault.",
                "Please try again in a few minutes.",
                status,
            )
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response


def render_error(heading: str, message: str, cure: str, status: int) -> Response:
    """Return an error page."""
    page = render_template("site/sorry.html", heading=heading, message=message, cure=cure)
    return make_response(page, status)
