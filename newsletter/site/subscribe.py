"""`/` and `/subscribe`: the sign-up form, and the same answer for every address.

The answer must not reveal whether an address is on the list, was, or is suppressed. So the
list is not read before it is given, and it is given at a fixed time after the request: timing
reveals nothing either.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.config.settings import Settings
from newsletter.editorial.archive import list_archive
from newsletter.errors import UsageError
from newsletter.site.current import current_context, current_site
from newsletter.site.sign_up_form import FormSubmission, form_options, read_form
from newsletter.storage.database.engine import snapshot
from newsletter.subscriptions.sign_up import consent_wording, submit_sign_up
from subscribers.errors import InvalidAddress, InvalidPreference
from subscribers.models import SignUp
from subscribers.tokens import sign_form

# Enough for the worker to write the confirmation message meanwhile.
_ANSWER_AFTER = dt.timedelta(milliseconds=600)
_RETRY_AFTER = str(60 * 60)
_ON_FRONT_PAGE = 5
_ASK_AGAIN = {
    "too fast": "That was quick! Nothing was sent yet: once more, please.",
    "ask again": "Almost there: look it over, and click the button.",
}
blueprint = Blueprint("subscribe", __name__)


@blueprint.get("/")
def front() -> str:
    """Show the newest issues and the form."""
    context = current_context()
    with snapshot(context.engine) as connection:
        issues = list_archive(connection, context.config)[:_ON_FRONT_PAGE]
    return render_template(
        "site/front.html",
        heading=context.settings.newsletter.title,
        issues=issues,
        **_empty_form(),
    )


@blueprint.get("/subscribe")
def ask() -> Response:
    """Show the form."""
    return _render_form(current_context().settings, _empty_form())


@blueprint.post("/subscribe")
def act() -> Response:
    """Queue a sign-up, or show the form again."""
    site = current_site()
    context, settings = site.context, site.context.settings
    received_at = context.real_clock()
    submission = read_form(request.form, received_at, context.secrets.require_signing())
    if submission.verdict == "program":
        return _render_accepted(submission)
    fields = _form_fields(settings, submission.sign_up, submission.token)
    if submission.verdict != "person":
        return _render_form(settings, fields, note=_ASK_AGAIN[submission.verdict])
    try:
        admission = submit_sign_up(context, submission.sign_up, ip=request.remote_addr or "")
    except (InvalidAddress, InvalidPreference, UsageError) as error:
        return _render_form(settings, fields, error=str(error), status=422)
    if admission != "accepted":
        return rate_limited_page(admission)
    site.mail_worker.wake()
    context.wait(remaining_delay(received_at, context.real_clock()))
    return _render_accepted(submission)


def remaining_delay(received_at: dt.datetime, now: dt.datetime) -> float:
    """Return the seconds until a request that was received then may be answered."""
    return max((received_at + _ANSWER_AFTER - now).total_seconds(), 0)


def rate_limited_page(admission: str) -> Response:
    """Return the page for a request beyond the rate limit of its network or of the site."""
    page = render_template("site/too_many.html", heading="A queue at the trailhead")
    response = make_response(page, 429 if admission == "network limit" else 503)
    response.headers["Retry-After"] = _RETRY_AFTER
    return response


def _render_accepted(submission: FormSubmission) -> Response:
    page = render_template(
        "site/on_its_way.html", heading="Look in your inbox", written=submission.sign_up.address
    )
    return make_response(page)


def _render_form(
    settings: Settings,
    fields: dict[str, object],
    *,
    note: str = "",
    error: str = "",
    status: int = 200,
) -> Response:
    page = render_template(
        "site/subscribe.html",
        heading=f"Get {settings.newsletter.title} by email",
        note=note,
        error=error,
        **fields,
    )
    return make_response(page, status)


def _empty_form() -> dict[str, object]:
    context = current_context()
    token = sign_form(context.real_clock(), context.secrets.require_signing())
    return _form_fields(context.settings, SignUp(address=""), token)


def _form_fields(settings: Settings, sign_up: SignUp, token: str) -> dict[str, object]:
    return {
        "wish": sign_up,
        "form_token": token,
        "consent": consent_wording(settings),
        "is_one_click": settings.site.unsubscribe != "mailto",
        "offers": form_options(settings),
    }
