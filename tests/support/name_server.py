"""A small name server on this machine, for what asks the DNS: it answers as a test tells it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from dns.resolver import Resolver

_SOA = "ns.example. keeper.example. 1 3600 600 86400 60"


@contextmanager
def name_server(mail: Mapping[str, str], zone: str = "example.") -> Iterator[Resolver]:
    """A resolver that asks a server which knows these MX records.

    "" is a domain without one, "silence" no answer, "trouble" one that does not help. Of any
    other it says that there is none, in the name of `zone`; of no zone where that is "".
    """

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw, line = self.request
            asked = dns.message.from_wire(raw)
            name = asked.question[0].name
            known = mail.get(str(name).rstrip("."))
            if known == "silence":
                return
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            if known is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                if zone:
                    answer.authority.append(dns.rrset.from_text(zone, 60, "IN", "SOA", _SOA))
            elif known == "trouble":
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif known:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "MX", known))
            line.sendto(answer.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = int(server.server_address[1])
        resolver.timeout = 0.1
        yield resolver
        server.shutdown()
        thread.join()
