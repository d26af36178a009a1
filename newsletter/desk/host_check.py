"""Reject requests that do not come by a name of the desk, before anything else looks at them.

A page elsewhere can let its own host name resolve to this machine (DNS rebinding) and so reach the
desk from the author's browser. Its requests carry that name in the Host header, so it is compared
with an exact list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.middleware.proxy_fix import ProxyFix

from newsletter.config.address import is_loopback
from newsletter.desk.access import DeskAccess
from newsletter.wsgi.bare_responses import BARE_HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HTTP_PORT = 80
_OTHER_NAME = "The desk answers only to the names of this machine."
_NO_PROXY = (
    "This desk is for browsers on this machine. For one behind your web server set a password "
    "with `newsletter desk password`, write the desk's address as [desk] url, and open it with "
    "`newsletter preview --listen 127.0.0.1`."
)


def allowed_hosts(port: int) -> frozenset[str]:
    """Return the values of the Host header that a browser on this machine sends to `port`."""
    names = ("localhost", "127.0.0.1", "[::1]")
    without_port = names if port == _HTTP_PORT else ()
    return frozenset((*(f"{name}:{port}" for name in names), *without_port))


class HostCheck:
    """WSGI middleware that lets in what this machine's browsers and a trusted web server send.

    Without an `origin` a request that a proxy passed on is rejected. With one it must name that
    host, and have come to the web server by HTTPS if the origin says so; the app then sees the
    scheme, host and address of the browser.
    """

    def __init__(self, app: WSGIApplication, access: DeskAccess, port: int) -> None:
        self._app = app
        self._hosts = allowed_hosts(port)
        self._is_loopback = access.is_loopback
        self._origin = access.origin
        self._public = urlsplit(access.origin)
        hops = access.proxies
        self._behind_proxy = ProxyFix(
            self._check_public, x_for=hops, x_proto=hops, x_host=hops, x_prefix=0
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        is_forwarded = any(
            name == "HTTP_FORWARDED" or name.startswith("HTTP_X_FORWARDED") for name in environ
        )
        if not is_forwarded and environ.get("HTTP_HOST", "") in self._hosts:
            if self._is_loopback and is_loopback(environ.get("REMOTE_ADDR", "")):
                return self._app(environ, start_response)
            return _forbid(start_response, f"The desk is at {self._origin}.")
        if self._origin:
            return self._behind_proxy(environ, start_response)
        return _forbid(start_response, _NO_PROXY if is_forwarded else _OTHER_NAME)

    def _check_public(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        if not _names(environ.get("HTTP_HOST", ""), self._public.hostname):
            return _forbid(start_response, "The desk has another name.")
        if environ["wsgi.url_scheme"] != self._public.scheme:
            return _forbid(
                start_response,
                f"The desk is open by HTTPS only, at {self._origin}. If you came by it, let your "
                "web server say so in X-Forwarded-Proto; docs/server.md shows how.",
            )
        environ["HTTP_HOST"] = self._public.netloc
        return self._app(environ, start_response)


def _names(host: str, name: str | None) -> bool:
    """Whether a Host header names `name`. A web server may leave out the port, or add it."""
    try:
        parts = urlsplit(f"//{host}")
        has_port = parts.port is not None
    except ValueError:
        return False
    without_port = host.rpartition(":")[0] if has_port else host
    return parts.hostname == name and without_port.strip("[]").lower() == name


def _forbid(start_response: StartResponse, sentence: str) -> list[bytes]:
    body = f"{sentence}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        *BARE_HEADERS,
    ]
    start_response("403 Forbidden", headers)
    return [body]
