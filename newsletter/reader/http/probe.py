"""A look at what is at an address, without reading it whole: for links and pictures.

The same guard as for feeds watches every address on the way (`address_guard`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx2

from newsletter.errors import FetchError
from newsletter.reader.http.fetch import AGENT, trusted_certificates
from newsletter.reader.http.http_errors import NETWORK_ERRORS
from newsletter.reader.http.ssrf_guard import HostLookup, check_url, look_up_host
from newsletter.reader.http.transport import DeadlineTransport

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HOPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The answer to a look: `size` in bytes as announced, 0 if not; `start` the first bytes."""

    status: int
    content_type: str
    size: int
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
    """The status and the first bytes of what is at `url`, after at most five redirects.

    Any HTTP status is an answer. `deadline` is a moment of `clock`, in seconds, after
    which it gives up. Raises FetchError where there is no answer.
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
        for _ in range(_HOPS + 1):
            check_url(address, allow_private=allow_private)
            found = _request(client, address, first_bytes)
            if isinstance(found, ProbeResult):
                return found
            address = found
    raise FetchError(f"{url} only leads on to other addresses.", url=url)


def _request(client: httpx2.Client, address: str, first_bytes: int) -> ProbeResult | str:
    """One request: the answer, or the address it leads on to."""
    # Many servers answer HEAD wrongly: a GET whose body is left unread tells the truth.
    wanted = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        request = httpx2.Request(
            "GET", address, headers=wanted, extensions={"timeout": client.timeout.as_dict()}
        )
        response = client.send(request, stream=True)
        try:
            onward = response.headers.get("location", "")
            if response.status_code in _REDIRECTS and onward:
                return urljoin(address, onward).partition("#")[0]
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
        for piece in response.iter_raw():
            start += piece
            if len(start) >= wanted:
                break
    return bytes(start[:wanted])
