"""What SendGrid's account holds: what a key may do, verified senders, and suppression lists.

Permissions and senders are only asked for, by `GET` requests, which send nothing and count as no
message. Suppression lists are read, added to and removed from. Blocks are not read: SendGrid sends
later messages to blocked addresses. Sources:
https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions,
https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication,
https://www.twilio.com/docs/sendgrid/api-reference/sender-verification, and the suppressions part
of https://www.twilio.com/docs/sendgrid/api-reference
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from newsletter.sender.mailers import NotNow, SuppressedAddress
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.client import ApiClient
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

# Of each list; a longer answer would not be read to its end.
_PAGE = 30
_SUCCESS = 200
_FORBIDDEN = (401, 403, 404)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatedDomain:
    """A domain that SendGrid signs for."""

    domain: str
    #: Whether SendGrid found its records in the DNS.
    is_valid: bool
    #: The host of the return path, such as `em123.example.com`; "" if SendGrid names none.
    return_path: str = ""
    #: The names of the keys, such as `s1` and `s2`.
    selectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridAccount:
    """What a key shows of its account."""

    #: What the key may do.
    scopes: frozenset[str]
    #: The domains that SendGrid signs for, None if the key may not ask.
    domains: tuple[AuthenticatedDomain, ...] | None
    #: The addresses that were verified one by one, None if the key may not ask.
    verified_senders: tuple[str, ...] | None


def read_account(key: str, host: str, *, seconds: float) -> SendGridAccount:
    """Return what the key shows of its account; `seconds` bound each step of each request.

    Raise MailerError if the key is refused, and NotNow without an answer.
    """
    with closing(ApiClient(key, host, seconds)) as client:
        answer = _get(client, "scopes")
        if answer.status != _SUCCESS:
            raise_if_refused(answer)
            raise NotNow(f"SendGrid answered {answer.status}")
        scopes = _decode(answer).get("scopes")
        domains = _rows(_get(client, "whitelabel/domains", {"limit": _PAGE}), "")
        senders = _rows(_get(client, "verified_senders", {"limit": _PAGE}), "results")
    return SendGridAccount(
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
        domains=None if domains is None else tuple(map(_to_domain, domains)),
        verified_senders=None
        if senders is None
        else tuple(str(row.get("from_email", "")) for row in senders if row.get("verified")),
    )


def _get(client: ApiClient, path: str, query: Mapping[str, Any] | None = None) -> HttpResponse:
    try:
        return client.request(path, "get", None, query)
    except (NotReached, ResponseLost) as error:
        raise NotNow(f"SendGrid did not answer: {error}") from error


def _rows(answer: HttpResponse, key: str) -> list[dict[str, Any]] | None:
    """Return a list of the answer, None if the key may not ask for it."""
    if answer.status in _FORBIDDEN:
        return None
    if answer.status != _SUCCESS:
        raise NotNow(f"SendGrid answered {answer.status}")
    document = _decode(answer)
    rows = document.get(key)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _decode(answer: HttpResponse) -> dict[str, Any]:
    """Return the answer as an object; a list stands under ""."""
    try:
        document = json.loads(answer.body or b"null")
    except ValueError as error:
        raise NotNow("SendGrid's answer cannot be read") from error
    return document if isinstance(document, dict) else {"": document}


def _to_domain(row: Mapping[str, Any]) -> AuthenticatedDomain:
    records = row.get("dns")
    hosts = {
        name: str(record.get("host", ""))
        for name, record in (records.items() if isinstance(records, dict) else ())
        if isinstance(record, dict)
    }
    keys = (host.partition("._domainkey")[0] for host in hosts.values() if "._domainkey" in host)
    return AuthenticatedDomain(
        domain=str(row.get("domain", "")).lower(),
        is_valid=row.get("valid") is True,
        return_path=hosts.get("mail_cname", "") or hosts.get("mail_server", ""),
        selectors=tuple(sorted(keys)),
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
