"""Who may come in: the browser that was given the start address, and no page elsewhere.

The address printed at the start holds a random key; it is exchanged for a cookie that
other sites cannot make the browser send (SameSite=Strict) and scripts cannot read.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, redirect, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

_OPEN_TO_ALL = ("entry.start", "looks.file")
_SAFE = ("GET", "HEAD", "OPTIONS")


def guard(app: Flask, key: str) -> None:
    """Lets only requests with the cookie in, and only forms of the desk's own pages."""
    entry = Blueprint("entry", __name__)

    @entry.get("/start")
    def start() -> BaseResponse:
        if not hmac.compare_digest(request.args.get("key", "").encode(), key.encode()):
            abort(403)
        session["in"] = True
        return redirect(url_for("desk.page"), 303)

    @app.before_request
    def _check() -> None:
        if request.method not in _SAFE and not _from_here():
            abort(403, "cross-site")
        if request.endpoint not in _OPEN_TO_ALL and not session.get("in"):
            abort(403)

    @app.after_request
    def _private(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        # `no-referrer` would make browsers send `Origin: null` with our own forms.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.register_blueprint(entry)


def _from_here() -> bool:
    """Whether a browser says that one of the desk's own pages sent this request.

    A request that says nothing of where it comes from is not from a browser's form.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return site == "same-origin"
    return urlsplit(origin).scheme == "http" and urlsplit(origin).netloc == request.host


_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
