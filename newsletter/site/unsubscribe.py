"""`/unsubscribe/<token>`: a page that asks, and a POST that acts at once.

RFC 8058: mail programs POST `List-Unsubscribe=One-Click` without cookie or Origin, so
the token alone is the authority and there is no CSRF check here. GET changes nothing:
scanners follow every link of a message.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from newsletter.context import Context
from newsletter.storage.database.group_commit import GroupCommit
from newsletter.subscriptions.unsubscribe import is_test_link, leave, less_often, may_get_less


def unsubscribe_pages(context: Context) -> Blueprint:
    """The routes of the readers' way out."""
    pages = Blueprint("unsubscribe", __name__)
    # After an issue many mail programs leave at once; each wants to wait for the disk.
    together = GroupCommit(context.engine)

    @pages.get("/unsubscribe/<token>")
    def ask(token: str) -> str:
        return render_template(
            "site/ask.html",
            heading="Leave this newsletter?",
            test=is_test_link(context, token),
            less_often=may_get_less(context, token),
        )

    @pages.post("/unsubscribe/<token>")
    def act(token: str) -> Response:
        one_click = _is_one_click()
        if not one_click and _wants_less():
            less_often(context, token, ip=request.remote_addr or "")
            return make_response(
                render_template("site/less_often.html", heading="Once a month, then")
            )
        source = "one-click" if one_click else "unsubscribe page"
        done = leave(context, token, source=source, together=together)
        if one_click:
            return Response("Unsubscribed.\n", content_type="text/plain; charset=utf-8")
        heading = "This was a test copy" if done.test else "You’re out"
        return make_response(render_template("site/left.html", heading=heading, test=done.test))

    return pages


def _is_one_click() -> bool:
    return _said("List-Unsubscribe") == "One-Click"


def _wants_less() -> bool:
    return _said("instead") == "monthly"


def _said(name: str) -> str:
    try:
        return request.form.get(name, "")
    except HTTPException:
        # A body that cannot be read takes nothing from the token.
        return ""
