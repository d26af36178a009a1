"""Tell from refusals that follow each other whether they are about the readers or about us.

One refusal proves little: 550 5.7.1 means an unknown reader at one server and a blocked sender
at the next. Equal refusals in a row, to readers of several domains and without an acceptance in
between, are about our account or our message. A single domain that refuses what others take
decides for itself alone. Pure.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.models import Fault

# This many equal refusals in a row that name our account, our message or the server are enough.
ENOUGH_EQUAL = 3
# Refusals of any kind take this many: "Access denied" may still mean the reader.
ENOUGH_OF_ANY_KIND = 6
# One domain that refuses takes this many while readers of others can still be asked.
ENOUGH_OF_ONE_DOMAIN = 30

# What is remembered of acceptances: domains, and batches.
_MAX_DOMAINS = 1000
# Domains of whole batches that are kept: with two, `has_other_than` has its answer.
_ENOUGH = 2
_RECENT_BATCHES = 50

_ABOUT_US: frozenset[Fault] = frozenset({"account", "message", "server_later"})
# The parts that differ from one answer to the next: addresses, numbers, queue ids.
_VARIABLE = re.compile(r"(?<!\S)\S*[\d@]\S*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One reader's refusal."""

    subscriber_id: int
    address: str
    fault: Fault
    #: The server's own words.
    words: str

    @property
    def domain(self) -> str:
        """The domain of the reader's address."""
        return domain_of(self.address)

    def equals(self, other: Refusal) -> bool:
        """Whether both are the same answer."""
        return self._answer() == other._answer()

    def _answer(self) -> tuple[Fault, str, str]:
        # The code itself is compared, and so is a reply of nothing else.
        return self.fault, self.words[:3], _VARIABLE.sub("", self.words.lower())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why nothing more is sent: everybody is refused, and a later try would not help."""

    fault: Literal["account", "message"]
    #: The server's own words.
    words: str
    #: Up to three of the addresses for which it was asked.
    addresses: tuple[str, ...] = ()


class AcceptedDomains:
    """The domains for which anything was accepted in this run. Its memory is bounded."""

    def __init__(self) -> None:
        self._domains: set[str] = set()
        # Domains of whole batches are taken from them only if somebody asks.
        self._recent: deque[Sequence[str]] = deque(maxlen=_RECENT_BATCHES)

    def add(self, address: str) -> None:
        """Note that a message to this address was accepted."""
        if len(self._domains) < _MAX_DOMAINS:
            self._domains.add(domain_of(address))

    def add_all(self, addresses: Sequence[str]) -> None:
        """Note that a message to each of these addresses was accepted."""
        self._recent.append(addresses)
        if len(self._domains) < _ENOUGH:
            # Where a list has one domain alone, this looks at every address of every batch.
            domains = {address.rpartition("@")[2] for address in addresses}
            self._domains.update(sorted({domain.lower() for domain in domains})[:_ENOUGH])

    def has(self, domain: str) -> bool:
        """Whether this domain has accepted something, as far as is remembered."""
        return domain in self._domains or any(
            domain_of(address) == domain for batch in self._recent for address in batch
        )

    def has_other_than(self, domains: frozenset[str]) -> bool:
        """Whether a domain other than these has accepted something."""
        return not self._domains <= domains

    def __bool__(self) -> bool:
        return bool(self._domains)


class RefusalStreak:
    """Refusals in a row, each of another reader, since the last acceptance."""

    def __init__(self, accepted: AcceptedDomains) -> None:
        """Judge in view of the domains that have accepted something before."""
        self._accepted = accepted
        self._refusals: dict[int, Refusal] = {}

    def __len__(self) -> int:
        return len(self._refusals)

    @property
    def domains(self) -> frozenset[str]:
        """The domains that refused."""
        return frozenset(refusal.domain for refusal in self._refusals.values())

    def add(self, refusal: Refusal) -> None:
        """Count a refusal. The same reader's counts once."""
        self._refusals.pop(refusal.subscriber_id, None)
        self._refusals[refusal.subscriber_id] = refusal

    def has(self, subscriber_id: int) -> bool:
        """Whether this reader is among them."""
        return subscriber_id in self._refusals

    def clear(self) -> None:
        """A message was accepted."""
        self._refusals.clear()

    def is_about_us(self, *, is_other_domain_left: bool) -> bool:
        """Whether so many refusals can only be about us.

        `is_other_domain_left` says that readers of other domains can still be asked.
        """
        if len(self._refusals) < ENOUGH_EQUAL or self._is_of_one_refusing_domain():
            return False
        refusals = [*self._refusals.values()]
        domains = self.domains
        if len(domains) == 1 and is_other_domain_left and len(refusals) < ENOUGH_OF_ONE_DOMAIN:
            return False
        last = refusals[-1]
        if last.fault in _ABOUT_US and all(map(last.equals, refusals[-ENOUGH_EQUAL:])):
            return True
        # One domain that refuses what another one takes speaks for itself.
        return len(refusals) >= ENOUGH_OF_ANY_KIND and (
            len(domains) > 1 or not self._accepted.has_other_than(domains)
        )

    @property
    def only_domain(self) -> str:
        """The domain that refused, "" if there are several."""
        first, *others = self.domains or ("",)
        return "" if others else first

    def _is_of_one_refusing_domain(self) -> bool:
        """Whether a single domain refuses that never took anything, while others do."""
        domain = self.only_domain
        return (
            domain != ""
            and self._accepted.has_other_than(frozenset({domain}))
            and not self._accepted.has(domain)
        )

    @property
    def words(self) -> str:
        """The server's words in the last refusal, "" if there is none."""
        return next((refusal.words for refusal in reversed(self._refusals.values())), "")

    def stop(self) -> Stop | None:
        """Return the streak as a reason to stop; None if the server asks to come later."""
        refusals = [*self._refusals.values()]
        last = refusals[-1]
        if last.fault in ("server_later", "reader_later", "session"):
            return None
        named = (refusals[0], refusals[len(refusals) // 2], last)
        return Stop(
            # Where every reader is refused, whatever the reason given, it is the account.
            fault="message" if last.fault == "message" else "account",
            words=last.words,
            addresses=tuple(dict.fromkeys(refusal.address for refusal in named)),
        )


def domain_of(address: str) -> str:
    """Return the domain of an address, in lower case."""
    return address.rpartition("@")[2].lower()


def describe_stop(stop: Stop) -> str:
    """Return in a few sentences why everybody is refused, and what to do."""
    words = _words_and_addresses(stop)
    if stop.fault == "message":
        return (
            f"The mail server refuses this message, whoever it is for: {words} "
            "Nothing is wrong with these addresses. Look into the issue."
        )
    return (
        f"The mail server takes no more mail from this account: {words} "
        "Nothing is wrong with these addresses. The next run tries again."
    )


def describe_suspicion(stop: Stop) -> str:
    """Return in a few sentences why the last readers were refused, and what becomes of them."""
    return (
        f"The last ones were refused as if the account were at fault: {_words_and_addresses(stop)} "
        "If it is a used-up quota, it passes by itself: later runs try again. If not, ask your "
        "provider what the words mean."
    )


def _words_and_addresses(stop: Stop) -> str:
    """Return the server's own words, and the addresses for which it was asked."""
    *others, last = stop.addresses or ("",)
    question = f" It was asked for {', '.join(others)} and {last}." if others else ""
    if last and not others:
        question = f" It was asked for {last}."
    return f"{stop.words.rstrip('.')}.{question}"
