"""Feeds and pages over HTTP, within limits that no server can stretch."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urljoin

import httpx2

from newsletter import __version__
from newsletter.errors import FetchError
from newsletter.models import FetchResult
from newsletter.reader.http.decompress import decompress
from newsletter.reader.http.http_errors import (
    NETWORK_ERRORS,
    network_error,
    parse_retry_after,
    status_error,
)
from newsletter.reader.http.ssrf_guard import HostLookup, check_url, look_up_host
from newsletter.reader.http.transport import DeadlineTransport

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT_REDIRECTS = {301, 308}
AGENT = f"Happy Trails/{__version__} (newsletter; feed reader)"
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much one fetch may take: seconds, bytes after unpacking, redirects."""

    connect_seconds: float = 10.0
    seconds: float = 20.0
    body_bytes: int = 5 * 1024 * 1024
    redirects: int = 5


LIMITS = FetchLimits()
_CERTIFICATES_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Redirect:
    location: str
    permanent: bool


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    etag: str = "",
    last_modified: str = "",
    limits: FetchLimits = LIMITS,
    clock: Callable[[], float] = time.monotonic,
    look_up: HostLookup = look_up_host,
) -> FetchResult:
    """What is at `url`: status 200 with its body, or 304 when the validators still hold.

    `etag` and `last_modified` are sent exactly as a server once gave them (RFC 9110,
    13.1). Every address on the way is checked (`address_guard`). Raises FetchError with
    a sentence for everything else that can happen. `clock` is monotonic, in seconds.
    """
    deadline = clock() + limits.seconds
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {name: value for name, value in conditions.items() if value}
    address, hops, for_good = url, 0, True
    transport = DeadlineTransport(
        verify=trusted_certificates(),
        deadline=deadline,
        clock=clock,
        allow_private=allow_private,
        look_up=look_up,
    )
    with httpx2.Client(
        transport=transport,
        trust_env=False,
        timeout=httpx2.Timeout(limits.seconds, connect=limits.connect_seconds),
    ) as client:
        while True:
            answer = _request(client, url, address, headers, limits, allow_private=allow_private)
            if isinstance(answer, FetchResult):
                return replace(answer, moved_to=address) if hops and for_good else answer
            hops += 1
            for_good = for_good and answer.permanent
            if hops > limits.redirects:
                raise FetchError(
                    f"{url} was redirected more than {limits.redirects} times in a row.",
                    url=url,
                    cure="Open it in a browser and use the address where you arrive.",
                )
            address = _redirect_target(url, address, answer.location)


def _request(
    client: httpx2.Client,
    url: str,
    address: str,
    headers: dict[str, str],
    limits: FetchLimits,
    *,
    allow_private: bool,
) -> FetchResult | _Redirect:
    """One request: what was fetched, or where to go on to."""
    check_url(address, allow_private=allow_private)
    wanted = {
        "User-Agent": AGENT,
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, deflate",
        **headers,
    }
    try:
        request = httpx2.Request(
            "GET", address, headers=wanted, extensions={"timeout": client.timeout.as_dict()}
        )
        response = client.send(request, stream=True)
        try:
            return _read_response(response, url, address, limits)
        finally:
            response.close()
    except FetchError as error:
        error.url = url
        raise
    except NETWORK_ERRORS as error:
        raise network_error(url, address, error, seconds=limits.seconds) from error


def _read_response(
    response: httpx2.Response, url: str, address: str, limits: FetchLimits
) -> FetchResult | _Redirect:
    status = response.status_code
    if status in _REDIRECTS and response.headers.get("location"):
        return _Redirect(
            location=response.headers["location"], permanent=status in _PERMANENT_REDIRECTS
        )
    if status not in {200, 304}:
        told = response.headers
        waiting = parse_retry_after(told.get("retry-after", ""), date=told.get("date", ""))
        raise status_error(url, status, waiting=waiting)
    body = bytearray()
    if status == 200:  # noqa: PLR2004 - HTTP "OK"
        # Without a chunk size pieces come as they arrive, so that the deadline is seen.
        packing = response.headers.get("content-encoding", "")
        for piece in decompress(response.iter_raw(), packing):
            body += piece
            if len(body) > limits.body_bytes:
                most = limits.body_bytes / 1024**2
                raise FetchError(
                    f"{url} is larger than {most:.3g} MB, too large for a feed.",
                    url=url,
                    cure="Ask the blog's software to show fewer posts in its feed.",
                )
    return FetchResult(
        url=url,
        final_url=address,
        status=status,
        body=bytes(body),
        content_type=response.headers.get("content-type", "")[:200],
        etag=_validator(response, "etag"),
        last_modified=_validator(response, "last-modified"),
    )


def _validator(response: httpx2.Response, name: str) -> str:
    """The validator as sent; one that could not be sent back as it is counts as none."""
    value = str(response.headers.get(name, ""))
    return value if len(value) <= 500 and value.isascii() and value.isprintable() else ""  # noqa: PLR2004 - longer ones are no validators


def _redirect_target(url: str, address: str, location: str) -> str:
    try:
        following = urljoin(address, location)
    except ValueError:
        following = ""
    if not following.startswith(("http://", "https://")):
        raise FetchError(
            f"{url} was redirected to {location[:100]!r}, which is not a web address.",
            url=url,
            cure="Look whether the blog has been tampered with.",
        )
    if address.startswith("https://") and following.startswith("http://"):
        raise FetchError(
            f"{url} was redirected from a secure address to an insecure one.",
            url=url,
            cure="Open it in a browser and use the https:// address of the feed.",
        )
    return following.partition("#")[0]


def trusted_certificates() -> ssl.SSLContext:
    """The certificates to trust, read once: it takes longer than a fetch."""
    # Without the lock every thread that comes before the first is done would read them.
    with _CERTIFICATES_LOCK:
        return _certificates()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()
