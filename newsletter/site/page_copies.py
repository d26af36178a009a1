"""Serve the archive and its pictures from copies in memory, in the first hour of an issue.

A page is rendered once in a few seconds, however many readers open it, and a reader who has it
already gets 304 (RFC 9110, 13.1.2). The copies are in front of the app, because routing and
templates take most of the time of a page.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import TTLCache
from werkzeug.http import is_resource_modified, unquote_etag
from werkzeug.test import run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: For so many seconds a copy is served before the page is rendered again. Browsers keep a page
#: for longer (`Cache-Control`).
KEPT_SECONDS = 5
_PATHS = ("/archive/", "/images/")
_MOST_BYTES = 32 * 1024 * 1024
# They describe the body, which a 304 has not (RFC 9110, 15.4.5).
_NOT_IN_304 = ("content-length", "content-type")

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCopy:
    """A public response, as bytes."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: Its ETag without quotation marks, and its Last-Modified header; None for none.
    etag: str | None
    last_modified: str | None


class PageCopies:
    """WSGI middleware that answers GET and HEAD of public pages from copies.

    Only a response that any cache may keep (`Cache-Control: public`, no cookie) is copied, and
    only by path: the pages read no query.
    """

    def __init__(self, app: WSGIApplication, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._copies: TTLCache[_Key, PageCopy] = TTLCache(
            _MOST_BYTES, KEPT_SECONDS, timer=clock, getsizeof=lambda copy: len(copy.body)
        )
        self._lock = threading.Lock()
        #: Held by the request that renders a page; the others wait for its copy.
        self._turns: dict[_Key, threading.Lock] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not path.startswith(_PATHS):
            return self._app(environ, start_response)
        # The scheme decides on Strict-Transport-Security, the root is in each link.
        key = (environ["wsgi.url_scheme"], environ.get("SCRIPT_NAME", ""), path)
        copy = self._find(key)
        if copy is None:
            with self._lock:
                turn = self._turns.setdefault(key, threading.Lock())
            with turn:
                copy = self._find(key)
                if copy is None:
                    status, headers, body = _render(self._app, environ)
                    copy = _copy_of(status, headers, body)
                    self._keep(key, copy)
            if copy is None:
                start_response(status, headers)
                return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]
        return _answer(copy, environ, start_response)

    def _find(self, key: _Key) -> PageCopy | None:
        with self._lock:
            return self._copies.get(key)

    def _keep(self, key: _Key, copy: PageCopy | None) -> None:
        with self._lock:
            # A turn that is not needed any more would be remembered for ever.
            self._turns.pop(key, None)
            # cachetools refuses what is larger than the whole cache.
            if copy is not None and len(copy.body) <= _MOST_BYTES:
                self._copies[key] = copy


def _render(
    app: WSGIApplication, environ: WSGIEnvironment
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the app's whole answer to an unconditional GET."""
    request = {
        name: value
        for name, value in environ.items()
        if name not in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")
    }
    chunks, status, headers = run_wsgi_app(app, request | {"REQUEST_METHOD": "GET"}, buffered=True)
    return status, list(headers), b"".join(chunks)


def _copy_of(status: str, headers: Iterable[tuple[str, str]], body: bytes) -> PageCopy | None:
    """Return the copy of a response, None for one that only its client may have."""
    fields = {name.lower(): value for name, value in headers}
    is_public = fields.get("cache-control", "").startswith("public") and "set-cookie" not in fields
    if not status.startswith("200") or not is_public:
        return None
    return PageCopy(
        headers=tuple(headers),
        body=body,
        etag=unquote_etag(fields.get("etag"))[0],
        last_modified=fields.get("last-modified"),
    )


def _answer(
    copy: PageCopy, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    if not is_resource_modified(environ, copy.etag, last_modified=copy.last_modified):
        headers = [field for field in copy.headers if field[0].lower() not in _NOT_IN_304]
        start_response("304 Not Modified", headers)
        return [b""]
    start_response("200 OK", list(copy.headers))
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else copy.body]
