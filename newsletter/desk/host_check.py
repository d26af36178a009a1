"""The desk's outer door: only this machine's own browser, under this machine's own names.

A page elsewhere can point its name at 127.0.0.1 (DNS rebinding); its requests carry that
name as Host, so an exact list of ours, checked before anything else, keeps it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_HTTP_PORT = 80


def hosts_at(port: int) -> frozenset[str]:
    """The values of Host that a browser of this machine sends for `port`."""
    names = ("localhost", "127.0.0.1", "[::1]")
    bare = names if port == _HTTP_PORT else ()
    return frozenset((*(f"{name}:{port}" for name in names), *bare))


class HostCheck:
    """Wraps a WSGI app and turns away foreign names and whatever came through a proxy."""

    def __init__(self, app: WSGIApplication, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "") not in self._hosts:
            return _turn_away(start_response, "The desk answers only to the names of this machine.")
        if any(name == "HTTP_FORWARDED" or name.startswith("HTTP_X_FORWARDED") for name in environ):
            return _turn_away(
                start_response, "The desk cannot stand behind a proxy: open it directly."
            )
        return self._app(environ, start_response)


def _turn_away(start: StartResponse, sentence: str) -> list[bytes]:
    body = f"{sentence}\n".encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start("403 Forbidden", headers)
    return [body]
