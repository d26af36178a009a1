"""SendGrid's own lists of addresses it drops messages to: read, added to, taken from.

Source: the suppressions part of https://www.twilio.com/docs/sendgrid/api-reference. Blocks
are no suppressions there (later messages go out), so they are not asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

from newsletter.sender.mailers import NotNow, SuppressedAddress
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

# A call of the API: path, method, body, query.
Ask = Callable[[str, str, Any, Mapping[str, Any] | None], HttpResponse]

_PAGE = 500
_AT_ONCE = 1000
_LISTS: tuple[tuple[str, Literal["bounced", "complained", "unsubscribed"]], ...] = (
    ("bounces", "bounced"),
    ("invalid_emails", "bounced"),
    ("spam_reports", "complained"),
    ("unsubscribes", "unsubscribed"),
)


def list_suppressions(ask: Ask, since: int) -> Iterator[SuppressedAddress]:
    """Whom SendGrid began to drop at or after `since` (seconds since 1970, 0 for ever).

    Raises NotNow where it does not answer, MailerError where the key may not ask.
    """
    for name, status in _LISTS:
        offset = 0
        while page := _page(ask, name, since, offset):
            for one in page:
                if isinstance(one, dict) and isinstance(one.get("email"), str):
                    yield SuppressedAddress(address=one["email"], status=status)
            if len(page) < _PAGE:
                break
            offset += _PAGE


def add_suppressions(ask: Ask, addresses: Sequence[str]) -> None:
    """Puts addresses on the list SendGrid never writes to. Raises NotNow, MailerError."""
    for start in range(0, len(addresses), _AT_ONCE):
        some = list(addresses[start : start + _AT_ONCE])
        _ask(ask, "asm/suppressions/global", "post", {"recipient_emails": some})


def remove_suppression(ask: Ask, address: str) -> None:
    """Takes an address off that list, if it is there. Raises NotNow, MailerError."""
    _ask(ask, f"asm/suppressions/global/{quote(address, safe='')}", "delete", None, absent=True)


def _page(ask: Ask, name: str, since: int, offset: int) -> list[Any]:
    window = {"start_time": since} if since else {}
    asked = {"limit": _PAGE, "offset": offset, **window}
    found = _ask(ask, f"suppression/{name}", "get", None, asked)
    return found if isinstance(found, list) else []


def _ask(
    ask: Ask,
    path: str,
    method: str,
    body: Any,
    query: dict[str, int] | None = None,
    *,
    absent: bool = False,
) -> Any:
    try:
        answer = ask(path, method, body, query)
    except (NotReached, ResponseLost) as error:
        raise NotNow(f"SendGrid did not answer: {error}") from error
    if 200 <= answer.status < 300:  # noqa: PLR2004 (the range of success)
        try:
            return json.loads(answer.body or b"null")
        except ValueError as error:
            raise NotNow("SendGrid's answer cannot be read") from error
    if absent and answer.status == 404:  # noqa: PLR2004 (not found: nothing to take off)
        return None
    raise_if_refused(answer)
    raise NotNow(f"SendGrid answered {answer.status}")
