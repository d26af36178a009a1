"""SendGrid's own suppression lists: read them, add to the global one, remove from it.

Source: the suppressions part of https://www.twilio.com/docs/sendgrid/api-reference. Blocks are
not read: SendGrid sends later messages to blocked addresses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from newsletter.sender.mailers import NotNow, SuppressedAddress
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

# Makes one call of the API: path, method, body, query.
SendRequest = Callable[[str, str, Any, Mapping[str, Any] | None], HttpResponse]

_PAGE_SIZE = 500
_MAX_ADDED_AT_ONCE = 1000
_LISTS: tuple[tuple[str, Literal["bounced", "complained", "unsubscribed"]], ...] = (
    ("bounces", "bounced"),
    ("invalid_emails", "bounced"),
    ("spam_reports", "complained"),
    ("unsubscribes", "unsubscribed"),
)


def list_suppressions(send_request: SendRequest, since: int) -> Iterator[SuppressedAddress]:
    """Yield the addresses that SendGrid suppressed at or after `since` (seconds since 1970).

    Raise NotNow if it does not answer, MailerError if the key may not ask.
    """
    for name, status in _LISTS:
        offset = 0
        while page := _read_page(send_request, name, since, offset):
            for entry in page:
                if isinstance(entry, dict) and isinstance(entry.get("email"), str):
                    yield SuppressedAddress(address=entry["email"], status=status)
            if len(page) < _PAGE_SIZE:
                break
            offset += _PAGE_SIZE


def add_suppressions(send_request: SendRequest, addresses: Sequence[str]) -> None:
    """Add addresses to the global suppressions. Raise NotNow, MailerError."""
    for start in range(0, len(addresses), _MAX_ADDED_AT_ONCE):
        some = list(addresses[start : start + _MAX_ADDED_AT_ONCE])
        _call(send_request, "asm/suppressions/global", "post", {"recipient_emails": some})


def remove_suppression(send_request: SendRequest, address: str) -> None:
    """Remove an address from the global suppressions, if it is there. Raise NotNow, MailerError."""
    path = f"asm/suppressions/global/{quote(address, safe='')}"
    _call(send_request, path, "delete", None, may_be_absent=True)


def _read_page(send_request: SendRequest, name: str, since: int, offset: int) -> list[Any]:
    window = {"start_time": since} if since else {}
    query = {"limit": _PAGE_SIZE, "offset": offset, **window}
    content = _call(send_request, f"suppression/{name}", "get", None, query)
    return content if isinstance(content, list) else []


def _call(
    send_request: SendRequest,
    path: str,
    method: str,
    body: Any,
    query: dict[str, int] | None = None,
    *,
    may_be_absent: bool = False,
) -> Any:
    try:
        response = send_request(path, method, body, query)
    except (NotReached, ResponseLost) as error:
        raise NotNow(f"SendGrid did not answer: {error}") from error
    if 200 <= response.status < 300:  # noqa: PLR2004 (success)
        try:
            return json.loads(response.body or b"null")
        except ValueError as error:
            raise NotNow("SendGrid's answer cannot be read") from error
    if may_be_absent and response.status == 404:  # noqa: PLR2004 (not found)
        return None
    raise_if_refused(response)
    raise NotNow(f"SendGrid answered {response.status}")
