"""What SendGrid's account holds: what a key may do, verified senders, an unsubscribe group.

All are only asked for, by `GET` requests, which send nothing and count as no message. Sources:
https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions,
https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication,
https://www.twilio.com/docs/sendgrid/api-reference/sender-verification
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.keep_alive import HttpResponse, NotReached, ResponseLost
from newsletter.sender.mailers.sendgrid.client import ApiClient
from newsletter.sender.mailers.sendgrid.responses import raise_if_refused

# Of each list; a longer answer would not be read to its end.
_PAGE = 30
_SUCCESS = 200
_FORBIDDEN = (401, 403, 404)


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
    #: The name of the unsubscribe group that was asked for, None if there is none of that id.
    group_name: str | None = None


def read_account(key: str, host: str, *, seconds: float, group: int = 0) -> SendGridAccount:
    """Return what the key shows of its account; `seconds` bound each step of each request.

    `group` is the id of an unsubscribe group to ask for, 0 for none. Raise MailerError if the key
    is refused, and NotNow without an answer.
    """
    with closing(ApiClient(key, host, seconds)) as client:
        answer = _get(client, "scopes")
        if answer.status != _SUCCESS:
            raise_if_refused(answer)
            raise NotNow(f"SendGrid answered {answer.status}")
        scopes = _decode(answer).get("scopes")
        domains = _rows(_get(client, "whitelabel/domains", {"limit": _PAGE}), "")
        senders = _rows(_get(client, "verified_senders", {"limit": _PAGE}), "results")
        group_name = _group_name(client, group) if group else None
    return SendGridAccount(
        scopes=frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset(),
        domains=None if domains is None else tuple(map(_to_domain, domains)),
        verified_senders=None
        if senders is None
        else tuple(str(row.get("from_email", "")) for row in senders if row.get("verified")),
        group_name=group_name,
    )


def _group_name(client: ApiClient, group: int) -> str | None:
    answer = _get(client, f"asm/groups/{group}")
    if answer.status in _FORBIDDEN:
        return None
    if answer.status != _SUCCESS:
        raise NotNow(f"SendGrid answered {answer.status}")
    return str(_decode(answer).get("name", ""))


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
