"""Probe a URL: its status and first bytes, without its whole body. For links and pictures.

The URL and each redirect pass the same `ssrf_guard` as those of feeds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

from newsletter.errors import FetchError
from newsletter.reader.http.fetch import AGENT, REDIRECTS, trusted_certificates
from newsletter.reader.http.http_errors import NETWORK_ERRORS
from newsletter.reader.http.ssrf_guard import HostLookup, check_url, look_up_host
from newsletter.reader.http.transport import DeadlineTransport

_MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The response to a probe, whatever its status."""

    status: int
    content_type: str
    #: The Content-Length, 0 without one.
    size: int
    #: The first bytes of the body.
    start: bytes


def probe(
    url: str,
    *,
    first_bytes: int,
    deadline: float,
    allow_private: bool = False,
    clock: Callable[[], float] = time.monotonic,
    look_up: HostLookup = look_up_host,
) -> ProbeResult:
    """Return the status and the first bytes of `url`, after at most five redirects.

    `deadline` is in seconds of `clock`, which is monotonic. Raise FetchError if no response
    arrives before it.
    """
    transport = DeadlineTransport(
        verify=trusted_certificates(),
        deadline=deadline,
        clock=clock,
        allow_private=allow_private,
        look_up=look_up,
    )
    left = max(deadline - clock(), 0.001)
    with httpx2.Client(
        transport=transport, trust_env=False, timeout=httpx2.Timeout(left)
    ) as client:
        address = url
        for _ in range(_MAX_REDIRECTS + 1):
            check_url(address, allow_private=allow_private)
            outcome = _request(client, address, first_bytes)
            if isinstance(outcome, ProbeResult):
                return outcome
            address = outcome
    raise FetchError(f"{url} only leads on to other addresses.", url=url)


def _request(client: httpx2.Client, address: str, first_bytes: int) -> ProbeResult | str:
    """Send one request and return its result, or the URL that it redirects to."""
    # Many servers answer HEAD wrongly, so this is a GET whose body is not read to its end.
    headers = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        request = httpx2.Request(
            "GET", address, headers=headers, extensions={"timeout": client.timeout.as_dict()}
        )
        response = client.send(request, stream=True)
        try:
            location = response.headers.get("location", "")
            if response.status_code in REDIRECTS and location:
                return urljoin(address, location).partition("#")[0]
            return ProbeResult(
                status=response.status_code,
                content_type=response.headers.get("content-type", "")[:100],
                size=_content_length(response),
                start=_first_bytes(response, first_bytes),
            )
        finally:
            response.close()
    except NETWORK_ERRORS as error:
        raise FetchError("It could not be reached, or broke off.", url=address) from error


def _content_length(response: httpx2.Response) -> int:
    length = response.headers.get("content-length", "")
    return int(length[:15]) if length.isascii() and length.isdigit() else 0


def _first_bytes(response: httpx2.Response, wanted: int) -> bytes:
    start = bytearray()
    if wanted:
        for chunk in response.iter_raw():
            start += chunk
            if len(start) >= wanted:
                break
    return bytes(start[:wanted])
