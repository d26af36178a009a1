"""Ask the DNS whether a domain accepts mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dns.message import QueryMessage
    from dns.resolver import Resolver


def takes_mail(domain: str, resolver: Resolver | None = None, seconds: float = 3) -> bool:
    """Return False only if the DNS says so: no such domain, or a null MX (RFC 7505).

    `domain` is in ASCII. Without a `resolver` the machine's own one is asked, for at most
    `seconds`. A name server that is slow, broken or unreachable is no reason to refuse a
    reader. NXDOMAIN counts only if the answer names the zone it is about (RFC 2308 §2.1): a
    server that knows nothing but its own network answers NXDOMAIN for the whole internet.
    A domain without an MX may receive mail at its address record (RFC 5321 §5.1).
    """
    # The import takes 30 ms, and only the site needs it.
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN
    from dns.resolver import Resolver as SystemResolver

    try:
        records = (resolver or SystemResolver()).resolve(f"{domain}.", "MX", lifetime=seconds)
    except NXDOMAIN as error:
        answers = error.responses()  # type: ignore[no-untyped-call]  # dnspython types the rest
        return not any(map(_has_zone, answers.values()))
    except (DNSException, ValueError, OSError):
        # ValueError: the machine's list of name servers is malformed.
        return True
    return any(str(record.exchange) != "." for record in records)


def _has_zone(answer: QueryMessage) -> bool:
    # The root zone does not count: an isolated network may serve a root of its own.
    from dns.rdatatype import SOA

    return any(rrset.rdtype == SOA and len(rrset.name) > 1 for rrset in answer.authority)
