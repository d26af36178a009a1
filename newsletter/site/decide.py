"""`/approve/<token>` and `/stop/<token>`: the author decides by a link in a notice.

GET shows the issue and a button, since scanners follow every link of a message; POST acts. The
token is the authority, as on the readers' pages. No page here shows anybody of the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

from flask import Blueprint, Response, make_response, render_template, request

from newsletter.errors import Busy, TooSoon
from newsletter.pipeline.mail_decision import LinkAct, LinkedIssue, decide_by_link, see_link
from newsletter.site.current import current_context
from subscribers.errors import BadToken, HappyTrailsError
from subscribers.tokens import AuthorPurpose

_GONE, _CONFLICT, _UNAVAILABLE = 410, 409, 503
# How often a form tries for the newsletter's lock, a quarter of a second apart.
_LOCK_TRIES = 20
_PAUSE = 0.25
blueprint = Blueprint("decide", __name__)


@blueprint.get("/approve/<token>")
def see_approval(token: str) -> Response:
    """Show the issue, and the button that approves it."""
    return _render("approve", see_link(current_context(), "approve", token))


@blueprint.post("/approve/<token>")
def approve(token: str) -> Response:
    """Approve the issue, or do what else the form asks for."""
    return _act("approve", token, _asked_act())


@blueprint.get("/stop/<token>")
def see_stop(token: str) -> Response:
    """Show the issue, and the button that stops it."""
    return _render("stop", see_link(current_context(), "stop", token))


@blueprint.post("/stop/<token>")
def stop(token: str) -> Response:
    """Stop the issue."""
    return _act("stop", token, "stop")


def _act(purpose: AuthorPurpose, token: str, act: LinkAct) -> Response:
    """Decide, and show what became of it."""
    context = current_context()
    insist = request.form.get("insist") == "yes"
    try:
        linked = _wait_for_lock(
            lambda: decide_by_link(context, purpose, token, act, insist=insist), context.wait
        )
    except BadToken:
        raise
    except HappyTrailsError as error:
        return _render(
            purpose,
            see_link(context, purpose, token),
            error=error,
            status=_UNAVAILABLE if isinstance(error, Busy) else _CONFLICT,
            asks_to_insist=isinstance(error, TooSoon),
        )
    return _render(purpose, linked, done=act)


def _wait_for_lock(decide: Callable[[], LinkedIssue], wait: Callable[[float], None]) -> LinkedIssue:
    """Decide, and wait a little for a run that is at work."""
    for _ in range(_LOCK_TRIES):
        try:
            return decide()
        except Busy:
            wait(_PAUSE)
    return decide()


def _asked_act() -> LinkAct:
    """Return what the form asks for: to approve, unless it says otherwise."""
    act = request.form.get("act", "approve")
    return cast("LinkAct", act) if act in get_args(LinkAct) and act != "stop" else "approve"


def _render(
    purpose: AuthorPurpose,
    linked: LinkedIssue,
    *,
    done: LinkAct | None = None,
    error: HappyTrailsError | None = None,
    status: int = 200,
    asks_to_insist: bool = False,
) -> Response:
    if linked.state in ("changed", "over"):
        status = _GONE
    page = render_template(
        "site/decide.html",
        heading=_heading(purpose, linked, done if error is None else None),
        purpose=purpose,
        linked=linked,
        done=done if error is None else None,
        error=error,
        asks_to_insist=asks_to_insist,
    )
    return make_response(page, status)


def _heading(purpose: AuthorPurpose, linked: LinkedIssue, done: LinkAct | None) -> str:
    called = f"issue {linked.number}"
    if linked.state == "changed":
        return f"I{called[1:]} has changed"
    if linked.state == "over":
        return "This link has served its time"
    if linked.state == "stopped":
        return f"I{called[1:]} is stopped"
    if linked.state == "released":
        return f"I{called[1:]} is let go"
    if done == "undo":
        return f"Undone: nobody got {called}"
    if purpose == "stop":
        return f"Stop {called}?"
    is_approved = linked.issue is not None and linked.issue.status == "approved"
    return f"I{called[1:]} is approved" if is_approved else f"Approve {called}?"
