"""SSRF guard: which addresses the reader may connect to.

The URL of a feed comes from outside, and a redirect may lead anywhere: to this machine, the
local network, a cloud's metadata service (server-side request forgery). So names are
resolved here, every address is checked, and the connection goes to a checked address. DNS
rebinding is no way around it, because the name is not resolved a second time. See the OWASP
Server-Side Request Forgery Prevention Cheat Sheet.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from newsletter.errors import FetchError, PrivateAddress, UnknownHost

HostLookup = Callable[[str, int], tuple[str, ...]]

_PORTS = {80, 443}
_NAT64 = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = ip_network("::/96")
# Not public, although some versions of Python's `is_global` say so: carrier-grade NAT, 6to4
# relays, benchmarking, discard, ORCHID, documentation, site-local (IANA special-purpose
# address registries).
_NON_PUBLIC = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15",
        "240.0.0.0/4", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fec0::/10",
    )
)  # fmt: skip
_SETTING = "If it is a feed on your own network, set allow_private_addresses = true under [fetch]."


def check_url(url: str, *, allow_private: bool) -> SplitResult:
    """Return the parts of a URL that may be fetched.

    Raise FetchError for any scheme but http and https, for credentials in the URL, and for
    ports other than 80 and 443 unless `allow_private`.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise FetchError(
            f"{url!r} is not a web address.", url=url, cure="Check it for typing mistakes."
        ) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise FetchError(
            f"{url!r} is not a web address.",
            url=url,
            cure="It should begin with https:// or http://.",
        )
    if parts.username is not None or parts.password is not None:
        raise FetchError(
            f"The address of {host} holds a user name or password, which is not allowed.",
            url=url,
            cure="Use the public address of the feed.",
        )
    if port is not None and port not in _PORTS and not allow_private:
        raise PrivateAddress(f"{url} uses port {port}, not a web port.", url=url, cure=_SETTING)
    return parts


def look_up_host(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of `host`. Raise OSError or UnicodeError."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in infos))


def resolve_host(
    host: str,
    port: int,
    *,
    allow_private: bool,
    seconds: float,
    look_up: HostLookup = look_up_host,
) -> tuple[str, ...]:
    """Return the checked addresses of `host`, in the order to try them.

    All must be public: DNS rebinding mixes a private address with public ones. Raise
    FetchError if there is none, if one is not public (unless `allow_private`), or if the
    name servers take longer than `seconds`.
    """
    addresses = _look_up_in_time(look_up, host, port, seconds)
    if not allow_private:
        for address in addresses:
            if not is_public(address):
                raise PrivateAddress(
                    f"{host} leads to {address}, which is not a public internet address.",
                    url=host,
                    cure=_SETTING,
                )
    return addresses


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address, as text, is public on the internet."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:
        return False
    if isinstance(ip, IPv6Address) and _embedded_ipv4(ip) is not None:
        return False
    is_special = any(ip in net for net in _NON_PUBLIC if net.version == ip.version)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_special


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address in a mapped, compatible, 6to4, Teredo or NAT64 address.

    No web site publishes such addresses; they bypass checks of IPv4 ranges.
    """
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _IPV4_COMPATIBLE or any(ip in net for net in _NAT64):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _look_up_in_time(look_up: HostLookup, host: str, port: int, seconds: float) -> tuple[str, ...]:
    """Look up `host` in a separate thread, because the system's lookup has no timeout."""
    answers: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()

    def look_up_and_put() -> None:
        try:
            answers.put(look_up(host, port))
        except (OSError, UnicodeError):
            answers.put(())

    threading.Thread(target=look_up_and_put, daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise FetchError(
            f"The name {host} could not be looked up in time.", url=host, cure="Try again later."
        ) from None
    if not answer:
        raise UnknownHost(
            f"There is no site called {host}, or this machine is offline.",
            url=host,
            cure="Check the address for typing mistakes, and your connection.",
        )
    return answer
