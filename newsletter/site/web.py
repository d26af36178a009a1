"""The public web app: joining, choosing, leaving, the archive, and whether all is well."""

from __future__ import annotations

from flask import Flask, Response, g
from jinja2 import FileSystemLoader
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.context import Context
from newsletter.resources import template_folders
from newsletter.site.archive import archive_pages
from newsletter.site.confirm import confirm_pages
from newsletter.site.error_pages import error_pages
from newsletter.site.health import health_page
from newsletter.site.link_rate_limit import slow_guessers_down
from newsletter.site.look import PageStyle, look_of
from newsletter.site.mail_worker import MailWorker
from newsletter.site.own_data import own_data_pages
from newsletter.site.pictures import picture_pages
from newsletter.site.preferences import preferences_pages
from newsletter.site.sign_up_form import TRAP
from newsletter.site.subscribe import subscribe_pages
from newsletter.site.unsubscribe import unsubscribe_pages
from newsletter.site.webhook import webhook

# The longest form is a sign-up with every topic; whatever is much longer is none of ours.
_LONGEST_BODY = 16 * 1024


def create_app(context: Context, postman: MailWorker | None = None) -> Flask:
    """The site of one newsletter. It sets no cookie and keeps no session."""
    app = Flask("newsletter.site", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LONGEST_BODY
    folders = template_folders("web", context.folder)
    app.jinja_loader = FileSystemLoader([str(folder) for folder in folders])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    own = context.settings.newsletter
    app.jinja_env.globals.update(
        title=own.title, blog=own.blog, author=own.author, address=own.postal_address, trap=TRAP
    )

    def look() -> PageStyle:
        if "look" not in g:
            g.look = look_of(context)
        found: PageStyle = g.look
        return found

    @app.context_processor
    def _dressed() -> dict[str, object]:
        return {"style": Markup(look().style)}  # noqa: S704  # our own style sheet, from a file

    @app.after_request
    def _protect(response: Response) -> Response:
        for name, value in look().headers:
            response.headers.setdefault(name, value)
        return response

    postman = postman or MailWorker(context)
    app.register_blueprint(subscribe_pages(context, postman))
    app.register_blueprint(confirm_pages(context, postman))
    app.register_blueprint(preferences_pages(context, postman))
    app.register_blueprint(own_data_pages(context))
    app.register_blueprint(unsubscribe_pages(context))
    app.register_blueprint(archive_pages(context))
    app.register_blueprint(picture_pages(context))
    app.register_blueprint(health_page(context))
    app.register_blueprint(webhook(context))
    error_pages(app)
    slow_guessers_down(app, context)
    hops = context.settings.site.trusted_proxies
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way to wrap an app
    return app
