"""`/unsubscribe/<token>`: GET shows a button, POST unsubscribes at once.

One-click unsubscribe (RFC 8058): mail programs POST `List-Unsubscribe=One-Click` without a
cookie or an Origin header. So the token alone is the authority, and there is no CSRF check.
GET changes nothing, for scanners follow every link of a message.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from newsletter.site.current import current_context, current_site
from newsletter.subscriptions.unsubscribe import (
    switch_to_monthly,
    unsubscribe,
    unsubscribe_options,
)

blueprint = Blueprint("unsubscribe", __name__)


@blueprint.get("/unsubscribe/<token>")
def ask(token: str) -> str:
    """Show the button, or that it was pressed."""
    options = unsubscribe_options(current_context(), token)
    if options.is_out:
        return render_template("site/left.html", heading="You’re out already", test=False)
    return render_template(
        "site/ask.html",
        heading="Leave this newsletter?",
        test=options.is_test,
        less_often=options.may_reduce,
    )


@blueprint.post("/unsubscribe/<token>")
def act(token: str) -> Response:
    """Unsubscribe, or reduce to one issue a month."""
    site = current_site()
    is_one_click = _form_value("List-Unsubscribe") == "One-Click"
    if not is_one_click and _form_value("instead") == "monthly":
        switch_to_monthly(site.context, token, ip=request.remote_addr or "")
        return make_response(render_template("site/less_often.html", heading="Once a month, then"))
    source = "one-click" if is_one_click else "unsubscribe page"
    result = unsubscribe(site.context, token, source=source, group_commit=site.group_commit)
    if is_one_click:
        return Response("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
    heading = "This was a test copy" if result.is_test else "You’re out"
    return make_response(render_template("site/left.html", heading=heading, test=result.is_test))


def _form_value(name: str) -> str:
    try:
        return request.form.get(name, "")
    except HTTPException:
        # The token counts even if the body cannot be parsed.
        return ""
