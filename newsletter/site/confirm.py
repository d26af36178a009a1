"""`/confirm/<token>`: GET shows a button, POST confirms (double opt-in, change of address).

GET changes nothing, for scanners follow every link of a message. POST is idempotent.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.context import Context
from newsletter.site.mail_worker import MailWorker
from newsletter.subscriptions import confirm
from newsletter.subscriptions.confirm import ConfirmationStatus

_GONE = 410
_OPEN = {"confirm": "One click, and you’re in", "move": "Is this your new address?"}
_DONE = {"confirm": "You’re in", "move": "Your address is changed"}


def confirm_pages(context: Context, mail_worker: MailWorker) -> Blueprint:
    """Return the routes that answer a confirmation message."""
    pages = Blueprint("confirm", __name__)

    @pages.get("/confirm/<token>")
    def ask(token: str) -> Response:
        return _render_status(confirm.confirmation_status(context, token))

    @pages.post("/confirm/<token>")
    def act(token: str) -> Response:
        status = confirm.confirm(context, token, ip=request.remote_addr or "")
        mail_worker.wake()
        return _render_status(status)

    return pages


def _render_status(status: ConfirmationStatus) -> Response:
    if status.state == "too late":
        page = render_template("site/too_late.html", heading="This link has served its time")
        return make_response(page, _GONE)
    heading = (_OPEN if status.state == "open" else _DONE)[status.question]
    return make_response(render_template("site/confirm.html", heading=heading, found=status))
