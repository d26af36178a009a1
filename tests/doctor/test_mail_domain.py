"""The DNS of the sender's domain, asked of a real name server."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from newsletter.config.settings import (
    FeedSettings,
    NewsletterSettings,
    SenderSettings,
    Settings,
    SmtpSettings,
)
from newsletter.doctor.diagnosis import Diagnosis
from newsletter.doctor.mail_domain import check_mail_domain
from tests.doctor.installations import make_installation
from tests.support.name_server import Zone, zone_server


@cache
def key_record(bits: int = 2048, more: str = "") -> str:
    key = rsa.generate_private_key(65537, bits).public_key()
    octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = f"v=DKIM1; k=rsa; {more}p={b64encode(octets).decode()}"
    return f'"{text[:200]}" "{text[200:]}"'


def txt(text: str) -> tuple[str, str]:
    return ("TXT", f'"{text}"')


def good_zone() -> dict[str, tuple[tuple[str, str], ...]]:
    return {
        "example.com": (("MX", "10 mx.example.com."), txt("v=spf1 include:relay.net ~all")),
        "relay.net": (txt("v=spf1 ip4:198.51.100.0/24 -all"),),
        "s1._domainkey.example.com": (("TXT", key_record()),),
        "_dmarc.example.com": (txt("v=DMARC1; p=none; rua=mailto:dmarc@example.com"),),
    }


def diagnose(
    zone: Zone,
    *,
    mailer: str = "smtp",
    sender: str = "News <news@example.com>",
    envelope_from: str = "",
    reply_to: str = "",
    selectors: tuple[str, ...] = ("s1",),
) -> list[Diagnosis]:
    settings = Settings(
        newsletter=NewsletterSettings(title="Trail News", from_=sender, reply_to=reply_to),
        feeds=(FeedSettings(url="https://blog.example.com/feed/"),),
        sender=SenderSettings(
            mailer="smtp" if mailer == "smtp" else "sendgrid",
            smtp=SmtpSettings(envelope_from=envelope_from),
        ),
    )
    with zone_server(zone) as resolver:
        installation = make_installation(settings, selectors=selectors, resolver=resolver)
        return list(check_mail_domain(installation))


def ill(diagnoses: list[Diagnosis]) -> list[str]:
    """Return what is not as it should be, as `verdict rule: text`."""
    return [f"{d.verdict} {d.rule}: {d.text}" for d in diagnoses if d.verdict != "ok"]


def test_a_domain_with_every_record_is_well() -> None:
    diagnoses = diagnose(good_zone())

    assert ill(diagnoses) == []
    assert [d.rule for d in diagnoses] == ["dmarc", "dkim", "spf", "mx"]


def with_records(
    **records: tuple[tuple[str, str], ...],
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    names = {
        "root": "example.com",
        "relay": "relay.net",
        "dmarc": "_dmarc.example.com",
        "key": "s1._domainkey.example.com",
    }
    zone = good_zone()
    for name, values in records.items():
        zone[names[name]] = values
    return zone


MX = ("MX", "10 mx.example.com.")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (with_records(root=(MX,)), "warning spf: example.com has no SPF record"),
        (
            with_records(root=(MX, txt("v=spf1 a ~all"), txt("v=spf1 mx ~all"))),
            "error spf: example.com has 2 SPF records",
        ),
        (with_records(root=(MX, txt("v=spf1 mx +all"))), "ends with +all"),
        (
            with_records(root=(MX, txt("v=spf1 -all"))),
            "error spf: The SPF record of example.com says",
        ),
        (with_records(root=(MX, txt("v=spf1 ipv4:192.0.2.1 ~all"))), "holds 'ipv4:192.0.2.1'"),
        (
            with_records(root=(MX, txt("v=spf1 include:gone.net ~all"))),
            "includes gone.net, which has",
        ),
        (
            with_records(relay=(txt(f"v=spf1 {' '.join(f'a:h{n}.net' for n in range(10))} -all"),)),
            "needs more than 10 lookups",
        ),
        (with_records(root=(MX, txt("v=spf1 mx"))), "note spf: "),
        (with_records(dmarc=()), "warning dmarc: example.com has no DMARC record"),
        (with_records(dmarc=(txt("v=DMARC1; p=rejekt"),)), "error dmarc: The DMARC record"),
        (
            with_records(dmarc=(txt("v=DMARC1; p=none"), txt("v=DMARC1; p=reject"))),
            "error dmarc: _dmarc.example.com has several",
        ),
        (with_records(dmarc=(txt("v=DMARC1; p=none"),)), "note dmarc-reports: "),
        (
            with_records(dmarc=(txt("v=DMARC1; p=none; rua=me@example.com"),)),
            "warning dmarc-reports: ",
        ),
        (
            with_records(dmarc=(txt("v=DMARC1; p=none; pct=50; t=y; rua=mailto:a@example.com"),)),
            "note dmarc-tags: The record at _dmarc.example.com holds pct",
        ),
        (
            with_records(key=(txt("v=DKIM1; p="),)),
            "error dkim: The key at s1._domainkey.example.com was",
        ),
        (with_records(key=(txt("v=DKIM1; p=AAAA"),)), "cannot be read"),
        (with_records(key=(("TXT", key_record(1024)),)), "note dkim: The key"),
        (with_records(key=(("TXT", key_record(2048, "t=y; ")),)), "marked as a trial"),
        (with_records(key=()), "error dkim: example.com has no DKIM key under s1"),
        (with_records(root=(("MX", "0 ."), txt("v=spf1 mx ~all"))), "a null MX"),
        (with_records(root=(txt("v=spf1 a ~all"),)), "error mx: example.com has no mail server"),
    ],
)
def test_each_fault_of_the_records_is_named(zone: Zone, expected: str) -> None:
    diagnoses = diagnose(zone)

    assert any(expected in line for line in ill(diagnoses)), ill(diagnoses)
    assert all(d.cure for d in diagnoses if d.matters)


def test_a_domain_without_mx_takes_mail_at_its_own_address() -> None:
    zone = with_records(root=(("A", "198.51.100.7"), txt("v=spf1 a ~all")))

    assert ill(diagnose(zone)) == []


def test_sendgrid_signs_by_two_keys_and_has_a_return_path_of_its_own() -> None:
    zone = with_records(root=(MX,))
    diagnoses = diagnose(zone, mailer="sendgrid", selectors=())

    assert ill(diagnoses) == ["error dkim: example.com has no DKIM key under s2."]


def test_a_subdomain_takes_the_policy_and_the_keys_of_its_organization() -> None:
    zone = good_zone() | {
        "news.example.com": (MX, txt("v=spf1 include:relay.net -all")),
        "_dmarc.example.com": (txt("v=DMARC1; p=none; sp=reject; rua=mailto:dmarc@example.com"),),
    }
    diagnoses = diagnose(zone, sender="news@news.example.com")

    assert ill(diagnoses) == []
    assert diagnoses[0].text == "DMARC: _dmarc.example.com asks for p=reject."


def test_bounces_to_another_domain_do_not_speak_for_the_sender() -> None:
    zone = good_zone() | {"other.org": (MX, txt("v=spf1 mx -all"))}
    diagnoses = diagnose(zone, envelope_from="bounce@other.org")

    assert [d.rule for d in diagnoses if d.matters] == ["return-path"]


def test_keys_under_unknown_names_are_a_note_with_the_way_to_name_them() -> None:
    zone = good_zone()
    del zone["s1._domainkey.example.com"]
    diagnoses = diagnose(zone, selectors=())

    assert [d.verdict for d in diagnoses if d.rule == "dkim"] == ["note"]
    assert any("--selector NAME" in d.cure for d in diagnoses)


def test_a_silent_name_server_is_no_finding_about_the_records() -> None:
    zone = {"_dmarc.example.com": (("silence", ""),)}
    diagnoses = diagnose(zone)

    assert ill(diagnoses) == [
        "warning dmarc: The DMARC record of example.com could not be looked up."
    ]
