"""Sign in to a remote desk with its password, and out again."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from newsletter.desk.lock import SAFE_METHODS
from newsletter.desk.login_limits import LoginLimits
from newsletter.desk.password import StoredPassword, TooManyChecks
from newsletter.desk.session_auth import guard, is_for_a_person
from newsletter.desk.sessions import Sessions
from newsletter.text import printable
from subscribers.rate_limit import network_of

_SESSION_ID = "id"


def require_password(
    app: Flask, password: StoredPassword, clock: Callable[[], dt.datetime]
) -> None:
    """Reject requests of `app` from browsers that have not signed in with the password."""
    sessions, limits = Sessions(), LoginLimits()
    auth = Blueprint("auth", __name__)

    def is_in() -> bool:
        session_id = session.get(_SESSION_ID, "")
        # A page that asks for news by itself must not keep a forgotten browser signed in.
        is_used = request.method not in SAFE_METHODS or is_for_a_person()
        return bool(session_id) and sessions.is_open(
            session_id, clock(), password.current_hash(), is_used=is_used
        )

    @auth.get("/login")
    def login() -> BaseResponse:
        way_on = request.args.get("next", "")
        return _go_on(way_on) if is_in() else _login_page(way_on)

    @auth.post("/login")
    def sign_in() -> BaseResponse:
        way_on, ip, now = request.form.get("next", ""), request.remote_addr or "", clock()
        wait = limits.start_try(ip, now)
        if wait > dt.timedelta():
            return _slow_down(way_on, wait)
        try:
            is_right = password.is_right(request.form.get("password", ""))
        except TooManyChecks:
            return _slow_down(way_on, dt.timedelta(seconds=1))
        if not is_right:
            _log(f"a wrong password from {network_of(ip)}")
            return _login_page(way_on, "That is not the password. Nobody was signed in.", 403)
        limits.record_success(ip)
        # A new session, which nobody can have prepared for this browser.
        session.clear()
        session[_SESSION_ID] = sessions.start(now, password.current_hash())
        _log(f"signed in from {network_of(ip)}")
        return _go_on(way_on)

    @auth.post("/sign-out")
    def sign_out() -> Response:
        sessions.end(session.get(_SESSION_ID, ""))
        session.clear()
        return _login_page("", "You are signed out.", tone="good")

    @auth.post("/sign-out-everywhere")
    def sign_out_everywhere() -> Response:
        sessions.end_all()
        session.clear()
        _log("every browser was signed out")
        return _login_page("", "Every browser is signed out, also this one.", tone="good")

    app.register_blueprint(auth)
    guard(app, is_in)


def _go_on(way_on: str) -> BaseResponse:
    """Redirect to the page of the desk that was asked for before signing in."""
    # Two slashes, or a backslash that browsers take for one, would name another host.
    is_path = way_on.startswith("/") and not way_on.startswith("//") and "\\" not in way_on
    if is_path and way_on.isprintable():
        return redirect(f"{request.script_root}{way_on}", 303)
    return redirect(url_for("desk.page"), 303)


def _login_page(
    way_on: str, sentence: str = "", status: int = 200, *, tone: str = "look"
) -> Response:
    page = render_template(
        "desk/login.html", way_on=way_on, sentence=sentence, tone=tone, locked=True
    )
    return make_response(page, status)


def _slow_down(way_on: str, wait: dt.timedelta) -> Response:
    seconds = max(1, round(wait.total_seconds()))
    span = f"{seconds} seconds" if seconds < 100 else f"{round(seconds / 60)} minutes"  # noqa: PLR2004
    response = _login_page(way_on, f"Too many tries. Wait {span}, then try once more.", 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _log(sentence: str) -> None:
    sys.stderr.write(printable(f"The desk: {sentence}.") + "\n")
    sys.stderr.flush()
