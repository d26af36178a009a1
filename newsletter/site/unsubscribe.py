"""`/unsubscribe/<token>`: GET shows a button, POST unsubscribes at once.

One-click unsubscribe (RFC 8058): mail programs POST `List-Unsubscribe=One-Click` without a
cookie or an Origin header. So the token alone is the authority, and there is no CSRF check.
GET changes nothing, for scanners follow every link of a message.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from newsletter.context import Context
from newsletter.storage.database.group_commit import GroupCommit
from newsletter.subscriptions.unsubscribe import (
    switch_to_monthly,
    unsubscribe,
    unsubscribe_options,
)


def unsubscribe_pages(context: Context) -> Blueprint:
    """Return the routes of the unsubscribe link."""
    pages = Blueprint("unsubscribe", __name__)
    # After an issue many mail programs unsubscribe at once, and each would wait for the disk.
    group_commit = GroupCommit(context.engine)

    @pages.get("/unsubscribe/<token>")
    def ask(token: str) -> str:
        options = unsubscribe_options(context, token)
        if options.is_out:
            return render_template("site/left.html", heading="You’re out already", test=False)
        return render_template(
            "site/ask.html",
            heading="Leave this newsletter?",
            test=options.is_test,
            less_often=options.may_reduce,
        )

    @pages.post("/unsubscribe/<token>")
    def act(token: str) -> Response:
        is_one_click = _form_value("List-Unsubscribe") == "One-Click"
        if not is_one_click and _form_value("instead") == "monthly":
            switch_to_monthly(context, token, ip=request.remote_addr or "")
            return make_response(
                render_template("site/less_often.html", heading="Once a month, then")
            )
        source = "one-click" if is_one_click else "unsubscribe page"
        result = unsubscribe(context, token, source=source, group_commit=group_commit)
        if is_one_click:
            return Response("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
        heading = "This was a test copy" if result.is_test else "You’re out"
        return make_response(
            render_template("site/left.html", heading=heading, test=result.is_test)
        )

    return pages


def _form_value(name: str) -> str:
    try:
        return request.form.get(name, "")
    except HTTPException:
        # The token counts even if the body cannot be parsed.
        return ""
