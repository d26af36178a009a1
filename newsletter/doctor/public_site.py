"""The readers' site, asked from outside its own process as mail programs and readers ask it."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from newsletter.addressing.envelope import TEST_TOKEN
from newsletter.config.address import is_loopback
from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import FetchError, UnknownHost
from newsletter.reader.http.call import Call, CallResult, call
from subscribers.link_ids import make_link_id
from subscribers.tokens import sign_token

_SECONDS = 6.0
# An address for documentation (RFC 5737): no visitor ever has it.
_FORGED = "192.0.2.77"
_ONE_CLICK = b"List-Unsubscribe=One-Click"
_FORM = "application/x-www-form-urlencoded"
_OK, _NOT_FOUND, _UNAVAILABLE = 200, 404, 503
_SOON, _VERY_SOON = dt.timedelta(days=14), dt.timedelta(days=3)
_NAME_IT = (
    "Where your domain is managed, let that name lead to the machine of `newsletter serve` (an A "
    "or AAAA record), or correct url under [site]."
)
_SERVE = "Start it with `newsletter serve`, and keep it running (`newsletter schedule install`)."


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """What the site at [site] url answered."""

    url: str
    trusted_proxies: int
    #: Why nothing answered, "" if something did.
    problem: str = ""
    #: The answer of `/healthz`: its status, and where it redirects to.
    status: int = 0
    location: str = ""
    #: What `/healthz` said, empty if it was no object.
    health: Mapping[str, Any] = field(default_factory=dict)
    certificate_ends: dt.datetime | None = None
    #: The answer to a one-click request that is nobody's: its status, and what RFC 8058 forbids.
    #: Whether its name leads nowhere.
    is_nameless: bool = False
    one_click: int = 0
    one_click_faults: tuple[str, ...] = ()
    #: The status of an unsubscribe page under this folder's secret; 0 if it was not asked.
    link_status: int = 0


def check_site(installation: Installation) -> Iterator[Diagnosis]:
    """Ask the site at [site] url. No request of these changes anything."""
    site = installation.settings.site
    if not site.url:
        return
    try:
        facts = _ask(installation, site.url.rstrip("/"), site.trusted_proxies)
    except FetchError as problem:
        facts = SiteFacts(
            url=site.url,
            trusted_proxies=site.trusted_proxies,
            problem=problem.message,
            is_nameless=isinstance(problem, UnknownHost),
        )
    yield from judge_site(facts, installation.now)


def judge_site(facts: SiteFacts, now: dt.datetime) -> Iterator[Diagnosis]:
    """Judge what the site answered. Pure."""
    if facts.problem:
        cure = _NAME_IT if facts.is_nameless else _SERVE
        yield error("site", f"Nobody can reach {facts.url}: {facts.problem}", cure)
        return
    if facts.location:
        yield error(
            "site",
            f"{facts.url} leads on to {facts.location.partition('/healthz')[0]}, and mail programs "
            "that unsubscribe with one click follow no redirect (RFC 8058).",
            "Write the address where you arrive as url under [site].",
        )
        return
    if facts.status == _UNAVAILABLE and facts.health:
        reason = str(facts.health.get("reason", "It gives no reason."))
        yield error("site", f"The site is up, but cannot work: {reason}", "See what is said above.")
    elif facts.status != _OK or "status" not in facts.health:
        yield error(
            "site",
            f"Something else than your readers' site answers at {facts.url} (HTTP {facts.status}).",
            "See that your web server passes requests on to the port of `newsletter serve`, and "
            "that url under [site] has the right path.",
        )
        return
    else:
        yield ok("site", f"The readers' site answers at {facts.url}.")
    yield from _judge_one_click(facts)
    yield from _judge_certificate(facts, now)
    yield from _judge_proxy(facts)


def _judge_one_click(facts: SiteFacts) -> Iterator[Diagnosis]:
    if facts.one_click != _OK or facts.one_click_faults:
        what = " and ".join(facts.one_click_faults) or f"HTTP {facts.one_click}"
        yield error(
            "one-click",
            f"A one-click request to unsubscribe is answered with {what}, where mail programs want "
            "a plain 200 (RFC 8058).",
            "See that your web server passes POST requests on unchanged, without a login, a check "
            "for robots or a cookie.",
        )
    elif facts.link_status == _NOT_FOUND:
        yield error(
            "one-click",
            "The site does not know the links that this folder signs: it runs with another "
            "NEWSLETTER_SECRET.",
            "Start `newsletter serve` again with the .env of this folder.",
        )
    else:
        yield ok("one-click", "One click unsubscribes (RFC 8058).")


def _judge_certificate(facts: SiteFacts, now: dt.datetime) -> Iterator[Diagnosis]:
    if facts.certificate_ends is None:
        return
    left = facts.certificate_ends - now
    days = f"{left.days} day{'s' * (left.days != 1)}"
    cure = "Renew it; Caddy and certbot do so by themselves, if their timer runs."
    if left < _VERY_SOON:
        yield error("site-certificate", f"The site's certificate ends in {days}.", cure)
    elif left < _SOON:
        yield warning("site-certificate", f"The site's certificate ends in {days}.", cure)
    else:
        yield ok("site-certificate", f"The site's certificate holds for {days} more.")


def _judge_proxy(facts: SiteFacts) -> Iterator[Diagnosis]:
    """Judge how the site sees its visitors, which limits by network depend on."""
    seen = facts.health.get("seen")
    if not isinstance(seen, dict):
        return
    address, hops = str(seen.get("address", "")), facts.trusted_proxies
    if address == _FORGED:
        yield error(
            "site-proxy",
            "The site believes what a visitor writes into X-Forwarded-For, so no limit holds.",
            f"trusted_proxies under [site] is {hops}, which is more than stand before the site, or "
            "your web server does not replace that header (docs/server.md).",
        )
    elif _is_own(address) and not _is_own_host(facts.url):
        yield warning(
            "site-proxy",
            f"The site sees its visitors as {address}: all of them count as one, and their limits "
            "are one.",
            f"Set trusted_proxies under [site] to the number of your proxies; it is {hops} now.",
        )
    else:
        yield ok("site-proxy", "The site sees the addresses of its visitors.")
    if urlsplit(facts.url).scheme == "https" and seen.get("scheme") != "https":
        yield note(
            "site-proxy",
            "The site does not see that requests come by https, so it sends no HSTS header.",
            "Let your web server set X-Forwarded-Proto, and trusted_proxies under [site].",
        )


def _ask(installation: Installation, url: str, hops: int) -> SiteFacts:
    signing = installation.secrets.signing
    probe = f"?probe={sign_token('probe', make_link_id(), signing)}" if signing else ""
    health = _call(
        installation, Call(url=f"{url}/healthz{probe}", headers={"X-Forwarded-For": _FORGED})
    )
    facts = SiteFacts(
        url=url,
        trusted_proxies=hops,
        status=health.status,
        location=health.headers.get("location", ""),
        health=_decode(health.body),
        certificate_ends=health.certificate_ends,
    )
    if facts.location or not facts.health:
        return facts
    one_click = _call(
        installation,
        Call(
            url=f"{url}/unsubscribe/{TEST_TOKEN}",
            method="POST",
            body=_ONE_CLICK,
            headers={"Content-Type": _FORM},
        ),
    )
    link_status = 0
    if signing:
        token = sign_token("unsubscribe", make_link_id(), signing)
        # A link of nobody: GET shows its page, and changes nothing.
        link_status = _call(installation, Call(url=f"{url}/unsubscribe/{token}")).status
    return SiteFacts(
        url=url,
        trusted_proxies=hops,
        status=facts.status,
        health=facts.health,
        certificate_ends=facts.certificate_ends,
        one_click=one_click.status,
        one_click_faults=_faults(one_click),
        link_status=link_status,
    )


def _call(installation: Installation, request: Call) -> CallResult:
    # The author's own address, which may well lead to this machine.
    return call(request, seconds=installation.seconds_left(_SECONDS), allow_private=True)


def _faults(answer: CallResult) -> tuple[str, ...]:
    names = {"location": "a redirect", "set-cookie": "a cookie"}
    return tuple(words for name, words in names.items() if name in answer.headers)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _is_own(address: str) -> bool:
    """Whether an address is of this machine or its network, and no visitor's from outside."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return True


def _is_own_host(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return is_loopback(host)
