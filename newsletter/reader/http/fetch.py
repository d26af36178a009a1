"""Fetch feeds, pages and pictures over HTTP, within limits that no server can exceed.

Supports conditional GET: with the stored validators (ETag, Last-Modified) a server may answer
304 Not Modified without a body (RFC 9110, 13.1 and 15.4.5).

Bodies are decompressed in bounded chunks, as a defence against decompression bombs. An HTTP
client decompresses each chunk it receives as a whole, and 64 KB of gzip may expand to 64 MB. Here
no chunk, however small, yields more than 64 KB at once.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import quote, urljoin

import httpx2

from newsletter import __version__
from newsletter.errors import FetchError
from newsletter.models import FetchResult
from newsletter.reader.http.http_errors import (
    NETWORK_ERRORS,
    network_error,
    parse_retry_after,
    status_error,
)
from newsletter.reader.http.ssrf_guard import HostLookup, check_url, look_up_host
from newsletter.reader.http.transport import DeadlineTransport

REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT_REDIRECTS = {301, 308}
AGENT = f"Happy Trails/{__version__} (newsletter; feed reader)"
_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\xa0\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, "
    "application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_CERTIFICATES_LOCK = threading.Lock()
_CHUNK = 65536
_CODINGS = {"gzip", "x-gzip", "deflate"}
_HEADER_BYTES = 2  # enough for zlib to tell the format
_GZIP_MEMBER = b"\x1f"  # a gzip body may have several members (RFC 1952, 2.2)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32  # zlib detects the format by its header


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchLimits:
    """How much one fetch may take."""

    connect_seconds: float = 10.0
    #: The deadline for everything: DNS, TLS, redirects and the body.
    seconds: float = 20.0
    #: The size of the body once decompressed.
    body_bytes: int = 5 * 1024 * 1024
    redirects: int = 5


LIMITS = FetchLimits()


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
    """Fetch `url` and return status 200 with the body, or 304 if the validators still match.

    `etag` and `last_modified` are sent as If-None-Match and If-Modified-Since, exactly as the
    server gave them. The URL and each redirect pass `ssrf_guard`. Raise FetchError, with a
    sentence for the author, for any other outcome. `clock` is monotonic, in seconds.
    """
    deadline = clock() + limits.seconds
    conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = {name: value for name, value in conditions.items() if value}
    address, hops, permanent = url, 0, True
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
            outcome = _request(client, url, address, headers, limits, allow_private=allow_private)
            if isinstance(outcome, FetchResult):
                return replace(outcome, moved_to=address) if hops and permanent else outcome
            hops += 1
            permanent = permanent and outcome.permanent
            if hops > limits.redirects:
                raise FetchError(
                    f"{url} was redirected more than {limits.redirects} times in a row.",
                    url=url,
                    cure="Open it in a browser and use the address where you arrive.",
                )
            address = _redirect_target(url, address, outcome.location)


def _request(
    client: httpx2.Client,
    url: str,
    address: str,
    headers: dict[str, str],
    limits: FetchLimits,
    *,
    allow_private: bool,
) -> FetchResult | _Redirect:
    """Send one request to `address`, a hop on the way from `url`."""
    check_url(address, allow_private=allow_private)
    all_headers = {
        "User-Agent": AGENT,
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, deflate",
        **headers,
    }
    try:
        request = httpx2.Request(
            "GET", address, headers=all_headers, extensions={"timeout": client.timeout.as_dict()}
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
    if status in REDIRECTS and response.headers.get("location"):
        return _Redirect(
            location=response.headers["location"], permanent=status in _PERMANENT_REDIRECTS
        )
    if status not in {200, 304}:
        seconds = parse_retry_after(
            response.headers.get("retry-after", ""), date=response.headers.get("date", "")
        )
        raise status_error(url, status, retry_after=seconds)
    body = bytearray()
    if status == 200:  # noqa: PLR2004 - HTTP "OK"
        # Without a chunk size, chunks come as they arrive, so that the deadline is checked.
        content_encoding = response.headers.get("content-encoding", "")
        for chunk in decompress(response.iter_raw(), content_encoding):
            body += chunk
            if len(body) > limits.body_bytes:
                megabytes = limits.body_bytes / 1024**2
                raise FetchError(
                    f"{url} is larger than {megabytes:.3g} MB, too large for a feed.",
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
    """Return an ETag or Last-Modified as sent, or "" if it could not be sent back unchanged."""
    value = str(response.headers.get(name, ""))
    return value if len(value) <= 500 and value.isascii() and value.isprintable() else ""  # noqa: PLR2004 - longer ones are an attack or a fault


def _redirect_target(url: str, address: str, location: str) -> str:
    """Return the URL that a redirect leads to. Refuses to go from https to http."""
    try:
        target = urljoin(address, location)
    except ValueError:
        target = ""
    if not target.startswith(("http://", "https://")):
        raise FetchError(
            f"{url} was redirected to {location[:100]!r}, which is not a web address.",
            url=url,
            cure="Look whether the blog has been tampered with.",
        )
    if address.startswith("https://") and target.startswith("http://"):
        raise FetchError(
            f"{url} was redirected from a secure address to an insecure one.",
            url=url,
            cure="Open it in a browser and use the https:// address of the feed.",
        )
    # It is stored and shown: characters that could act on a terminal stay percent-encoded.
    return _UNPRINTABLE.sub(lambda match: quote(match[0]), target.partition("#")[0])


def trusted_certificates() -> ssl.SSLContext:
    """Return a TLS context with the trusted certificates, loaded once."""
    # Loading takes longer than a fetch, and without the lock every waiting thread would load.
    with _CERTIFICATES_LOCK:
        return _certificates()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def decompress(chunks: Iterable[bytes], content_encoding: str) -> Iterator[bytes]:
    """Yield the decompressed body in chunks of at most 64 KB.

    Raise httpx2.DecodingError if the body is not encoded as Content-Encoding says, or
    breaks off.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    codings = [name for name in names if name and name != "identity"]
    if not codings:
        yield from chunks
        return
    if len(codings) > 1 or codings[0] not in _CODINGS:
        raise httpx2.DecodingError(f"encoded as {content_encoding[:50]!r}, which was not asked for")
    yield from _inflate(chunks, allow_raw=codings[0] == "deflate")


def _inflate(chunks: Iterable[bytes], *, allow_raw: bool) -> Iterator[bytes]:
    decompressor, begun, unread = zlib.decompressobj(_GZIP_OR_ZLIB), False, b""
    for chunk in chunks:
        pending, unread, has_more = unread + chunk, b"", False
        if not begun and len(pending) < _HEADER_BYTES:
            unread = pending
            continue
        while pending or has_more:
            if decompressor.eof:
                if not pending.startswith(_GZIP_MEMBER):
                    return  # some servers append bytes after the end
                decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                output = decompressor.decompress(pending, _CHUNK)
            except zlib.error as error:
                if begun or not allow_raw:
                    raise httpx2.DecodingError(str(error)) from error
                # Some servers send deflate without the zlib header (RFC 9110, 8.4.1.2).
                decompressor, begun = zlib.decompressobj(-zlib.MAX_WBITS), True
                continue
            begun = True
            yield output
            has_more = len(output) == _CHUNK and not decompressor.eof
            pending = decompressor.unused_data if decompressor.eof else decompressor.unconsumed_tail
    if unread or (begun and not decompressor.eof):
        raise httpx2.DecodingError("broke off")
