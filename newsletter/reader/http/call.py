"""Call a URL once: any method, its headers and certificate, and no redirect followed.

For what is not read as a feed: the newsletter's own site, a ping address, a server's clock.
"""

from __future__ import annotations

import datetime as dt
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from newsletter.errors import FetchError
from newsletter.reader.http.fetch import AGENT, trusted_certificates
from newsletter.reader.http.http_errors import NETWORK_ERRORS
from newsletter.reader.http.ssrf_guard import HostLookup, check_url, look_up_host
from newsletter.reader.http.transport import DeadlineTransport

_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResult:
    """The response to a call, whatever its status."""

    status: int
    #: By lower-case name.
    headers: Mapping[str, str]
    #: The first 64 KB of the body.
    body: bytes
    #: When the server's certificate ends, None without TLS.
    certificate_ends: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to make."""

    url: str
    method: str = "GET"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def call(
    request: Call,
    *,
    seconds: float,
    allow_private: bool = False,
    clock: Callable[[], float] = time.monotonic,
    look_up: HostLookup = look_up_host,
) -> CallResult:
    """Make one request and return the response. A redirect is a response like any other.

    The URL passes `ssrf_guard`. Raise FetchError, with a sentence, if none came within
    `seconds`. `clock` is monotonic.
    """
    parts = check_url(request.url, allow_private=allow_private)
    transport = DeadlineTransport(
        verify=trusted_certificates(),
        deadline=clock() + seconds,
        clock=clock,
        allow_private=allow_private,
        look_up=look_up,
    )
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity", **request.headers}
    timeout = httpx2.Timeout(seconds)
    try:
        with httpx2.Client(transport=transport, trust_env=False, timeout=timeout) as client:
            message = httpx2.Request(
                request.method,
                request.url,
                headers=headers,
                content=request.body,
                extensions={"timeout": timeout.as_dict()},
            )
            response = client.send(message, stream=True)
            try:
                return _read(response)
            finally:
                response.close()
    except NETWORK_ERRORS as error:
        raise FetchError(
            f"{parts.hostname} {_reason(error)}.", url=request.url, cure="Try again later."
        ) from error


def _read(response: httpx2.Response) -> CallResult:
    # With the end of the body the connection may end, and its certificate with it.
    certificate_ends = _certificate_end(response.extensions.get("network_stream"))
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) >= _MOST_BYTES:
            break
    return CallResult(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=bytes(body[:_MOST_BYTES]),
        certificate_ends=certificate_ends,
    )


def _certificate_end(stream: Any) -> dt.datetime | None:
    secured = stream.get_extra_info("ssl_object") if stream is not None else None
    ends = (secured.getpeercert() or {}).get("notAfter", "") if secured is not None else ""
    if not ends:
        return None
    return dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), dt.UTC)


def _reason(error: Exception) -> str:
    """Return what went wrong, to follow the host's name."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"showed a certificate that does not hold: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS there"
        cause = cause.__cause__ or cause.__context__
    if "Timeout" in type(error).__name__:
        return "did not answer in time"
    if "Connect" in type(error).__name__:
        return "could not be connected to"
    return "broke off"
