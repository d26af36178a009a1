"""DKIM (RFC 6376): the public keys by which receivers verify who signed a message."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.dns_records import Lookup

#: The names under which SendGrid's keys stand, as its automated security makes them.
SENDGRID_SELECTORS = ("s1", "s2")
# The names that providers and programs give their keys, most common first.
_COMMON_SELECTORS = (
    "default", "mail", "dkim", "k1", "s1", "selector1", "google", "key1", "smtp", "pm", "mta",
    "fm1", "protonmail", "mandrill", "mailjet", "zoho", "brevo1", "resend", "20230601",
)  # fmt: skip
_LEAST_BITS, _GOOD_BITS = 1024, 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKey:
    """A key as the DNS has it."""

    #: Its name there, such as `s1._domainkey.example.com`.
    name: str
    state: Literal["valid", "revoked", "broken"]
    #: The bits of an RSA key; 0 for another kind.
    bits: int = 0
    #: Whether its owner only tries it out (t=y).
    is_test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimFacts:
    """What was found of a domain's keys."""

    domain: str
    keys: tuple[DkimKey, ...]
    #: The names that must be there: those that the author or the mailer gives its keys.
    expected: tuple[str, ...] = ()
    #: Expected names that are not there.
    missing: tuple[str, ...] = ()
    is_answered: bool = True


def read_dkim(domain: str, selectors: Sequence[str], look_up: Lookup) -> DkimFacts:
    """Look up the keys of these names; without any, those that are common."""
    keys: list[DkimKey] = []
    missing: list[str] = []
    is_answered = False
    for selector in selectors or _COMMON_SELECTORS:
        name = f"{selector}._domainkey.{domain}"
        answer = look_up(name, "TXT")
        is_answered = is_answered or answer.is_answered
        found_keys = [text for text in answer.values if "p=" in text.replace(" ", "")]
        if found_keys:
            keys.append(parse_key(name, found_keys[0]))
        elif answer.is_answered:
            missing.append(selector)
        elif not is_answered:
            break  # no name server answers, and each more would take as long
    return DkimFacts(
        domain=domain,
        keys=tuple(keys),
        expected=tuple(selectors),
        missing=tuple(missing) if selectors else (),
        is_answered=is_answered,
    )


def parse_key(name: str, record: str) -> DkimKey:
    """Return the key in a TXT record (RFC 6376, 3.6.1)."""
    tags = parse_tags(record)
    value = "".join(tags.get("p", "").split())
    is_test = "y" in tags.get("t", "").split(":")
    if not value:
        return DkimKey(name=name, state="revoked", is_test=is_test)
    try:
        octets = b64decode(value, validate=True)
        bits = _rsa_bits(octets) if tags.get("k", "rsa") == "rsa" else 0
    except ValueError:
        return DkimKey(name=name, state="broken", is_test=is_test)
    return DkimKey(name=name, state="valid", bits=bits, is_test=is_test)


def parse_tags(record: str) -> dict[str, str]:
    """Return the tags of a record such as `v=DMARC1; p=none` (RFC 6376, 3.2)."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _rsa_bits(octets: bytes) -> int:
    """Return the length of an RSA key in DER. Raise ValueError for anything else."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(octets)
    except UnsupportedAlgorithm as problem:
        raise ValueError from problem
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA key")  # noqa: TRY004  # the value is wrong, not a type of ours
    return key.key_size


def judge_dkim(facts: DkimFacts) -> Iterator[Diagnosis]:
    """Judge the keys. Pure."""
    if not facts.is_answered:
        yield warning(
            "dkim",
            f"The DKIM keys of {facts.domain} could not be looked up.",
            "See that this machine is online, and try again.",
        )
        return
    for key in facts.keys:
        yield from _judge_key(key)
    if facts.missing:
        names = " and ".join(facts.missing)
        yield error(
            "dkim",
            f"{facts.domain} has no DKIM key under {names}.",
            "Add the records that your mail provider names (SendGrid: Settings → Sender "
            "Authentication).",
        )
    elif not facts.keys:
        yield note(
            "dkim",
            f"No DKIM key of {facts.domain} stands under a common name. Keys can have any name, so "
            "there may be one all the same.",
            "Ask your mail provider for the selector, and run `newsletter doctor --selector NAME`. "
            "Without a key Gmail and Yahoo may refuse your mail.",
        )


def _judge_key(key: DkimKey) -> Iterator[Diagnosis]:
    renew = "Let your mail provider make a new key, and put its record there."
    if key.state == "revoked":
        yield error("dkim", f"The key at {key.name} was taken back (it is empty).", renew)
    elif key.state == "broken":
        yield error("dkim", f"The key at {key.name} cannot be read.", renew)
    elif 0 < key.bits < _LEAST_BITS:
        yield error("dkim", f"The key at {key.name} has {key.bits} bits: too few.", renew)
    elif 0 < key.bits < _GOOD_BITS:
        yield note("dkim", f"The key at {key.name} has {key.bits} bits; 2048 are usual now.", renew)
    else:
        yield ok("dkim", f"There is a key at {key.name}.")
    if key.is_test and key.state == "valid":
        yield note(
            "dkim",
            f"The key at {key.name} is marked as a trial (t=y).",
            "Take t=y out once your mail is signed.",
        )
