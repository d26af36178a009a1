"""Whether anybody takes mail for a domain, as far as the DNS tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.message import QueryMessage
    from dns.resolver import Resolver


def takes_mail(domain: str, resolver: Resolver | None = None, seconds: float = 3) -> bool:
    """False only where the DNS says so plainly: no such domain, or a null MX (RFC 7505).

    `domain` is in ASCII. Asks the machine's own resolver if none is given, for some seconds.
    A name server that is slow, broken or out of reach is no reason to turn a reader away, nor
    is one that knows its own network alone: a "no such domain" counts if it names the zone
    it is said for (RFC 2308 §2.1). A domain without an MX may take mail at its address (RFC
    5321 §5.1).
    """
    # 30 ms to import, and only the site needs it.
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN
    from dns.resolver import Resolver as OwnResolver

    try:
        found = (resolver or OwnResolver()).resolve(f"{domain}.", "MX", lifetime=seconds)
    except NXDOMAIN as error:
        answers = error.responses()  # type: ignore[no-untyped-call]  # dnspython types the rest
        return not any(map(_names_its_zone, answers.values()))
    except (DNSException, ValueError, OSError):
        # ValueError: what the machine's own list of name servers holds cannot be read.
        return True
    return any(str(one.exchange) != "." for one in found)


def _names_its_zone(answer: QueryMessage) -> bool:
    # The root's own zone is no sign: a network cut off from the world may have one of its own.
    from dns.rdatatype import SOA

    return any(one.rdtype == SOA and len(one.name) > 1 for one in answer.authority)
