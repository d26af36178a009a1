"""Which status may become which, and by whom. Pure.

    (new) ──▶ pending ──▶ active ──▶ unsubscribed
                                └──▶ bounced, complained

Whoever left, bounced or complained comes back only by their own wish, through pending and
a new confirmation; nothing the author adds or imports revives them.
"""

from __future__ import annotations

from subscribers.models import Actor, Status

_ANYONE: frozenset[Actor] = frozenset({"subscriber", "author", "mailer"})
_BY_PERSON: frozenset[Actor] = frozenset({"subscriber", "author"})
_BY_SUBSCRIBER: frozenset[Actor] = frozenset({"subscriber"})
# The author brings bounces and complaints in with another program's export.
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
    """Whether `by` may turn a subscriber's status from `now` into `then`."""
    return by in _ALLOWED.get((now, then), frozenset())


def origins(then: Status, by: Actor) -> tuple[Status, ...]:
    """The statuses `by` may turn into `then`: for a guarded update."""
    return tuple(now for (now, to), actors in _ALLOWED.items() if to == then and by in actors)


def on_authors_word(now: Status, wanted: Status) -> Status:
    """The status of a known subscriber whom the author adds or imports as `wanted`.

    Nobody is revived, and nobody who has confirmed is sent back to pending.
    """
    if now in GONE:
        return now
    return wanted if may_become(now, wanted, "author") else now


def graver(first: Status, second: Status) -> Status:
    """The status that forbids more, where two sources disagree about one person."""
    order: tuple[Status, ...] = ("active", "pending", "unsubscribed", "bounced", "complained")
    return max(first, second, key=order.index)
