"""The desk as a Flask app for a browser on this machine."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from functools import partial

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader

from newsletter.context import Context
from newsletter.desk.actions import actions_blueprint
from newsletter.desk.dates import format_clock, format_day, format_day_and_time
from newsletter.desk.error_pages import register_error_pages
from newsletter.desk.host_check import HostCheck, allowed_hosts
from newsletter.desk.pages import assets_blueprint, pages_blueprint
from newsletter.desk.session_auth import require_session
from newsletter.resources import template_folders


def create_app(context: Context, *, port: int, keys: Collection[str]) -> Flask:
    """Return the desk of one newsletter, to be served at `port` of this machine.

    The browser that requests `/start?key=KEY` gets the session cookie that every other
    page requires. Each of `keys` works once.
    """
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
    app.register_blueprint(assets_blueprint())
    register_error_pages(app)
    app.wsgi_app = HostCheck(app.wsgi_app, allowed_hosts(port))  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app
