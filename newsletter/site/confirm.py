"""`/confirm/<token>`: a page that asks, and a POST that says yes.

GET changes nothing: scanners follow every link of a message. A second POST is as welcome
as the first.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.context import Context
from newsletter.site.mail_worker import MailWorker
from newsletter.subscriptions.confirm import ConfirmationStatus, answer, confirmation_status

_GONE = 410
_OPEN = {"confirm": "One click, and you’re in", "move": "Is this your new address?"}
_DONE = {"confirm": "You’re in", "move": "Your address is changed"}


def confirm_pages(context: Context, postman: MailWorker) -> Blueprint:
    """The routes that answer a confirmation message."""
    pages = Blueprint("confirm", __name__)

    @pages.get("/confirm/<token>")
    def ask(token: str) -> Response:
        return _shown(confirmation_status(context, token))

    @pages.post("/confirm/<token>")
    def act(token: str) -> Response:
        answered = answer(context, token, ip=request.remote_addr or "")
        postman.wake()
        return _shown(answered)

    return pages


def _shown(found: ConfirmationStatus) -> Response:
    if found.state == "too late":
        page = render_template("site/too_late.html", heading="This link has served its time")
        return make_response(page, _GONE)
    heading = (_OPEN if found.state == "open" else _DONE)[found.question]
    return make_response(render_template("site/confirm.html", heading=heading, found=found))
