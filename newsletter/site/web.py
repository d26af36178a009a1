"""Build the Flask app of the public site, also below a path and behind a proxy.

request ─▶ ProxyFix (the headers of a trusted proxy) ─▶ ScriptRoot ─▶ OwnHost ─▶ PageCopies ─▶ Flask
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from jinja2 import FileSystemLoader
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.config.settings import SiteSettings
from newsletter.context import Context
from newsletter.resources import template_folders
from newsletter.site import (
    archive,
    confirm,
    decide,
    health,
    pictures,
    preferences,
    subscribe,
    unsubscribe,
    webhook,
)
from newsletter.site.current import Site, current_context
from newsletter.site.error_pages import register_error_pages
from newsletter.site.mail_worker import MailWorker
from newsletter.site.page_copies import PageCopies
from newsletter.site.page_style import PageStyle, page_style
from newsletter.site.sign_up_form import TRAP
from newsletter.storage.database.group_commit import GroupCommit
from newsletter.wsgi.script_root import ScriptRoot

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# The longest form is a sign-up with every topic.
_MAX_BODY = 16 * 1024
# A year, for this host. Of the author's other hosts below it nothing is known here.
_STRICT_TRANSPORT = "max-age=31536000"
_PAGES = (
    subscribe.blueprint,
    confirm.blueprint,
    preferences.blueprint,
    unsubscribe.blueprint,
    decide.blueprint,
    archive.blueprint,
    pictures.blueprint,
    health.blueprint,
    webhook.blueprint,
)


def create_app(context: Context, mail_worker: MailWorker | None = None) -> Flask:
    """Return the site of one newsletter. It sets no cookie and keeps no session."""
    app = Flask("newsletter.site", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY
    # A link with a slash at its end is the same link, without a redirect: mail programs that
    # POST to it (RFC 8058) follow none.
    app.url_map.strict_slashes = False
    folders = template_folders("web", context.folder)
    app.jinja_loader = FileSystemLoader([str(folder) for folder in folders])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    newsletter = context.settings.newsletter
    app.jinja_env.globals.update(
        signs_up=True,
        title=newsletter.title,
        blog=newsletter.blog,
        author=newsletter.author,
        address=newsletter.postal_address,
        trap=TRAP,
    )

    site = Site(
        context=context,
        mail_worker=mail_worker or MailWorker(context),
        group_commit=GroupCommit(context.engine),
    )
    site.open_in(app)
    app.context_processor(add_style)
    app.after_request(add_security_headers)
    for pages in _PAGES:
        app.register_blueprint(pages)
    register_error_pages(app)
    _wrap(app, context.settings.site)
    return app


def add_style() -> dict[str, object]:
    """Return the style sheet, for each template."""
    return {"style": Markup(_current_style().style)}  # noqa: S704  # our own style sheet, from a file


def add_security_headers(response: Response) -> Response:
    """Return the answer with the headers of every page."""
    if location := response.headers.get("Location", ""):
        response.headers["Location"] = _without_host(location)
    for name, value in _current_style().headers:
        response.headers.setdefault(name, value)
    # Below a path the host is another site's, whose own web server decides.
    if request.is_secure and not request.script_root:
        response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
    return response


def _current_style() -> PageStyle:
    if "page_style" not in g:
        context = current_context()
        today = context.clock().astimezone(context.zone).date()
        g.page_style = page_style(context.config, today)
    style: PageStyle = g.page_style
    return style


def _without_host(location: str) -> str:
    """Return a redirect's target as a path: the whole address names the host of the request,
    which the visitor, or whoever wrote the link, chose.
    """
    parts = urlsplit(location)
    query = f"?{parts.query}" if parts.query else ""
    # Two slashes at the start would name a host again.
    return f"/{parts.path.lstrip('/')}{query}"


def _wrap(app: Flask, site: SiteSettings) -> None:
    """Add the middleware for a site behind proxies or below a path."""
    own_paths = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()}
    # Assigning `wsgi_app` is Flask's documented way to wrap an app.
    app.wsgi_app = PageCopies(app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = OwnHost(app.wsgi_app, site.url)  # type: ignore[method-assign]
    app.wsgi_app = ScriptRoot(app.wsgi_app, urlsplit(site.url).path, own_paths)  # type: ignore[method-assign]
    hops = site.trusted_proxies
    if hops:
        # A proxy that does not know X-Forwarded-Prefix passes on what the visitor wrote there. So
        # it counts only while the settings do not say where the site stands.
        prefix_hops = 0 if site.url else hops
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=prefix_hops
        )


class OwnHost:
    """WSGI middleware that puts the site's own host in place of the Host header.

    Whoever sends a request chooses that header. No page needs it, and one that is no host name
    would keep Flask from building any link.
    """

    def __init__(self, app: WSGIApplication, site_url: str) -> None:
        self._app = app
        self._host = urlsplit(site_url).netloc or "localhost"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["HTTP_HOST"] = self._host
        return self._app(environ, start_response)
