"""SendGrid's API by the `sendgrid` package, over a persistent connection of ours.

Left alone the package opens a connection for each call, follows redirects with the API key in
hand, and logs the key at level DEBUG.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request as UrlRequest

import msgspec
from python_http_client.client import Client
from sendgrid import SendGridAPIClient

from newsletter.sender.mailers.keep_alive import HttpResponse, KeepAliveConnection

# With any other type than application/json the package leaves the encoding to us.
_ENCODED_BY_US = "application/json; encoded"


class ApiClient:
    """Call SendGrid's API."""

    def __init__(self, api_key: str, host: str, timeout: float) -> None:
        _silence_debug_log()
        self._connection = KeepAliveConnection(host, timeout)
        self._api = SendGridAPIClient(api_key.strip(), host=host.rstrip("/"))
        self._api.client = _KeepAliveClient.copy_of(self._api.client, self._connection)

    def request(
        self, path: str, method: str, body: Any = None, query: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """Make one call, with a body in pieces or as a value for JSON.

        Raise NotReached or ResponseLost; a response is returned whatever its status.
        """
        call = getattr(self._api.client._(path), method)
        encoded = None if body is None else _EncodedBody(body)
        response = call(request_body=encoded, query_params=query)
        return HttpResponse(
            status=response.status_code, headers=response.headers, body=response.body
        )

    @property
    def writes(self) -> int:
        """How often this thread handed bytes of a request to a socket: it only grows."""
        return self._connection.writes

    def close(self) -> None:
        """Close the connections; the next call connects again."""
        self._connection.close()


class _KeepAliveClient(Client):  # type: ignore[misc] # the package ships no types
    """The package's client over a persistent connection; no response raises an exception."""

    connection: KeepAliveConnection

    @classmethod
    def copy_of(cls, client: Client, connection: KeepAliveConnection) -> _KeepAliveClient:
        copy = cls(
            host=client.host,
            request_headers=client.request_headers,
            version=client._version,  # noqa: SLF001 (the package offers no other way to copy a client)
            url_path=client._url_path,  # noqa: SLF001 (see above)
        )
        copy.connection = connection
        copy.request_headers["Content-Type"] = _ENCODED_BY_US
        return copy

    def _build_client(self, name: str | None = None) -> _KeepAliveClient:
        return self.copy_of(super()._build_client(name), self.connection)

    def _make_request(
        self,
        _opener: Any,
        request: UrlRequest,
        timeout: Any = None,  # noqa: ARG002 (the package's signature)
    ) -> _PackageResponse:
        url = urlsplit(request.full_url)
        path = f"{url.path}?{url.query}" if url.query else url.path
        data: Any = request.data
        body = data.pieces if isinstance(data, _EncodedBody) else ()
        headers = {k: v for k, v in request.header_items() if v != _ENCODED_BY_US}
        if body:
            headers["Content-Type"] = "application/json"
        return _PackageResponse(self.connection.exchange(request.get_method(), path, headers, body))


class _EncodedBody:
    """A JSON body in pieces, with the methods of a string that the package calls."""

    def __init__(self, body: Any) -> None:
        self.pieces: tuple[bytes, ...]
        self.pieces = body if isinstance(body, tuple) else (msgspec.json.encode(body),)

    def encode(self, _charset: str) -> _EncodedBody:
        return self

    def __format__(self, _spec: str) -> str:
        # The package formats each body for its log even if nothing is logged. For a thousand
        # recipients that takes longer than sending.
        return "…"


class _PackageResponse:
    """A response with the methods of urllib's that the package calls."""

    def __init__(self, response: HttpResponse) -> None:
        self._response = response

    def getcode(self) -> int:
        return self._response.status

    def read(self) -> bytes:
        return self._response.body

    def info(self) -> Any:
        return self._response.headers


def _silence_debug_log() -> None:
    logging.getLogger("python_http_client").setLevel(logging.WARNING)
    # A level set on the child would win over its parent's; a filter always applies.
    logging.getLogger("python_http_client.client").addFilter(_is_warning)


def _is_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING
