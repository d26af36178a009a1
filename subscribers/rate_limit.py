"""The rate limit of the public sign-up form, by visitor's network, address and site. Pure.

It keeps confirmation messages from being used for subscription bombing: a stranger's address
entered into many forms. Requests are counted by HMACs of addresses and networks, which are
never stored themselves.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from subscribers.address import address_key, mailbox_of

_DOMAIN = b"happy-trails.limits\0"  # separates these HMACs from all others under the secret
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
# Role addresses belong to no person: RFC 2142, and names in common use.
_ROLES = frozenset(
    (
        *("abuse", "admin", "administrator", "billing", "ftp", "hostmaster", "mailer-daemon"),
        *("marketing", "news", "no-reply", "nobody", "noc", "noreply", "postmaster", "root"),
        *("sales", "security", "spam", "support", "usenet", "uucp", "webmaster", "www"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpLimits:
    """How many requests, and messages that answer them, are allowed."""

    #: Requests from one network in an hour.
    network_hour: int = 5
    #: Requests to the whole site in an hour.
    all_hour: int = 60
    #: Messages to one mailbox in a day.
    address_day: int = 1
    #: Messages to one mailbox in a week.
    address_week: int = 3
    #: Messages in a week that tell an address it is subscribed already.
    already_week: int = 1


def is_role_address(address: str) -> bool:
    """Return whether an address belongs to a task, such as postmaster@, and to no reader."""
    return address_key(address).partition("@")[0].partition("+")[0] in _ROLES


def address_digest(address: str, secret: str) -> str:
    """Return the hex HMAC by which requests for a normalised address are counted.

    All spellings of one mailbox count together.
    """
    return _digest("address", mailbox_of(address), secret)


def network_digest(ip: str, secret: str) -> str:
    """Return the hex HMAC by which requests from a visitor's network are counted.

    All values that are no IP address count as one network.
    """
    return _digest("network", network_of(ip), secret)


def network_of(ip: str) -> str:
    """Return the network an IP address counts for: /24 of IPv4, /64 of IPv6; "" if none."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    width = 24 if address.version == 4 else 64  # noqa: PLR2004  # the version's own number
    return str(ip_network((address, width), strict=False))


def is_within_limits(
    kind: str, earlier: Collection[tuple[str, datetime]], now: datetime, limits: SignUpLimits
) -> bool:
    """Return whether one more message of `kind` may go to an address.

    `earlier` are the (kind, moment) of the messages it got within the last week.
    """
    if kind == "already":
        return sum(other == kind for other, _ in earlier) < limits.already_week
    last_day = sum(at > now - DAY for _, at in earlier)
    return last_day < limits.address_day and len(earlier) < limits.address_week


def _digest(kind: str, text: str, secret: str) -> str:
    return hmac.digest(secret.encode(), _DOMAIN + f"{kind}\0{text}".encode(), "sha256").hex()
