"""Let only signed-in browsers in, reject cross-site forms, and set the security headers.

On this machine the start URL that `newsletter preview` prints holds a random key that works once.
It is exchanged for a session cookie that other sites cannot make the browser send
(SameSite=Strict) and scripts cannot read (HttpOnly). Name and value of the cookie are tied to the
desk's port. A remote desk signs in by `login`, and shares the rest.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection

from flask import Blueprint, Flask, Response, abort, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.wrappers import Response as BaseResponse

from newsletter.desk.access import DeskAccess, is_remote
from newsletter.desk.lock import SAFE_METHODS

_PUBLIC_ENDPOINTS = ("auth.start", "auth.login", "auth.sign_in", "assets.file")
# A year, for this host.
_STRICT_TRANSPORT = "max-age=31536000"
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_GO_ON = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>The desk</title>'


class _DeskCookies(SecureCookieSessionInterface):
    """The session cookie, by HTTPS only where the browser came by it.

    Its prefix tells the browser that nobody may have set it by HTTP, or on another host
    (RFC 6265bis, 4.1.3). Cookies do not depend on the port (RFC 6265, 8.5): two desks on this
    machine need two names.
    """

    def __init__(self, port: int) -> None:
        self._plain_name = f"desk_{port}"

    def get_cookie_name(self, app: Flask) -> str:
        if not request.is_secure:
            return self._plain_name
        return "__Host-desk" if self.get_cookie_path(app) == "/" else "__Secure-desk"

    def get_cookie_secure(self, _app: Flask) -> bool:
        return request.is_secure


def set_cookies(app: Flask, access: DeskAccess, *, port: int) -> None:
    """Keep the session of `app` in a cookie for its own pages alone."""
    app.session_interface = _DeskCookies(port)
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PATH=access.path or "/",
    )


def require_key(app: Flask, keys: Collection[str], *, port: int) -> None:
    """Reject requests of `app` without the session of the desk at `port`.

    Each of `keys` is exchanged once for it.
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

    app.register_blueprint(auth)
    guard(app, is_in)


def guard(app: Flask, is_in: Callable[[], bool]) -> None:
    """Reject forms of other pages, and requests of browsers that are not in; add the headers."""

    @app.before_request
    def check_request() -> BaseResponse | None:
        if request.method not in SAFE_METHODS and not _is_same_origin():
            abort(403, "cross-site")
        if request.endpoint in _PUBLIC_ENDPOINTS or is_in():
            return None
        if not (is_remote() and request.method in SAFE_METHODS and is_for_a_person()):
            abort(403)
        return redirect(url_for("auth.login", next=request.full_path.removesuffix("?")), 303)

    @app.after_request
    def add_security_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
        # `no-referrer` would make browsers send `Origin: null` with the desk's own forms.
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = _PERMISSIONS_POLICY
        # Below a path the host is another site's, whose own web server decides.
        if request.is_secure and not request.script_root:
            response.headers["Strict-Transport-Security"] = _STRICT_TRANSPORT
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def is_for_a_person() -> bool:
    """Whether a person asked for a page, rather than a page for its own contents or news."""
    return request.headers.get("Sec-Fetch-Dest", "document") == "document"


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
    return origin == f"{request.scheme}://{request.host}"
