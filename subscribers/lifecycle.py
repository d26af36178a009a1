"""The state machine of a subscriber's status: which change is allowed, and by whom. Pure.

    (new) ──▶ pending ──▶ active ──▶ unsubscribed
                                └──▶ bounced, complained

A person who unsubscribed, bounced or complained returns only by their own wish, through
pending and a new confirmation. Nothing that the author adds or imports revives them.
"""

from __future__ import annotations

from dataclasses import replace

from subscribers.models import Actor, Status, Subscriber

_ANYONE: frozenset[Actor] = frozenset({"subscriber", "author", "mailer"})
_BY_PERSON: frozenset[Actor] = frozenset({"subscriber", "author"})
_BY_SUBSCRIBER: frozenset[Actor] = frozenset({"subscriber"})
# The author imports bounces and complaints from another program's export.
_BY_MACHINE: frozenset[Actor] = frozenset({"mailer", "author"})
_BY_MAILER: frozenset[Actor] = frozenset({"mailer"})

_ALLOWED: dict[tuple[Status, Status], frozenset[Actor]] = {
    ("pending", "active"): _BY_PERSON,
    ("pending", "unsubscribed"): _ANYONE,
    ("pending", "bounced"): _BY_MACHINE,
    ("pending", "complained"): _BY_MACHINE,
    ("active", "unsubscribed"): _ANYONE,
    ("active", "bounced"): _BY_MACHINE,
    ("active", "complained"): _BY_MACHINE,
    ("bounced", "unsubscribed"): _BY_PERSON,
    ("bounced", "complained"): _BY_MAILER,
    ("unsubscribed", "complained"): _BY_MAILER,
    ("unsubscribed", "pending"): _BY_SUBSCRIBER,
    ("bounced", "pending"): _BY_SUBSCRIBER,
    ("complained", "pending"): _BY_SUBSCRIBER,
}
GONE: frozenset[Status] = frozenset({"unsubscribed", "bounced", "complained"})


def may_become(now: Status, then: Status, by: Actor) -> bool:
    """Return whether `by` may change a subscriber's status from `now` to `then`."""
    return by in _ALLOWED.get((now, then), frozenset())


def origins(then: Status, by: Actor) -> tuple[Status, ...]:
    """Return the statuses that `by` may change to `then`: the guard of a compare-and-set."""
    return tuple(now for (now, to), actors in _ALLOWED.items() if to == then and by in actors)


def status_by_author(now: Status, wanted: Status) -> Status:
    """Return the status of a known subscriber whom the author adds or imports as `wanted`.

    A person who left is not revived, and a confirmed subscriber does not go back to pending.
    """
    if now in GONE:
        return now
    return wanted if may_become(now, wanted, "author") else now


def stricter_status(first: Status, second: Status) -> Status:
    """Return the status that forbids more, where two sources disagree about a person."""
    order: tuple[Status, ...] = ("active", "pending", "unsubscribed", "bounced", "complained")
    return max(first, second, key=order.index)


def merge_subscriber(known: Subscriber, offered: Subscriber) -> Subscriber:
    """Return `known` after the author added or imported `offered`, the same person.

    Empty fields of `offered` erase nothing, and the address keeps its first spelling. A
    person who left stays unchanged, also while a new confirmation is pending.
    """
    if known.status in GONE or known.previous_status:
        return known
    return replace(
        known,
        status=status_by_author(known.status, offered.status),
        name=offered.name or known.name,
        hemisphere=offered.hemisphere or known.hemisphere,
        rhythm=offered.rhythm or known.rhythm,
        topics=offered.topics or known.topics,
        tags=offered.tags or known.tags,
        confirmed_at=known.confirmed_at or offered.confirmed_at,
        source=known.source or offered.source,
        signed_up_at=known.signed_up_at or offered.signed_up_at,
    )
