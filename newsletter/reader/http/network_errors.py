"""What can go wrong between us and a web server, in words."""

from __future__ import annotations

import ssl

import httpcore2
import httpx2

from newsletter.errors import FetchError

NETWORK_ERRORS = (
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    UnicodeError,
    ValueError,
)


def network_failure(url: str, address: str, error: Exception, *, seconds: float) -> FetchError:
    """The error in words: `url` was asked for, `address` is the hop that failed."""
    if isinstance(error, httpx2.InvalidURL | UnicodeError):
        return FetchError(
            f"{address!r} is not a web address.", url=url, cure="Check it for typing mistakes."
        )
    host = httpx2.URL(address).host
    if isinstance(error.__context__, ssl.SSLError):
        return FetchError(
            f"The certificate or encryption of {host} is not in order, so nothing was read.",
            url=url,
            cure="Tell whoever runs the site; browsers will warn about it too.",
        )
    late = f"did not send the feed within {seconds:.0f} seconds"
    reasons: tuple[tuple[type[Exception], str], ...] = (
        (httpcore2.ConnectTimeout, "did not answer"),
        (httpcore2.TimeoutException, late),
        (httpcore2.ConnectError, "could not be connected to"),
        (httpx2.DecodingError, "sent a feed that is packed wrongly"),
        (Exception, "broke off before the feed was complete"),
    )
    reason = next(words for kind, words in reasons if isinstance(error, kind))
    return FetchError(
        f"{host} {reason}.",
        url=url,
        cure="Try again later; if it stays so, look at the blog in a browser.",
    )
