"""DMARC (RFC 9989): what receivers do with mail that only claims to be from a domain.

The policy of a domain is found by a walk up the DNS tree (4.10), where RFC 7489 asked a list of
public suffixes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.dkim import parse_tags
from newsletter.doctor.dns_records import Lookup

# The walk asks no more than eight names: a longer one is cut to seven labels (RFC 9989, 4.10).
_LONG, _KEPT = 8, 7
_POLICIES = ("none", "quarantine", "reject")
# Tags of RFC 7489 that RFC 9989 has taken out.
_REMOVED = ("pct", "rf", "ri")
_MAILTO = re.compile(r"mailto:[^\s@!]+@[^\s@!]+(?:![0-9]+[kmgt]?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcFacts:
    """What the walk from a domain found."""

    domain: str
    #: The domain whose record applies, "" if none does.
    found_at: str = ""
    tags: Mapping[str, str]
    record: str = ""
    #: The organizational domain: what relaxed alignment compares.
    organization: str
    #: A name with several records, of which receivers heed none; "" if there is no such.
    doubled_at: str = ""
    is_answered: bool = True

    @property
    def policy(self) -> str:
        """The policy (`p=`) for mail from the domain itself; "" without a record."""
        if not self.record:
            return ""
        own = self.tags.get("p", "none").lower()
        if self.found_at == self.domain:
            return own
        return self.tags.get("sp", own).lower()


def read_dmarc(domain: str, look_up: Lookup) -> DmarcFacts:
    """Walk up from `domain` and return the record that applies to it."""
    records: dict[str, tuple[str, Mapping[str, str]]] = {}
    doubled_at = ""
    is_answered = True
    for name in walk(domain):
        answer = look_up(f"_dmarc.{name}", "TXT")
        is_answered = is_answered and answer.is_answered
        if not answer.is_answered:
            break
        texts = [text for text in answer.values if _is_dmarc(text)]
        if len(texts) > 1:
            doubled_at = doubled_at or name
            continue
        if texts:
            tags = parse_tags(texts[0])
            records[name] = (texts[0], tags)
            if tags.get("psd", "").lower() in ("y", "n"):
                break
    organization = organizational_domain(
        domain, {name: tags for name, (_, tags) in records.items()}
    )
    found_at = next((name for name in (domain, organization, *records) if name in records), "")
    record, found_tags = records.get(found_at, ("", {}))
    return DmarcFacts(
        domain=domain,
        found_at=found_at,
        tags=found_tags,
        record=record,
        organization=organization,
        doubled_at=doubled_at,
        is_answered=is_answered,
    )


def walk(domain: str) -> Iterator[str]:
    """Yield the names that are asked for a record, from the domain up."""
    labels = domain.lower().rstrip(".").split(".")
    yield ".".join(labels)
    labels = labels[-_KEPT:] if len(labels) >= _LONG else labels[1:]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def organizational_domain(domain: str, records: Mapping[str, Mapping[str, str]]) -> str:
    """Return the organizational domain (RFC 9989, 4.10.2). `records` holds tags by name."""
    for name, tags in records.items():
        kind = tags.get("psd", "").lower()
        if kind == "n":
            return name
        if kind == "y" and name != domain:
            above = len(name.split("."))
            return ".".join(domain.split(".")[-above - 1 :])
    return min(records, key=lambda name: name.count("."), default=domain)


def _is_dmarc(text: str) -> bool:
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip() == "v" and value.strip() == "DMARC1"


def judge_dmarc(facts: DmarcFacts) -> Iterator[Diagnosis]:
    """Judge the policy of the From address's domain. Pure."""
    domain, at = facts.domain, f"_dmarc.{facts.found_at or facts.domain}"
    advice = (
        f"Add a TXT record at _dmarc.{facts.organization}: `v=DMARC1; p=none; "
        f"rua=mailto:dmarc@{facts.organization}`, with an address of yours that gets the reports."
    )
    if not facts.is_answered:
        yield warning(
            "dmarc",
            f"The DMARC record of {domain} could not be looked up.",
            "See that this machine is online, and try again.",
        )
        return
    if facts.doubled_at:
        yield error(
            "dmarc",
            f"_dmarc.{facts.doubled_at} has several DMARC records; receivers then heed none.",
            "Delete all but one.",
        )
    if not facts.record:
        if not facts.doubled_at:
            yield warning(
                "dmarc", f"{domain} has no DMARC record; Gmail and Yahoo ask for one.", advice
            )
        return
    if facts.policy not in _POLICIES:
        yield error(
            "dmarc",
            f"The DMARC record at {at} asks for {facts.policy!r}, which no receiver knows.",
            "Write p=none, p=quarantine or p=reject there.",
        )
        return
    yield ok("dmarc", f"DMARC: {at} asks for p={facts.policy}.")
    yield from _judge_tags(facts, at)


def _judge_tags(facts: DmarcFacts, at: str) -> Iterator[Diagnosis]:
    tags = facts.tags
    reports = tags.get("rua", "")
    if not reports:
        yield note(
            "dmarc-reports",
            f"The record at {at} asks for no reports, so nobody tells you who sends in your name.",
            "Add `rua=mailto:…` with an address of yours.",
        )
    elif not all(_MAILTO.fullmatch(uri.strip()) for uri in reports.split(",")):
        yield warning(
            "dmarc-reports",
            f"The record at {at} wants reports at {reports!r}, which is no list of mailto: "
            "addresses.",
            "Write it like `rua=mailto:dmarc@example.com`.",
        )
    if removed := [name for name in _REMOVED if name in tags]:
        yield note(
            "dmarc-tags",
            f"The record at {at} holds {', '.join(removed)}, which newer receivers pass over "
            "(RFC 9989).",
            "You may take that out.",
        )
    if tags.get("t", "").lower() == "y":
        yield note(
            "dmarc-tags", f"The record at {at} is a trial (t=y): the policy is not carried out."
        )
