"""`/confirm/<token>`: GET shows a button, POST confirms (double opt-in, change of address).

GET changes nothing, for scanners follow every link of a message. POST is idempotent.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.site.current import current_context, current_site
from newsletter.subscriptions import confirm
from newsletter.subscriptions.confirm import ConfirmationStatus

_GONE = 410
_OPEN = {"confirm": "One click, and you’re in", "move": "Is this your new address?"}
_DONE = {"confirm": "You’re in", "move": "Your address is changed"}
blueprint = Blueprint("confirm", __name__)


@blueprint.get("/confirm/<token>")
def ask(token: str) -> Response:
    """Show the button, or that it was pressed."""
    return _render_status(confirm.confirmation_status(current_context(), token))


@blueprint.post("/confirm/<token>")
def act(token: str) -> Response:
    """Confirm."""
    site = current_site()
    status = confirm.confirm(site.context, token, ip=request.remote_addr or "")
    site.mail_worker.wake()
    return _render_status(status)


def _render_status(status: ConfirmationStatus) -> Response:
    if status.state == "too late":
        page = render_template("site/too_late.html", heading="This link has served its time")
        return make_response(page, _GONE)
    heading = (_OPEN if status.state == "open" else _DONE)[status.question]
    return make_response(render_template("site/confirm.html", heading=heading, found=status))
