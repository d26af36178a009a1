"""What a visitor sees when a page cannot be given: what to do, and nothing of ours."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from subscribers.errors import HappyTrailsError


def error_pages(app: Flask) -> None:
    """Gives `app` a friendly page for every error."""

    @app.errorhandler(HappyTrailsError)
    def _trouble(error: HappyTrailsError) -> Response:
        # The sentence is for the author; a visitor could do nothing with it.
        app.logger.error("%s", error)
        return error_page(
            "A stone on the path",
            "The newsletter cannot be reached just now, and nothing was changed.",
            "Please try again in a few minutes.",
            503,
        )

    @app.errorhandler(HTTPException)
    def _no_page(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:  # noqa: PLR2004  # Not Found
            response = error_page(
                "No trail leads here",
                "There is no such page.",
                "If you came by a link in a message, copy the whole of it.",
                status,
            )
        elif status < 500:  # noqa: PLR2004  # the visitor's side
            response = error_page(
                "That did not work", "The page cannot be used like that.", "", status
            )
        else:
            response = error_page(
                "A stone on the path",
                "Something went wrong here, and it is not your fault.",
                "Please try again in a few minutes.",
                status,
            )
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        return response


def error_page(heading: str, message: str, cure: str, status: int) -> Response:
    """The page with these words."""
    page = render_template("site/sorry.html", heading=heading, message=message, cure=cure)
    return make_response(page, status)
