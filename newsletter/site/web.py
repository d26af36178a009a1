"""The public web app: the readers' way out, and whether the newsletter is well."""

from __future__ import annotations

from flask import Flask, Response
from jinja2 import FileSystemLoader
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.pipeline.context import Context
from newsletter.resources import template_folders
from newsletter.site.headers import page_headers
from newsletter.site.health import health_page
from newsletter.site.sorry import sorry_pages
from newsletter.site.unsubscribe import unsubscribe_pages
from newsletter.site.webhook import webhook

# A one-click body is 26 bytes; whatever is much longer was not sent by a mail program.
_LONGEST_BODY = 16 * 1024


def create_app(context: Context) -> Flask:
    """The site of one newsletter. It sets no cookie and keeps no session."""
    app = Flask("newsletter.site", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST_BODY
    folders = template_folders("web", context.folder)
    app.jinja_loader = FileSystemLoader([str(folder) for folder in folders])
    style = _style(app)
    own = context.settings.newsletter
    app.jinja_env.globals.update(title=own.title, blog=own.blog, style=Markup(style))  # noqa: S704  # our own style sheet, from a file
    headers = page_headers(style)

    @app.after_request
    def _protect(response: Response) -> Response:
        response.headers.update(headers)
        return response

    app.register_blueprint(unsubscribe_pages(context))
    app.register_blueprint(health_page(context))
    app.register_blueprint(webhook(context))
    sorry_pages(app)
    hops = context.settings.site.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app


def _style(app: Flask) -> str:
    # Line ends as a browser reads them, else the hash of the policy would not fit.
    names = ("trail.css", "site/site.css")
    texts = (app.jinja_env.get_template(name).render() for name in names)
    return "\n".join(texts).replace("\r\n", "\n")
