"""Error pages of the desk: what happened, and what the author can do."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException

from newsletter.desk.access import is_remote
from newsletter.errors import Busy, NotFound, NotReady, UsageError
from subscribers.errors import HappyTrailsError, NoSuchSubscriber

_LOCKED_CURE = (
    "Open the address that `newsletter preview` printed in the terminal. It holds the key "
    "for this browser, and a new one each time the desk is opened."
)
_SIGNED_OUT = "Nothing was done, and nothing is lost: what you wrote is still on the page before."
_SIGN_IN_CURE = "Sign in, then go back to it and press the button again."


def register_error_pages(app: Flask) -> None:
    """Give `app` a page for every error."""

    @app.errorhandler(HappyTrailsError)
    def expected_error(error: HappyTrailsError) -> Response:
        return expected_error_page(error)

    @app.errorhandler(CSRFError)
    def expired_form(_error: CSRFError) -> Response:
        return error_page(
            "That page was too old",
            "The form was made before the desk was last opened, so nothing was done.",
            "Go back to the desk and do it again.",
            400,
        )

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Response:
        if error.description == "cross-site":
            return error_page(
                "That came from elsewhere",
                "The form did not come from one of the desk's own pages; nothing was done.",
                "Use the desk's own buttons.",
                403,
            )
        if is_remote():
            return error_page(
                "You are signed out", _SIGNED_OUT, _SIGN_IN_CURE, 403, way=url_for("auth.login")
            )
        return error_page("The desk is locked", "This browser has no key yet.", _LOCKED_CURE, 403)

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:  # noqa: PLR2004  # Not Found
            return error_page("No trail leads here", "The desk has no such page.", "", status)
        if status < 500:  # noqa: PLR2004  # client errors
            return error_page("That did not work", "The desk cannot do that.", "", status)
        return error_page(
            "A stone on the path",
            "Something went wrong in the program itself. Nothing was sent.",
            "The terminal says more; please report it.",
            status,
        )


def expected_error_page(error: HappyTrailsError) -> Response:
    """Return the page for an error that the program raised on purpose."""
    return error_page("This needs a hand", error.message, error.cure, _http_status(error))


def error_page(heading: str, message: str, cure: str, status: int, *, way: str = "") -> Response:
    """Return the page with a heading and two sentences; `way` leads to signing in."""
    page = render_template(
        "desk/error.html",
        heading=heading,
        message=message,
        cure=cure,
        way=way,
        locked=status == 403,  # noqa: PLR2004  # Forbidden
    )
    return make_response(page, status)


def _http_status(error: HappyTrailsError) -> int:
    if isinstance(error, Busy):
        return 503
    if isinstance(error, NotFound | NoSuchSubscriber):
        return 404
    if isinstance(error, UsageError):
        return 400
    return 409 if isinstance(error, NotReady) else 500
