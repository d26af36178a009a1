"""Whether anybody takes mail for a domain, as far as the DNS tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.resolver import Resolver


def takes_mail(domain: str, resolver: Resolver | None = None, seconds: float = 3) -> bool:
    """False only where the DNS says so plainly: no such domain, or a null MX (RFC 7505).

    `domain` is in ASCII. Asks the machine's own resolver if none is given, for some seconds.
    A name server that is slow, broken or out of reach is no reason to turn a reader away. A
    domain without an MX may take mail at its address (RFC 5321 §5.1).
    """
    # 30 ms to import, and only the site needs it.
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN
    from dns.resolver import Resolver as OwnResolver

    try:
        found = (resolver or OwnResolver()).resolve(f"{domain}.", "MX", lifetime=seconds)
    except NXDOMAIN:
        return False
    except DNSException:
        return True
    return any(str(one.exchange) != "." for one in found)
