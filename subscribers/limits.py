"""How much the public form may be used, and by what its users are counted. Pure.

Counted are HMACs of addresses and of networks, never these themselves. The figures are
those that keep confirmation messages from becoming a weapon (subscription bombing).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from subscribers.address import identity

_DOMAIN = b"happy-trails.limits\0"  # keeps these apart from everything else we sign
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# Nobody writes to a person there: RFC 2142 and what goes by custom.
_ROLES = frozenset(
    (
        *("abuse", "admin", "administrator", "billing", "ftp", "hostmaster", "mailer-daemon"),
        *("marketing", "news", "no-reply", "nobody", "noc", "noreply", "postmaster", "root"),
        *("sales", "security", "spam", "support", "usenet", "uucp", "webmaster", "www"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpLimits:
    """Requests an hour of one network and of all; letters to one address."""

    network_hour: int = 5
    all_hour: int = 60
    address_day: int = 1
    address_week: int = 3
    already_week: int = 1


def is_role(address: str) -> bool:
    """Whether an address belongs to a task (postmaster@) and so to no reader."""
    return identity(address).partition("@")[0].partition("+")[0] in _ROLES


def address_mark(address: str, secret: str) -> str:
    """What a normalised address is counted by, in hex."""
    return _mark("address", identity(address), secret)


def network_mark(ip: str, secret: str) -> str:
    """What a visitor's network is counted by, in hex: /24 of IPv4, /64 of IPv6.

    Whatever is no IP address counts as one network of its own.
    """
    return _mark("network", network(ip), secret)


def network(ip: str) -> str:
    """The network an IP address counts for; "" for what is none."""
    try:
        found = ip_address(ip.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    width = 24 if found.version == 4 else 64  # noqa: PLR2004  # the version's own number
    return str(ip_network((found, width), strict=False))


def may_write(
    kind: str, before: Collection[tuple[str, datetime]], now: datetime, limits: SignUpLimits
) -> bool:
    """Whether one more letter of `kind` may go to an address that got those `before`.

    `before` are (kind, moment) of the last week's letters. Who gets the newsletter already
    is told so once a week.
    """
    if kind == "already":
        return sum(one == kind for one, _ in before) < limits.already_week
    last_day = sum(at > now - DAY for _, at in before)
    return last_day < limits.address_day and len(before) < limits.address_week


def _mark(kind: str, text: str, secret: str) -> str:
    return hmac.digest(secret.encode(), _DOMAIN + f"{kind}\0{text}".encode(), "sha256").hex()
