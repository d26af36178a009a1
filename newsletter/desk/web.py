"""Build the desk's Flask app.

request ──▶ HostCheck (names of the desk, a trusted web server) ──▶ ScriptRoot ──▶ Flask
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace

from flask import Flask
from flask_wtf import CSRFProtect
from jinja2 import FileSystemLoader

from newsletter.context import Context
from newsletter.desk import (
    assets,
    delivery_page,
    feeds,
    figures,
    greetings,
    issues,
    letting_go,
    posts,
    schedule,
    settings,
)
from newsletter.desk.access import DeskAccess
from newsletter.desk.current import Desk
from newsletter.desk.delivery_worker import DeliveryWorker
from newsletter.desk.error_pages import register_error_pages
from newsletter.desk.fresh_settings import FreshSettings, follow_settings, set_globals
from newsletter.desk.host_check import HostCheck
from newsletter.desk.issue import actions, editing, pages
from newsletter.desk.lock import patient_lock
from newsletter.desk.navigation import add_navigation
from newsletter.desk.readers import import_pages, list_pages, reader_pages
from newsletter.desk.session_auth import require_key, set_cookies
from newsletter.resources import template_folders
from newsletter.statistics.view import TEMPLATE_NAMES
from newsletter.wsgi.script_root import ScriptRoot

# The pages of the desk. How one signs in depends on where the desk is.
_PAGES = (
    assets.blueprint,
    pages.blueprint,
    editing.blueprint,
    editing.link_blueprint,
    actions.blueprint,
    issues.blueprint,
    figures.blueprint,
    posts.blueprint,
    list_pages.blueprint,
    import_pages.blueprint,
    reader_pages.blueprint,
    greetings.blueprint,
    feeds.blueprint,
    schedule.blueprint,
    settings.blueprint,
    letting_go.blueprint,
    delivery_page.blueprint,
)


def create_app(
    context: Context,
    *,
    port: int,
    keys: Collection[str],
    access: DeskAccess,
    environ: Mapping[str, str],
    worker: DeliveryWorker,
) -> Flask:
    """Return the desk of one newsletter, to be served at `port`.

    On this machine the browser that requests `/start?key=KEY` gets the session cookie that every
    other page requires; each of `keys` works once. A remote desk asks for the password instead.
    `worker` delivers what is let go.
    """
    context = replace(context, lock=patient_lock(context.lock))
    app = Flask("newsletter.desk", static_folder=None)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        DESK_ACCESS=access,
        MAX_CONTENT_LENGTH=64 * 1024,
        # A page may stay open over a weekend; the secret key changes at each start anyway.
        WTF_CSRF_TIME_LIMIT=None,
        # Origin is compared already, and some browsers send no Referer.
        WTF_CSRF_SSL_STRICT=False,
    )
    folders = template_folders("web", context.folder)
    app.jinja_loader = FileSystemLoader([str(folder) for folder in folders])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(TEMPLATE_NAMES, is_remote=access.is_remote)
    set_cookies(app, access, port=port)
    if access.is_remote:
        from newsletter.desk.login import require_password
        from newsletter.desk.password import StoredPassword

        password = StoredPassword(context.folder, environ)
        require_password(app, password, context.real_clock)
    else:
        require_key(app, keys, port=port)
    CSRFProtect(app)

    def use(current: Context) -> None:
        worker.context = current
        set_globals(app, current.settings.newsletter, current.zone)

    fresh = FreshSettings(context, use)
    Desk(settings=fresh, worker=worker).open_in(app)
    follow_settings(app, fresh)
    for blueprint in _PAGES:
        app.register_blueprint(blueprint)
    add_navigation(app)
    register_error_pages(app)
    own_paths = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    # Assigning `wsgi_app` is Flask's documented way to wrap an app.
    app.wsgi_app = ScriptRoot(app.wsgi_app, access.path, own_paths)  # type: ignore[method-assign]
    app.wsgi_app = HostCheck(app.wsgi_app, access, port)  # type: ignore[method-assign]
    return app
