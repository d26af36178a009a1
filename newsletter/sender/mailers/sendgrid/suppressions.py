"""SendGrid's suppression lists: read, added to and removed from.

Blocks are not read: SendGrid sends later messages to blocked addresses. An unsubscribe group has a
list of its own, which tells no times. Source: the suppressions part of
https://www.twilio.com/docs/sendgrid/api-reference
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from newsletter.errors import MailerError
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


def list_group(send_request: SendRequest, group: int) -> Iterator[SuppressedAddress]:
    """Yield every address that left an unsubscribe group. SendGrid answers with all of them.

    Raise NotNow if it does not answer, MailerError if there is no such group, or the key may not
    ask.
    """
    require_group(send_request, group)
    for address in _call_list(send_request, f"asm/groups/{group}/suppressions"):
        if isinstance(address, str):
            yield SuppressedAddress(address=address, status="unsubscribed")


def require_group(send_request: SendRequest, group: int) -> None:
    """Raise MailerError if the account has no such unsubscribe group, NotNow without an answer.

    SendGrid would take who leaves such a group for somebody who wants nothing of this account.
    """
    if _call(send_request, f"asm/groups/{group}", "get", None, may_be_absent=True) is None:
        raise MailerError(
            f"SendGrid has no unsubscribe group {group}.",
            cure="See its id in SendGrid, under Suppressions → Unsubscribe Groups, and write it "
            "as unsubscribe_group under [sender.sendgrid].",
        )


def add_suppressions(
    send_request: SendRequest, addresses: Sequence[str], *, group: int = 0
) -> None:
    """Add addresses to the group, or to the global suppressions if it is 0.

    Raise NotNow, MailerError.
    """
    if group and addresses:
        # SendGrid adds to the global list what is added to an unknown group.
        require_group(send_request, group)
    path = f"asm/groups/{group}/suppressions" if group else "asm/suppressions/global"
    for start in range(0, len(addresses), _MAX_ADDED_AT_ONCE):
        some = list(addresses[start : start + _MAX_ADDED_AT_ONCE])
        _call(send_request, path, "post", {"recipient_emails": some})


def remove_suppression(send_request: SendRequest, address: str, *, group: int = 0) -> None:
    """Remove an address from the global suppressions and the group, if it is there.

    Raise NotNow, MailerError.
    """
    name = quote(address, safe="")
    lists = ["asm/suppressions/global", *([f"asm/groups/{group}/suppressions"] if group else [])]
    for path in lists:
        _call(send_request, f"{path}/{name}", "delete", None, may_be_absent=True)


def _read_page(send_request: SendRequest, name: str, since: int, offset: int) -> list[Any]:
    window = {"start_time": since} if since else {}
    query = {"limit": _PAGE_SIZE, "offset": offset, **window}
    return _call_list(send_request, f"suppression/{name}", query)


def _call_list(
    send_request: SendRequest, path: str, query: dict[str, int] | None = None
) -> list[Any]:
    """Return the list that SendGrid answers with. Raise NotNow for anything else."""
    content = _call(send_request, path, "get", None, query)
    if not isinstance(content, list):
        # Nobody may be taken for a reader because a list could not be read.
        raise NotNow("SendGrid's answer is no list")
    return content


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
