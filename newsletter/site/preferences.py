"""`/preferences/<token>`: the reader's own page. They change their choices or address, download
their data, leave, or erase everything.

GET shows, POST acts: what a scanner fetches must neither change anything nor carry data away.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.errors import NotFound, UsageError
from newsletter.site.current import current_context, current_site
from newsletter.site.sign_up_form import form_options
from newsletter.site.subscribe import rate_limited_page, remaining_delay
from newsletter.subscriptions.data_export import export_document, export_for_reader
from newsletter.subscriptions.erase import erase_reader
from newsletter.subscriptions.preferences import (
    SOURCE,
    ReaderChoices,
    find_reader,
    load_choices,
    save_choices,
)
from newsletter.subscriptions.sign_up import submit_sign_up
from newsletter.subscriptions.unsubscribe import unsubscribe
from subscribers.errors import InvalidAddress, InvalidPreference
from subscribers.models import SignUp

_UNPROCESSABLE = 422
blueprint = Blueprint("preferences", __name__, url_prefix="/preferences/<token>")


@blueprint.get("")
def show(token: str) -> Response:
    """Show the reader's page."""
    return _render_page(token)


@blueprint.post("")
def save(token: str) -> Response:
    """Save the reader's choices."""
    form = request.form
    if not form:  # a program that probes the address
        return _render_page(token)
    choices = ReaderChoices(
        name=form.get("name", ""),
        hemisphere=form.get("hemisphere", ""),
        rhythm=form.get("rhythm", ""),
        topics=tuple(form.getlist("topics")),
    )
    try:
        save_choices(current_context(), token, choices, ip=request.remote_addr or "")
    except InvalidPreference as error:
        return _render_page(token, error=str(error))
    return _render_page(token, done="Saved. The next issue follows your wish.")


@blueprint.post("/address")
def change_address(token: str) -> Response:
    """Send a link to the new address, which moves the reader there."""
    site = current_site()
    context = site.context
    received_at = context.real_clock()
    reader_id = find_reader(context, token)
    if reader_id is None:
        return _render_page(token)
    sign_up = SignUp(address=request.form.get("email", "").strip())
    try:
        admission = submit_sign_up(
            context, sign_up, ip=request.remote_addr or "", mover_id=reader_id
        )
    except (InvalidAddress, UsageError) as error:
        return _render_page(token, error=str(error))
    if admission != "accepted":
        return rate_limited_page(admission)
    site.mail_worker.wake()
    context.wait(remaining_delay(received_at, context.real_clock()))
    answer = (
        "Look into the inbox of the new address: if it can get our messages, there is one "
        "with a link. Once you have pressed it, the newsletter goes there."
    )
    return _render_page(token, done=answer)


@blueprint.post("/data")
def download(token: str) -> Response:
    """Give the reader their data as a file."""
    try:
        document = export_document(export_for_reader(current_context(), token))
    except NotFound:
        return _render_page(token)
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="my-newsletter-data.json"'
    return response


@blueprint.post("/leave")
def leave(token: str) -> Response:
    """Unsubscribe the reader."""
    unsubscribe(current_context(), token, purpose="preferences", source=SOURCE)
    return _render_page(token, done="You’re out: no more mail from us.")


@blueprint.post("/erase")
def erase(token: str) -> str:
    """Erase the reader, once they are sure."""
    context = current_context()
    if request.form.get("sure") != "yes":
        choices = load_choices(context, token)
        return render_template(
            "site/erase.html", heading="Erase everything?", found=choices, token=token
        )
    erase_reader(context, token)
    return render_template("site/erased.html", heading="Nothing is left of you here")


def _render_page(token: str, *, done: str = "", error: str = "") -> Response:
    """Return the reader's page, with a message about what was just done."""
    context = current_context()
    choices = load_choices(context, token)
    if not choices.status:
        unknown = render_template(
            "site/unknown.html", heading="Nothing is left of you here", token=token, done=done
        )
        return make_response(unknown)
    page = render_template(
        "site/preferences.html",
        heading="Your newsletter",
        found=choices,
        token=token,
        offers=form_options(context.settings),
        done=done,
        error=error,
    )
    return make_response(page, _UNPROCESSABLE if error else 200)
