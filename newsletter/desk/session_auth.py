"""Authenticate the one browser that was given the start URL, and reject cross-site forms.

The start URL that `newsletter preview` prints holds a random key that works once. It is
exchanged for a session cookie that other sites cannot make the browser send (SameSite=Strict)
and scripts cannot read (HttpOnly). Name and value of the cookie are tied to the desk's port.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from newsletter.desk.lock import SAFE_METHODS

_PUBLIC_ENDPOINTS = ("auth.start", "assets.file")
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_GO_ON = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>The desk</title>'


def require_session(app: Flask, keys: Collection[str], *, port: int) -> None:
    """Reject requests of `app` without the session cookie, and forms of other pages.

    Each of `keys` is exchanged once for the cookie of the desk at `port`.
    """
    auth = Blueprint("auth", __name__)
    unused = set(keys)

    def is_in() -> bool:
        return session.get("in") == port

    @auth.get("/start")
    def start() -> BaseResponse:
        given = request.args.get("key", "").encode()
        key = next((key for key in unused if hmac.compare_digest(given, key.encode())), None)
        # A browser that is in already may reload the address.
        if key is None and not is_in():
            abort(403)
        if request.method == "GET":
            unused.discard(key or "")
            session["in"] = port
        if "file" in request.args:
            # A redirect would still be a request from the file, which is another site: the
            # browser would keep the cookie back.
            return Response(_GO_ON, content_type="text/html; charset=utf-8")
        return redirect(url_for("desk.page"), 303)

    @app.before_request
    def check_request() -> None:
        if request.method not in SAFE_METHODS and not _is_same_origin():
            abort(403, "cross-site")
        if request.endpoint not in _PUBLIC_ENDPOINTS and not is_in():
            abort(403)

    @app.after_request
    def add_security_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        # `no-referrer` would make browsers send `Origin: null` with the desk's own forms.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = _PERMISSIONS_POLICY
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.register_blueprint(auth)


def _is_same_origin() -> bool:
    """Whether the browser says that a page of the desk itself sent this request.

    Every browser sends Sec-Fetch-Site or Origin with a form. A request with neither does
    not come from a browser's form and is rejected.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).scheme == "http" and urlsplit(origin).netloc == request.host
