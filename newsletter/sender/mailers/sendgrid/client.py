"""The sendgrid package's client over a connection of our own.

The package opens a connection a call, and follows redirects with the key in hand.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request as UrlRequest

import msgspec
from python_http_client.client import Client

from newsletter.sender.mailers.keep_alive import HttpResponse, KeepAliveConnection

_OURS = "application/json; encoded"


class KeepAliveClient(Client):  # type: ignore[misc] # the package ships no types
    """The package's client over a kept connection; its answers are never exceptions."""

    connection: KeepAliveConnection

    @classmethod
    def instead_of(cls, client: Client, connection: KeepAliveConnection) -> KeepAliveClient:
        made = cls(
            host=client.host,
            request_headers=client.request_headers,
            version=client._version,  # noqa: SLF001 (the package offers no other way to copy a client)
            url_path=client._url_path,  # noqa: SLF001 (see above)
        )
        made.connection = connection
        # With any other type than plain JSON the package leaves the encoding to us.
        made.request_headers["Content-Type"] = _OURS
        return made

    def _build_client(self, name: str | None = None) -> KeepAliveClient:
        return self.instead_of(super()._build_client(name), self.connection)

    def _make_request(self, _opener: Any, request: UrlRequest, timeout: Any = None) -> _Read:  # noqa: ARG002 (the package's signature)
        asked = urlsplit(request.full_url)
        path = f"{asked.path}?{asked.query}" if asked.query else asked.path
        data: Any = request.data
        body = data.pieces if isinstance(data, Encoded) else ()
        headers = {k: v for k, v in request.header_items() if v != _OURS}
        if body:
            headers["Content-Type"] = "application/json"
        return _Read(self.connection.exchange(request.get_method(), path, headers, body))


class Encoded:
    """A body as JSON, which stays as it is when it is JSON already, in pieces."""

    def __init__(self, body: Any) -> None:
        self.pieces: tuple[bytes, ...]
        self.pieces = body if isinstance(body, tuple) else (msgspec.json.encode(body),)

    def encode(self, _charset: str) -> Encoded:
        return self

    def __format__(self, _spec: str) -> str:
        # The package writes each body out for its log even where nobody keeps one: of a
        # thousand addresses that takes longer than to send them.
        return "…"


class _Read:
    """An answer with the names the package looks for."""

    def __init__(self, answer: HttpResponse) -> None:
        self._answer = answer

    def getcode(self) -> int:
        return self._answer.status

    def read(self) -> bytes:
        return self._answer.body

    def info(self) -> Any:
        return self._answer.headers
