"""The DNS of the sender's domain: SPF, DKIM, DMARC, return path and MX.

From address ─▶ dmarc ─▶ organizational domain ─▶ alignment of the return path
            ├─▶ dkim     the keys that the mailer signs with
            └─▶ MX       where answers go
return path ─▶ spf, MX   who may send; where bounces go
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.config.address import address_domain, free_mail_domain
from newsletter.doctor.diagnosis import Diagnosis, error, ok, warning
from newsletter.doctor.dkim import SENDGRID_SELECTORS, DkimFacts, judge_dkim, read_dkim
from newsletter.doctor.dmarc import DmarcFacts, judge_dmarc, read_dmarc
from newsletter.doctor.dns_records import Lookup, Records, make_lookup
from newsletter.doctor.installation import Installation
from newsletter.doctor.spf import judge_spf, read_spf

_SECONDS = 3.0
_NULL_MX = ("", ".")
_OFFLINE = "See that this machine is online, and try again."


def check_mail_domain(installation: Installation) -> Iterator[Diagnosis]:
    """Look the records of the sender's domain up, if messages reach people."""
    settings = installation.settings
    domain = address_domain(settings.newsletter.from_)
    if not installation.is_real or free_mail_domain(settings.newsletter.from_):
        return
    look_up = make_lookup(
        installation.resolver, seconds=lambda: installation.seconds_left(_SECONDS)
    )
    dmarc = read_dmarc(domain, look_up)
    yield from judge_dmarc(dmarc)
    if not dmarc.is_answered:
        return
    is_sendgrid = settings.sender.mailer == "sendgrid"
    known = SENDGRID_SELECTORS if is_sendgrid and not installation.selectors else ()
    yield from judge_dkim(_read_keys(dmarc, (*known, *installation.selectors), look_up))
    if not is_sendgrid:
        # SendGrid's return path is a host of its own, which it names only to its own key.
        bounce_domain = address_domain(settings.sender.smtp.envelope_from) or domain
        yield from judge_spf(read_spf(bounce_domain, look_up))
        yield from judge_alignment(dmarc, read_dmarc(bounce_domain, look_up))
    for address, purpose in _addresses(installation):
        mx = look_up(address, "MX")
        is_asked = mx.is_answered and not mx.values
        yield judge_mx(address, purpose, mx, look_up(address, "A") if is_asked else Records())


def _read_keys(dmarc: DmarcFacts, selectors: tuple[str, ...], look_up: Lookup) -> DkimFacts:
    """Return the keys of the domain, or else of the organization's, which count for it too."""
    keys = read_dkim(dmarc.domain, selectors, look_up)
    is_strict = dmarc.tags.get("adkim", "r").lower() == "s"
    if keys.keys or not keys.is_answered or is_strict or dmarc.organization == dmarc.domain:
        return keys
    above = read_dkim(dmarc.organization, selectors, look_up)
    return above if above.keys else keys


def _addresses(installation: Installation) -> Iterator[tuple[str, str]]:
    """Yield the domains that must take mail, each with what comes there."""
    settings = installation.settings
    newsletter = settings.newsletter
    purposes: dict[str, str] = {}
    for address, purpose in (
        (newsletter.reply_to or newsletter.from_, "your readers' answers"),
        (settings.sender.smtp.envelope_from, "bounces"),
        (settings.mailbox.address, "letters that ask to leave"),
    ):
        if address:
            purposes.setdefault(address_domain(address), purpose)
    yield from purposes.items()


def judge_mx(domain: str, purpose: str, mx: Records, address: Records) -> Diagnosis:
    """Judge whether a domain takes mail (RFC 5321, 5.1; RFC 7505). Pure.

    Without an MX record its own address counts.
    """
    if not mx.is_answered:
        return warning("mx", f"Where mail to {domain} goes could not be looked up.", _OFFLINE)
    if mx.values and all(value in _NULL_MX for value in mx.values):
        return error(
            "mx",
            f"{domain} says that it takes no mail at all (a null MX), so {purpose} come back.",
            "Use an address of a domain that takes mail, or correct its MX record.",
        )
    if mx.values:
        return ok("mx", f"{domain} takes mail ({purpose}).")
    if address.values:
        return ok("mx", f"{domain} takes mail at its own address ({purpose}).")
    return error(
        "mx",
        f"{domain} has no mail server, so {purpose} are lost.",
        "Add an MX record there, or use an address of a domain that takes mail.",
    )


def judge_alignment(author: DmarcFacts, bounces: DmarcFacts) -> Iterator[Diagnosis]:
    """Judge whether SPF speaks for the From address (RFC 9989, 5.1: identifier alignment)."""
    is_strict = author.tags.get("aspf", "r").lower() == "s"
    is_aligned = (
        author.domain == bounces.domain
        if is_strict
        else author.organization == bounces.organization
    )
    if not is_aligned:
        yield warning(
            "return-path",
            f"Bounces go to {bounces.domain}, which is not of one domain with {author.domain}: "
            "SPF does not count for your From address.",
            f"Set envelope_from under [sender.smtp] to an address at {author.domain}.",
        )
