"""The desk as a Flask app for a browser on this machine."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader

from newsletter.context import Context
from newsletter.desk.assets import assets_blueprint
from newsletter.desk.dates import format_clock, format_day, format_day_and_time
from newsletter.desk.error_pages import error_page, expected_error_page
from newsletter.desk.issue.actions import actions_blueprint
from newsletter.desk.issue.pages import pages_blueprint
from newsletter.desk.lock import patient_lock
from newsletter.desk.navigation import add_navigation
from newsletter.desk.posts import posts_blueprint
from newsletter.desk.readers.import_pages import import_blueprint
from newsletter.desk.readers.list_pages import list_blueprint
from newsletter.desk.readers.reader_pages import reader_blueprint
from newsletter.desk.session_auth import require_session
from newsletter.resources import template_folders
from newsletter.wsgi.bare_responses import BARE_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
from flask import Response
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden, HTTPException

from subscribers.errors import HappyTrailsError

_HTTP_PORT = 80
_LOCKED_CURE = (
    "Open the address that `newsletter preview` printed in the terminal. It holds the key "
    "for this browser, and a new one each time the desk is opened."
)


def create_app(context: Context, *, port: int, keys: Collection[str]) -> Flask:
    """Return the desk of one newsletter, to be served at `port` of this machine.

    The browser that requests `/start?key=KEY` gets the session cookie that every other
    page requires. Each of `keys` works once.
    """
    context = replace(context, lock=patient_lock(context.lock))
    app = Flask("newsletter.desk", static_folder=None)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies do not depend on the port (RFC 6265, 8.5): two desks need two names.
        SESSION_COOKIE_NAME=f"desk_{port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=64 * 1024,
        # A page may stay open over a weekend; the secret key changes at each start anyway.
        WTF_CSRF_TIME_LIMIT=None,
    )
    folders = template_folders("web", context.folder)
    app.jinja_loader = FileSystemLoader([str(folder) for folder in folders])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        clock=partial(format_clock, zone=context.zone),
        day=partial(format_day, zone=context.zone),
        day_and_time=partial(format_day_and_time, zone=context.zone),
    )
    app.jinja_env.globals.update(newsletter=context.settings.newsletter)
    require_session(app, keys, port=port)
    CSRFProtect(app)
    app.register_blueprint(pages_blueprint(context))
    app.register_blueprint(actions_blueprint(context))
    for blueprint in (posts_blueprint, list_blueprint, import_blueprint, reader_blueprint):
        app.register_blueprint(blueprint(context))
    app.register_blueprint(assets_blueprint())
    add_navigation(app)
    register_error_pages(app)
    app.wsgi_app = HostCheck(app.wsgi_app, allowed_hosts(port))  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app


def allowed_hosts(port: int) -> frozenset[str]:
    """Return the values of the Host header that a browser on this machine sends to `port`."""
    names = ("localhost", "127.0.0.1", "[::1]")
    without_port = names if port == _HTTP_PORT else ()
    return frozenset((*(f"{name}:{port}" for name in names), *without_port))


class HostCheck:
    """WSGI middleware that rejects other hosts, and requests that a proxy passed on.

    A page elsewhere can let its own host name resolve to 127.0.0.1 (DNS rebinding) and so reach
    the desk from the author's browser. Its requests carry that name in the Host header, so it is
    compared with an exact list, before anything else looks at the request.
    """

    def __init__(self, app: WSGIApplication, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return _forbid(start_response, "The desk answers only to the names of this machine.")
        if any(name == "HTTP_FORWARDED" or name.startswith("HTTP_X_FORWARDED") for name in environ):
            return _forbid(
                start_response, "The desk cannot stand behind a proxy: open it directly."
            )
        return self._app(environ, start_response)


def _forbid(start_response: StartResponse, sentence: str) -> list[bytes]:
    body = f"{sentence}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        *BARE_HEADERS,
    ]
    start_response("403 Forbidden", headers)
    return [body]


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
