"""A small DNS server on this machine that answers as a test configures it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.resolver import Resolver

#: Records by name, each with its type: `{"example.com": (("TXT", '"v=spf1 -all"'),)}`.
Zone = Mapping[str, tuple[tuple[str, str], ...]]
_SOA = "ns.example. keeper.example. 1 3600 600 86400 60"


@contextmanager
def name_server(mail: Mapping[str, str], zone: str = "example.") -> Iterator[Resolver]:
    """Yield a resolver for a server that knows the MX records in `mail`.

    The record "" stands for a domain without MX records, "silence" for no answer, and "trouble" for
    SERVFAIL. For every other domain the server answers that it does not exist, on the authority of
    `zone`, or of no zone where that is "".
    """

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw, line = self.request
            message = dns.message.from_wire(raw)
            name = message.question[0].name
            known = mail.get(str(name).rstrip("."))
            if known == "silence":
                return
            answer = dns.message.make_response(message)
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

    with _run(Answer) as resolver:
        yield resolver


@contextmanager
def zone_server(zone: Zone) -> Iterator[Resolver]:
    """Yield a resolver for a server that knows the records of `zone` and no other name.

    A name whose record has the type "silence" is not answered.
    """

    class Answer(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw, line = self.request
            message = dns.message.from_wire(raw)
            question = message.question[0]
            name = str(question.name).rstrip(".").lower()
            records = zone.get(name)
            if records is not None and any(kind == "silence" for kind, _ in records):
                return
            answer = dns.message.make_response(message)
            answer.flags |= dns.flags.RA
            if records is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            asked = dns.rdatatype.to_text(question.rdtype)
            texts = [text for kind, text in records or () if kind == asked]
            if texts:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", asked, *texts))
            line.sendto(answer.to_wire(), self.client_address)

    with _run(Answer) as resolver:
        yield resolver


@contextmanager
def _run(handler: type[socketserver.BaseRequestHandler]) -> Iterator[Resolver]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        resolver = Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = int(server.server_address[1])
        resolver.timeout = 0.1
        yield resolver
        server.shutdown()
        thread.join()
