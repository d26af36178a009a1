"""The author's desk as a web app for this machine's browser."""

from __future__ import annotations

import secrets
from functools import partial

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader

from newsletter.context import Context
from newsletter.desk.actions import actions
from newsletter.desk.dates import format_clock, format_day, format_day_and_time
from newsletter.desk.error_pages import error_pages
from newsletter.desk.host_check import HostCheck, hosts_at
from newsletter.desk.pages import desk_pages, looks
from newsletter.desk.session_auth import guard
from newsletter.resources import template_folders


def create_app(context: Context, *, port: int, key: str) -> Flask:
    """The desk of one newsletter, answering at `port` of this machine.

    `key` opens it: the browser that calls `/start?key=…` gets the cookie that every
    other page asks for.
    """
    app = Flask("newsletter.desk", static_folder=None)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies know no ports: two desks on one machine must not share a name.
        SESSION_COOKIE_NAME=f"desk_{port}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        MAX_CONTENT_LENGTH=64 * 1024,
        # The page may stay open over a week-end; the key changes with each start anyway.
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
    guard(app, key)
    CSRFProtect(app)
    app.register_blueprint(desk_pages(context))
    app.register_blueprint(actions(context))
    app.register_blueprint(looks())
    error_pages(app)
    app.wsgi_app = HostCheck(app.wsgi_app, hosts_at(port))  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app
