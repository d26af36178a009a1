"""Accept only requests that name this machine as their host.

A page elsewhere can let its own host name resolve to 127.0.0.1 (DNS rebinding) and so
reach the desk from the author's browser. Its requests carry that name in the Host header,
so the desk compares it with an exact list, before anything else looks at the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HTTP_PORT = 80


def allowed_hosts(port: int) -> frozenset[str]:
    """Return the values of the Host header that a browser on this machine sends to `port`."""
    names = ("localhost", "127.0.0.1", "[::1]")
    without_port = names if port == _HTTP_PORT else ()
    return frozenset((*(f"{name}:{port}" for name in names), *without_port))


class HostCheck:
    """WSGI middleware that rejects other hosts, and requests that a proxy passed on."""

    def __init__(self, app: WSGIApplication, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return _forbid(start_response, "The desk answers only to the names of this machine.")
        if any(name == "HTTP_FORWARDED" or name.startswith("HTTP_X_FORWARDED") for name in environ):
            return _forbid(
                start_response, "The desk cannot stand behind a proxy: open it directly."
            )
        return self._app(environ, start_response)


def _forbid(start_response: StartResponse, sentence: str) -> list[bytes]:
    body = f"{sentence}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start_response("403 Forbidden", headers)
    return [body]
