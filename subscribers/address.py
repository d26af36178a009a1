"""Validate and normalise email addresses, and ask the DNS whether a domain accepts mail.

One strict pattern accepts ordinary ASCII addresses; email-validator judges all others,
without DNS queries. Dots and plus tags are kept: not every provider delivers such addresses to
one mailbox. Only the limit of messages to a mailbox leaves them out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from subscribers.errors import InvalidAddress, replace_unprintable

if TYPE_CHECKING:
    from dns.message import QueryMessage
    from dns.resolver import Resolver


MAX_LENGTH = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets, RFC 3696 erratum 1690
_ATOM_CHAR = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(
    rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?!xn--)[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])"
)
# Where dots in the local part do not count: https://support.google.com/mail/answer/7436150
_DOTLESS = ("gmail.com", "googlemail.com")
# Invisible characters that come along when an address is copied from a web page.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"


def normalise(text: str) -> str:
    """Return the address as messages are sent to it: domain in lower-case ASCII (IDNA).

    The local part keeps its case (RFC 5321 §2.4: only the receiving host may interpret
    it). Compare addresses by `address_key`. Raise InvalidAddress.
    """
    if _PLAIN.fullmatch(text) and len(text) <= MAX_LENGTH:
        return text  # the common case, kept short for imports of a million rows
    stripped = text.strip().strip(_INVISIBLE).strip()
    local, at, domain = stripped.rpartition("@")
    plain = f"{local}{at}{domain.lower()}"
    if _PLAIN.fullmatch(plain) and len(plain) <= MAX_LENGTH:
        return plain
    return _normalise_with_library(stripped)


def address_key(address: str) -> str:
    """Return the key that two spellings of one normalised address share: it without case."""
    return address.lower()


def mailbox_of(address: str) -> str:
    """Return the mailbox that a normalised address most likely leads to, for limits alone.

    What follows a plus belongs to the mailbox before it at most providers, and Gmail ignores
    dots. Never use it for identity: elsewhere these are the mailboxes of different people.
    """
    local, _, domain = address_key(address).rpartition("@")
    mailbox = local.partition("+")[0] or local
    if domain in _DOTLESS:
        mailbox, domain = mailbox.replace(".", ""), _DOTLESS[0]
    return f"{mailbox}@{domain}"


def address_pattern(address: str) -> re.Pattern[str]:
    """Return a pattern that finds a normalised address in a text.

    It does not match the tail of a longer address.
    """
    return re.compile(
        rf"(?<!{_ATOM_CHAR}){re.escape(address)}(?![A-Za-z0-9-]|\.[A-Za-z0-9])", re.IGNORECASE
    )


def _normalise_with_library(text: str) -> str:
    if not text:
        raise InvalidAddress("There is no email address here.", cure="Fill it in.")
    excerpt = replace_unprintable(text if len(text) <= MAX_LENGTH else f"{text[:60]}…")
    if "@" not in text and "＠" not in text:
        # Checked without the library: a wrong file may hold a million of these.
        raise _invalid(excerpt, "An email address must have an @-sign.")
    # The import takes 20 ms, and only internationalised or malformed addresses need it.
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise _invalid(excerpt, str(error)) from error
    address = valid.ascii_email
    if address is None or len(address) > MAX_LENGTH:
        raise InvalidAddress(
            f"“{excerpt}” is longer than {MAX_LENGTH} characters.",
            cure="Check that it is one address.",
        )
    return address


def _invalid(excerpt: str, reason: str) -> InvalidAddress:
    return InvalidAddress(
        f"“{excerpt}” is not an email address messages can go to: {reason}",
        cure="Correct it, or leave it out.",
    )


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
