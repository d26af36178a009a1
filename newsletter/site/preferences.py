"""`/preferences/<token>`: the reader's own page. They change their choices or address, download
their data, leave, or erase everything.

GET shows, POST acts: what a scanner fetches must neither change anything nor carry data away.
"""

from __future__ import annotations

import json

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.context import Context
from newsletter.errors import NotFound, UsageError
from newsletter.site.mail_worker import MailWorker
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


def preferences_pages(context: Context, mail_worker: MailWorker) -> Blueprint:
    """Return the routes of a reader's own page."""
    pages = Blueprint("preferences", __name__, url_prefix="/preferences/<token>")

    @pages.get("")
    def show(token: str) -> Response:
        return _render_page(context, token)

    @pages.post("")
    def save(token: str) -> Response:
        form = request.form
        if not form:  # a program that probes the address
            return _render_page(context, token)
        choices = ReaderChoices(
            name=form.get("name", ""),
            hemisphere=form.get("hemisphere", ""),
            rhythm=form.get("rhythm", ""),
            topics=tuple(form.getlist("topics")),
        )
        try:
            save_choices(context, token, choices, ip=request.remote_addr or "")
        except InvalidPreference as error:
            return _render_page(context, token, error=str(error))
        return _render_page(context, token, done="Saved. The next issue follows your wish.")

    @pages.post("/address")
    def change_address(token: str) -> Response:
        received_at = context.real_clock()
        reader_id = find_reader(context, token)
        if reader_id is None:
            return _render_page(context, token)
        sign_up = SignUp(address=request.form.get("email", "").strip())
        try:
            admission = submit_sign_up(
                context, sign_up, ip=request.remote_addr or "", mover_id=reader_id
            )
        except (InvalidAddress, UsageError) as error:
            return _render_page(context, token, error=str(error))
        if admission != "accepted":
            return rate_limited_page(admission)
        mail_worker.wake()
        context.wait(remaining_delay(received_at, context.real_clock()))
        answer = (
            "Look into the inbox of the new address: if it can get our messages, there is one "
            "with a link. Once you have pressed it, the newsletter goes there."
        )
        return _render_page(context, token, done=answer)

    _add_data_routes(pages, context)
    return pages


def _add_data_routes(pages: Blueprint, context: Context) -> None:
    @pages.post("/data")
    def download(token: str) -> Response:
        try:
            document = export_document(export_for_reader(context, token))
        except NotFound:
            return _render_page(context, token)
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
        response = Response(text, content_type="application/json; charset=utf-8")
        response.headers["Content-Disposition"] = 'attachment; filename="my-newsletter-data.json"'
        return response

    @pages.post("/leave")
    def leave(token: str) -> Response:
        unsubscribe(context, token, purpose="preferences", source=SOURCE)
        return _render_page(context, token, done="You’re out: no more mail from us.")

    @pages.post("/erase")
    def erase(token: str) -> str:
        if request.form.get("sure") != "yes":
            choices = load_choices(context, token)
            return render_template(
                "site/erase.html", heading="Erase everything?", found=choices, token=token
            )
        erase_reader(context, token)
        return render_template("site/erased.html", heading="Nothing is left of you here")


def _render_page(context: Context, token: str, *, done: str = "", error: str = "") -> Response:
    """Return the reader's page, with a message about what was just done."""
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
