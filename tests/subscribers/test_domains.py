"""A domain without a mail server differs from a name server that fails."""

from __future__ import annotations

import pytest

from subscribers.address import takes_mail
from tests.support.name_server import name_server

KNOWN = {
    "runners.example": "10 mx.runners.example.",
    "nomail.example": "0 .",
    "bare.example": "",
    "broken.example": "trouble",
    "quiet.example": "silence",
}


@pytest.mark.parametrize(
    ("domain", "takes"),
    [
        ("runners.example", True),
        ("bare.example", True),
        ("broken.example", True),
        ("quiet.example", True),
        ("nomail.example", False),
        ("no-such.example", False),
    ],
)
def test_only_a_definite_dns_answer_counts(domain: str, takes: bool) -> None:
    with name_server(KNOWN) as resolver:
        assert takes_mail(domain, resolver, seconds=0.3) is takes


@pytest.mark.parametrize("zone", ["", "."])
def test_a_name_server_of_a_private_network_refuses_nobody(zone: str) -> None:
    with name_server(KNOWN, zone) as resolver:
        assert takes_mail("no-such.example", resolver)


def test_a_machine_without_a_resolver_refuses_nobody() -> None:
    with name_server({}) as resolver:
        resolver.nameservers = []
        assert takes_mail("runners.example", resolver)
