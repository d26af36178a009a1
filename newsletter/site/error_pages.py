"""Error pages: what the visitor can do, and no detail of ours."""

from __future__ import annotations

from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from newsletter.site.current import current_site
from newsletter.site.link_rate_limit import WITHIN
from subscribers.errors import BadToken, HappyTrailsError


def register_error_pages(app: Flask) -> None:
    """Give `app` a friendly page for every error."""
    app.register_error_handler(BadToken, bad_link)
    app.register_error_handler(HappyTrailsError, unavailable)
    app.register_error_handler(HTTPException, http_error)


def bad_link(error: BadToken) -> Response:
    """Return the page for a bad token, or that for a network with too many of them."""
    site = current_site()
    ip, now = request.remote_addr or "", site.context.real_clock()
    if site.bad_links.is_exceeded(ip, now):
        return _too_many_requests()
    site.bad_links.record(ip, now)
    return render_error("This link does not work", error.message, error.cure, 404)


def unavailable(error: HappyTrailsError) -> Response:
    """Return the page for an error of the newsletter's."""
    # The message is for the author, so it goes to the log and not to the visitor.
    current_app.logger.error("%s", error)
    return render_error(
        "A stone on the path",
        "The newsletter cannot be reached just now, and nothing was changed.",
        "Please try again in a few minutes.",
        503,
    )


def http_error(error: HTTPException) -> Response:
    """Return the page for an error of HTTP."""
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


def _too_many_requests() -> Response:
    response = render_error(
        "Slowly, please",
        "Too many links that do not work were opened from your network just now.",
        "Wait a minute, and open the link in your message once more.",
        429,
    )
    response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    return response
