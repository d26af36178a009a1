"""What the author sees when something cannot be done: why, and the cure."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException

from newsletter.errors import Busy, NotFound, NotReady
from subscribers.errors import HappyTrailsError

_LOCKED = (
    "Open the address that `newsletter preview` printed in the terminal. It holds the key "
    "for this browser, and a new one each time the desk is opened."
)


def error_pages(app: Flask) -> None:
    """Gives `app` a friendly page for every error."""

    @app.errorhandler(HappyTrailsError)
    def _trouble(error: HappyTrailsError) -> Response:
        return _sorry("This needs a hand", error.message, error.cure, _status(error))

    @app.errorhandler(CSRFError)
    def _old_page(_error: CSRFError) -> Response:
        return _sorry(
            "That page was too old",
            "The form was made before the desk was last opened, so nothing was done.",
            "Go back to the desk and do it again.",
            400,
        )

    @app.errorhandler(Forbidden)
    def _locked(error: Forbidden) -> Response:
        if error.description == "cross-site":
            sentence = "The form did not come from one of the desk's own pages; nothing was done."
            return _sorry("That came from elsewhere", sentence, "Use the desk's own buttons.", 403)
        return _sorry("The desk is locked", "This browser has no key yet.", _LOCKED, 403)

    @app.errorhandler(HTTPException)
    def _no_page(error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:  # noqa: PLR2004  # Not Found
            return _sorry("No trail leads here", "The desk has no such page.", "", status)
        if status < 500:  # noqa: PLR2004  # the browser's side
            return _sorry("That did not work", "The desk cannot do that.", "", status)
        return _sorry(
            "A stone on the path",
            "Something went wrong in the program itself. Nothing was sent.",
            "The terminal says more; please report it.",
            status,
        )


def _status(error: HappyTrailsError) -> int:
    if isinstance(error, Busy):
        return 503
    if isinstance(error, NotFound):
        return 404
    return 409 if isinstance(error, NotReady) else 500


def _sorry(heading: str, message: str, cure: str, status: int) -> Response:
    page = render_template("desk/sorry.html", heading=heading, message=message, cure=cure)
    return make_response(page, status)
