"""SPF (RFC 7208): which servers may send in a domain's name. Pure but for the lookups.

Receivers give up on a record that needs more than ten further lookups (4.6.4), and treat two
records as none (4.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.dns_records import Lookup

_MOST_LOOKUPS = 10
_OFFLINE = "See that this machine is online, and try again."
_VERSION = "v=spf1"
# Each of them costs a lookup.
_WITH_LOOKUP = ("include", "a", "mx", "ptr", "exists")
_KNOWN = (*_WITH_LOOKUP, "all", "ip4", "ip6")


@dataclass(slots=True)
class SpfFacts:
    """What the SPF record of a domain says, with the records that it includes."""

    domain: str
    records: tuple[str, ...] = ()
    is_answered: bool = True
    lookups: int = 0
    #: Domains that it includes and that have no record.
    missing: list[str] = field(default_factory=list)
    #: Words that no receiver understands.
    unknown: list[str] = field(default_factory=list)
    #: What it says of all other servers: "-", "~", "?", "+", or "" for nothing.
    rest: str = ""
    #: Whether the record itself names a server, or another record that does.
    names_any: bool = False


def read_spf(domain: str, look_up: Lookup) -> SpfFacts:
    """Return the SPF record of a domain, followed through its includes."""
    answer = look_up(domain, "TXT")
    records = _spf_records(answer.values)
    facts = SpfFacts(domain=domain, records=records, is_answered=answer.is_answered)
    if len(records) == 1:
        _follow(records[0], facts, look_up, is_own=True, seen={domain})
    return facts


def _spf_records(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.lower().split(" ")[0] == _VERSION)


def _follow(record: str, facts: SpfFacts, look_up: Lookup, *, is_own: bool, seen: set[str]) -> None:
    redirect = ""
    has_all = False
    for word in record.lower().split()[1:]:
        if word.startswith("redirect="):
            redirect = word.partition("=")[2]
            continue
        sign = word[0] if word[0] in "+-~?" else "+"
        term = word.lstrip("+-~?")
        name = term.replace("/", ":").partition(":")[0]
        target = term.partition(":")[2].partition("/")[0]
        if "=" in name:
            continue  # a modifier, which is passed over if it is unknown (RFC 7208, 6)
        if name not in _KNOWN:
            facts.unknown.append(word)
        elif name == "all":
            has_all = True
            facts.rest = sign if is_own else facts.rest
            break
        else:
            facts.names_any = True
        if name in _WITH_LOOKUP:
            facts.lookups += 1
        if name == "include":
            _include(target, facts, look_up, seen)
    if redirect and not has_all:
        facts.lookups += 1
        facts.names_any = True
        _include(redirect, facts, look_up, seen, is_own=is_own)


def _include(
    target: str, facts: SpfFacts, look_up: Lookup, seen: set[str], *, is_own: bool = False
) -> None:
    if not target or "%" in target or target in seen or facts.lookups > _MOST_LOOKUPS:
        return
    answer = look_up(target, "TXT")
    records = _spf_records(answer.values)
    if len(records) == 1:
        _follow(records[0], facts, look_up, is_own=is_own, seen={*seen, target})
    elif answer.is_answered:
        facts.missing.append(target)


def judge_spf(facts: SpfFacts) -> Iterator[Diagnosis]:
    """Judge the record of the domain that bounces go to. Pure."""
    domain = facts.domain
    if not facts.is_answered:
        yield warning("spf", f"The SPF record of {domain} could not be looked up.", _OFFLINE)
        return
    if not facts.records:
        yield warning(
            "spf",
            f"{domain} has no SPF record, so nobody can tell that your mail server may send for "
            "it.",
            f"Add a TXT record at {domain}, such as `v=spf1 include:… ~all`; your mail provider "
            "names what to include.",
        )
        return
    if len(facts.records) > 1:
        yield error(
            "spf",
            f"{domain} has {len(facts.records)} SPF records; receivers then heed none (RFC 7208).",
            "Put all of them into one record, and delete the others.",
        )
        return
    problems = tuple(_problems(facts))
    yield from problems
    if not problems:
        yield ok("spf", f"{domain} has an SPF record: {facts.records[0][:200]}")


def _problems(facts: SpfFacts) -> Iterator[Diagnosis]:
    domain = facts.domain
    if facts.lookups > _MOST_LOOKUPS:
        yield error(
            "spf",
            f"The SPF record of {domain} needs more than {_MOST_LOOKUPS} lookups; receivers give "
            "up on it (RFC 7208).",
            "Take out what you do not send by, most of all what is included.",
        )
    if facts.unknown:
        yield error(
            "spf",
            f"The SPF record of {domain} holds {facts.unknown[0]!r}, which no receiver "
            "understands; they then heed none of it.",
            "Correct that word; it is perhaps a typing mistake.",
        )
    if facts.missing:
        yield error(
            "spf",
            f"The SPF record of {domain} includes {facts.missing[0]}, which has no SPF record; "
            "receivers then heed none of it.",
            "Correct that name, or take it out.",
        )
    if facts.rest == "+":
        yield warning(
            "spf",
            f"The SPF record of {domain} ends with +all: every server may send in your name.",
            "Let it end with ~all.",
        )
    if not facts.names_any and facts.rest == "-":
        yield error(
            "spf",
            f"The SPF record of {domain} says that nobody sends for it.",
            "Add what your mail provider names, such as `include:…`, before -all.",
        )
    if not facts.rest and not any("redirect=" in record for record in facts.records):
        yield note("spf", f"The SPF record of {domain} does not end with ~all or -all.")
