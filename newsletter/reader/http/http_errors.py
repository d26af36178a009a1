"""Turn HTTP statuses and network failures into sentences for the author."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpcore2
import httpx2

from newsletter.errors import FetchError

_MAX_RETRY_AFTER = 7 * 24 * 3600
_LATER = "Try again later; nothing is lost, the posts are read next time."
_STATUS_SENTENCES = {
    401: ("wants a password", "Use the address of the public feed."),
    402: ("wants to be paid", "Use the address of the public feed."),
    403: (
        "refuses to show the feed to a program",
        "Its protection against robots may be too strict: allow 'Happy Trails' there.",
    ),
    404: ("has no feed there", "Open the address in a browser and correct it in the settings."),
    406: ("refuses to show the feed to a program", "Its protection may be too strict."),
    410: ("says this feed is gone for good", "Give the blog's new feed in the settings."),
    429: ("says we ask too often", _LATER),
    451: ("may not show the feed, for legal reasons", "Ask whoever runs the site."),
    503: ("is down for maintenance or overloaded", _LATER),
}
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


class HttpNotFound(FetchError):
    """HTTP 404 or 410: the server answered that it has nothing at this URL."""


def status_error(url: str, status: int, *, retry_after: int = 0) -> FetchError:
    """Return the error for an HTTP status that carries no feed; `retry_after` in seconds."""
    if status in _STATUS_SENTENCES:
        what, cure = _STATUS_SENTENCES[status]
    elif status >= 500:  # noqa: PLR2004 - HTTP server errors
        what, cure = "has a problem of its own", _LATER
    else:
        what, cure = "gave an answer we cannot use", "Open the address in a browser."
    error_class = HttpNotFound if status in {404, 410} else FetchError
    return error_class(
        f"{url} {what} (HTTP {status}).",
        url=url,
        cure=cure,
        gone=status == 410,  # noqa: PLR2004 - HTTP "Gone"
        retry_after=retry_after,
    )


def parse_retry_after(raw: str, *, date: str = "") -> int:
    """Return the seconds of a Retry-After header (RFC 9110, 10.2.3); 0 without a valid one.

    A header that names a date is measured from `date`, the Date header of the same response.
    At most a week, so that a wrong header cannot silence a feed.
    """
    text = raw.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), _MAX_RETRY_AFTER)
    try:
        seconds = (_parse_http_date(text) - _parse_http_date(date)).total_seconds()
    except (ValueError, TypeError):
        return 0
    return min(max(int(seconds), 0), _MAX_RETRY_AFTER)


def _parse_http_date(text: str) -> datetime:
    date = parsedate_to_datetime(text)
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def network_error(url: str, address: str, error: Exception, *, seconds: float) -> FetchError:
    """Return the error for a failure of the network.

    `url` is what was requested, `address` the redirect that failed.
    """
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
