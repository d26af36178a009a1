"""`/` and `/subscribe`: the form, and one answer for every address there is.

The answer does not depend on whether somebody is on the list, was, or must not be written
to: nothing of that is looked up before it is given, and it is given at a set time after
the request.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.context import Context
from newsletter.editorial.archive import list_archive
from newsletter.errors import UsageError
from newsletter.site.mail_worker import MailWorker
from newsletter.site.offers import offers
from newsletter.site.sign_up_form import Filled, fresh_token, read_form
from newsletter.subscriptions.sign_up import consent_words, sign_up
from subscribers.errors import InvalidAddress, InvalidPreference
from subscribers.models import SignUp

# Time enough for the letter to be written meanwhile, whoever it is for.
_ANSWER_AFTER = dt.timedelta(milliseconds=600)
_UNTIL_NEXT_HOUR = str(60 * 60)
_ON_FRONT_PAGE = 5


def subscribe_pages(context: Context, postman: MailWorker) -> Blueprint:
    """The routes of joining."""
    pages = Blueprint("subscribe", __name__)

    @pages.get("/")
    def front() -> str:
        return render_template(
            "site/front.html",
            heading=context.settings.newsletter.title,
            issues=list_archive(context)[:_ON_FRONT_PAGE],
            **_form(context, SignUp(address=""), fresh_token(context)),
        )

    @pages.get("/subscribe")
    def ask() -> Response:
        return _asked(context, SignUp(address=""), fresh_token(context))

    @pages.post("/subscribe")
    def act() -> Response:
        came = context.real_clock()
        filled = read_form(context, request.form)
        if filled.verdict == "program":
            return _on_its_way(filled)
        if filled.verdict == "too fast":
            return _asked(
                context,
                filled.wish,
                filled.token,
                note="That was quick! Nothing was sent yet: once more, please.",
            )
        if filled.verdict == "ask again":
            note = "Almost there: look it over, and click the button."
            return _asked(context, filled.wish, filled.token, note=note)
        return _taken_in(context, postman, filled, came)

    return pages


def _taken_in(context: Context, postman: MailWorker, filled: Filled, came: dt.datetime) -> Response:
    try:
        admission = sign_up(context, filled.wish, ip=request.remote_addr or "")
    except (InvalidAddress, InvalidPreference, UsageError) as error:
        return _asked(context, filled.wish, filled.token, error=str(error), status=422)
    if admission != "accepted":
        return too_many(admission)
    postman.wake()
    hold(context, came)
    return _on_its_way(filled)


def hold(context: Context, came: dt.datetime) -> None:
    """Waits until it is time to answer a request that `came` then."""
    left = came + _ANSWER_AFTER - context.real_clock()
    context.wait(max(left.total_seconds(), 0))


def too_many(admission: str) -> Response:
    """What is said where the limits are reached, of the visitor's network or of all."""
    page = render_template("site/too_many.html", heading="A queue at the trailhead")
    response = make_response(page, 429 if admission == "network limit" else 503)
    response.headers["Retry-After"] = _UNTIL_NEXT_HOUR
    return response


def _on_its_way(filled: Filled) -> Response:
    return make_response(
        render_template(
            "site/on_its_way.html", heading="Look into your inbox", written=filled.wish.address
        )
    )


def _asked(
    context: Context,
    wish: SignUp,
    token: str,
    *,
    note: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    page = render_template(
        "site/subscribe.html",
        heading=f"Get {context.settings.newsletter.title} by email",
        note=note,
        error=error,
        **_form(context, wish, token),
    )
    return make_response(page, status)


def _form(context: Context, wish: SignUp, token: str) -> dict[str, object]:
    return {
        "wish": wish,
        "form_token": token,
        "consent": consent_words(context),
        "offers": offers(context),
    }
