"""`/preferences/<token>`: a reader's own page. GET shows, POST changes."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.context import Context
from newsletter.errors import UsageError
from newsletter.site.mail_worker import MailWorker
from newsletter.site.offers import offers
from newsletter.site.subscribe import hold, too_many
from newsletter.subscriptions.preferences import Choices, choices, choose, reader_of
from newsletter.subscriptions.sign_up import sign_up
from subscribers.errors import InvalidAddress, InvalidPreference
from subscribers.models import SignUp

_UNREADABLE = 422


def preferences_pages(context: Context, postman: MailWorker) -> Blueprint:
    """The routes of a reader's own page."""
    pages = Blueprint("preferences", __name__, url_prefix="/preferences/<token>")

    @pages.get("")
    def show(token: str) -> Response:
        return shown(context, token)

    @pages.post("")
    def save(token: str) -> Response:
        form = request.form
        if not form:  # a program that tries a POST has chosen nothing
            return shown(context, token)
        chosen = Choices(
            name=form.get("name", ""),
            hemisphere=form.get("hemisphere", ""),
            rhythm=form.get("rhythm", ""),
            topics=tuple(form.getlist("topics")),
        )
        try:
            choose(context, token, chosen, ip=request.remote_addr or "")
        except InvalidPreference as error:
            return shown(context, token, error=str(error))
        return shown(context, token, done="Saved. The next issue follows your wish.")

    @pages.post("/address")
    def move(token: str) -> Response:
        came = context.real_clock()
        reader = reader_of(context, token)
        if not reader:
            return shown(context, token)
        wish = SignUp(address=request.form.get("email", "").strip())
        try:
            admission = sign_up(context, wish, ip=request.remote_addr or "", mover=reader)
        except (InvalidAddress, UsageError) as error:
            return shown(context, token, error=str(error))
        if admission != "accepted":
            return too_many(admission)
        postman.wake()
        hold(context, came)
        done = (
            "Look into the inbox of the new address: if it can get our messages, there is one "
            "with a link. Once you have pressed it, the newsletter goes there."
        )
        return shown(context, token, done=done)

    return pages


def shown(context: Context, token: str, *, done: str = "", error: str = "") -> Response:
    """The page of the reader whose link this is, with a word on what was just done."""
    found = choices(context, token)
    if not found.status:
        return make_response(
            render_template("site/erased.html", heading="Nothing is left of you here")
        )
    page = render_template(
        "site/preferences.html",
        heading="Your newsletter",
        found=found,
        token=token,
        offers=offers(context),
        done=done,
        error=error,
    )
    return make_response(page, _UNREADABLE if error else 200)
