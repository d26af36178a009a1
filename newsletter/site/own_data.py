"""What a reader may do with all of themselves: take it along, leave, be forgotten.

Each is a POST: what a scanner fetches must neither act nor carry anybody's data away.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from newsletter.context import Context
from newsletter.errors import NotFound
from newsletter.site.preferences import shown
from newsletter.subscriptions.own_data import erase_reader, whole_story
from newsletter.subscriptions.preferences import SOURCE, choices, leave_by


def own_data_pages(context: Context) -> Blueprint:
    """The routes beneath a reader's own page."""
    pages = Blueprint("own_data", __name__, url_prefix="/preferences/<token>")

    @pages.post("/data")
    def data(token: str) -> Response:
        try:
            story = whole_story(context, token)
        except NotFound:
            return shown(context, token)
        response = Response(story, content_type="application/json; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="my-newsletter-data.json"'
        return response

    @pages.post("/leave")
    def leave(token: str) -> Response:
        leave_by(context, token, source=SOURCE)
        return shown(context, token, done="You’re out: no more mail from us.")

    @pages.post("/erase")
    def erase(token: str) -> str:
        if request.form.get("sure") != "yes":
            found = choices(context, token)
            return render_template(
                "site/erase.html", heading="Erase everything?", found=found, token=token
            )
        erase_reader(context, token)
        return render_template("site/erased.html", heading="Nothing is left of you here")

    return pages
