"""Failed deliveries of an issue: how many, who and why, and a second chance for those not at fault.

The counts serve the circuit breaker, which stops an issue that fails too often.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import get_args

from sqlalchemy import Connection, bindparam, func, select, update

from newsletter.models import DeliveryStatus, Fault
from newsletter.models.delivery_state import delivery_origins, issue_origins
from newsletter.storage.ledger.retention import summed_readers
from newsletter.storage.ledger.transitions import CANCELLED, LEFT, NOT_ACCEPTED, add_batch
from newsletter.storage.tables import batch, delivery, event, issue

#: The faults after which another try makes sense: the reader's address is not dead, and the
#: reader did not refuse. Without a fault nobody was asked, or nobody can say.
RETRYABLE: tuple[Fault, ...] = ("account", "message", "session", "server_later", "reader_later")
FAULTS: tuple[Fault, ...] = get_args(Fault)

# Narrower than the state machine: a failed delivery alone gets a second chance.
_RETRY = delivery_origins("pending", "failed")
# What differs from one answer to the next: addresses, numbers, queue ids.
_VARIABLE = re.compile(r"(?<!\S)\S*[\d…@]\S*")
_STOP = issue_origins("stopped")
_REPORTED_KINDS = ("bounce", "dropped", "spamreport")
_REPORTED = (
    select(event.c.kind, func.count(event.c.subscriber_id.distinct()))
    .where(event.c.issue_id == bindparam("of_issue"), event.c.kind.in_(_REPORTED_KINDS))
    .group_by(event.c.kind)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryGroup:
    """Deliveries that failed, or wait, for the same reason."""

    #: "failed" or, for stragglers, "pending".
    status: DeliveryStatus
    #: Whose fault it is: a `Fault`, "" if nobody can say.
    fault: str
    #: The server's own words, of the first of them.
    detail: str
    addresses: tuple[str, ...]

    @property
    def is_retryable(self) -> bool:
        """Whether `resolve --retry-failed` sends to them again."""
        return self.status == "failed" and self.fault in RETRYABLE


def group_failures(connection: Connection, issue_id: int) -> tuple[DeliveryGroup, ...]:
    """Return the issue's failed deliveries and its stragglers by reason, the largest group first.

    Answers that differ in addresses and numbers only are one reason.
    """
    columns = (delivery.c.status, delivery.c.fault, delivery.c.detail, delivery.c.address)
    failed = select(*columns).where(
        delivery.c.issue_id == issue_id, delivery.c.status == "failed", NOT_ACCEPTED
    )
    # Stragglers are in batches of their own: no need to look at every delivery of the issue.
    late = select(batch.c.id).where(
        batch.c.issue_id == issue_id, batch.c.status == "planned", batch.c.not_before.is_not(None)
    )
    stragglers = select(*columns).where(
        delivery.c.batch_id.in_(late),
        delivery.c.status == "pending",
        delivery.c.deferred_at.is_not(None),
    )
    groups: dict[tuple[str, str, str, str], list[tuple[DeliveryStatus, str, str]]] = {}
    rows = chain(
        connection.execute(failed.order_by(delivery.c.id)),
        connection.execute(stragglers.order_by(delivery.c.id)),
    )
    for row in rows:
        words = _VARIABLE.sub("", row.detail)
        group = groups.setdefault((row.status, row.fault, row.detail[:3], words), [])
        group.append((row.status, row.detail, row.address))
    delivery_groups = [
        DeliveryGroup(
            status=of_reason[0][0],
            fault=key[1],
            detail=of_reason[0][1],
            addresses=tuple(address for _, _, address in of_reason),
        )
        for key, of_reason in groups.items()
    ]
    return tuple(sorted(delivery_groups, key=lambda group: -len(group.addresses)))


def count_retryable(connection: Connection, issue_id: int, reason: str) -> int:
    """Return how many failed deliveries `plan_again` would plan."""
    return sum(1 for _ in _retryable(connection, issue_id, reason))


def plan_again(
    connection: Connection, issue_id: int, reason: str, *, batch_size: int, now: dt.datetime
) -> int:
    """Plan failed deliveries again that were not the reader's own fault; return their number.

    `reason` is a fault or a part of the server's words, "" for all. They are put off anew, and
    given up anew, as if they had never been tried. Needs a transaction that is not shared.
    """
    by_edition: dict[str, list[int]] = {}
    for delivery_id, edition in _retryable(connection, issue_id, reason):
        by_edition.setdefault(edition, []).append(delivery_id)
    for edition, ids in by_edition.items():
        for start in range(0, len(ids), batch_size):
            batch_id = add_batch(connection, issue_id, edition, now)
            connection.execute(
                update(delivery)
                .where(
                    delivery.c.id.in_(ids[start : start + batch_size]),
                    delivery.c.status.in_(_RETRY),
                )
                .values(status="pending", batch_id=batch_id, tries=0, deferred_at=None)
            )
    return sum(map(len, by_edition.values()))


def _retryable(connection: Connection, issue_id: int, reason: str) -> Iterator[tuple[int, str]]:
    """Yield (delivery id, edition) of each failed delivery that can be sent again."""
    query = (
        select(delivery.c.id, batch.c.edition, delivery.c.detail, delivery.c.fault)
        .join(batch, batch.c.id == delivery.c.batch_id)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.status == "failed",
            NOT_ACCEPTED,
            delivery.c.fault.in_(RETRYABLE),
            delivery.c.detail.not_in((CANCELLED, LEFT)),
        )
        .order_by(delivery.c.id)
    )
    for row in connection.execute(query):
        by_fault = row.fault == reason if reason in FAULTS else False
        if not reason or by_fault or reason.casefold() in row.detail.casefold():
            yield row.id, row.edition


def handed_over(connection: Connection, issue_id: int) -> tuple[int, int]:
    """Return how many deliveries were accepted, and how many refused."""
    # A straggler that was given up says nothing about the list.
    is_refused = (
        (delivery.c.status == "failed")
        & delivery.c.detail.not_in((CANCELLED, LEFT))
        & (delivery.c.fault != "reader_later")
    )
    is_accepted = delivery.c.status == "accepted"
    row = connection.execute(
        select(func.count().filter(is_accepted), func.count().filter(is_refused)).where(
            delivery.c.issue_id == issue_id
        )
    ).one()
    return int(row[0]), int(row[1])


def reported_failures(connection: Connection, issue_id: int) -> dict[str, int]:
    """Return the number of readers with a bounce, a drop or a complaint, by kind of event."""
    readers = summed_readers(connection, issue_id)
    counts = Counter({kind: readers[kind] for kind in _REPORTED_KINDS if kind in readers})
    for kind, count in connection.execute(_REPORTED, {"of_issue": issue_id}):
        counts[kind] += count
    return dict(counts)


def trip(connection: Connection, issue_id: int, now: dt.datetime) -> bool:
    """Stop the issue unless the breaker has tripped before; return whether it did.

    It trips once per issue: resuming is the author's decision.
    """
    query = (
        update(issue)
        .where(issue.c.id == issue_id, issue.c.tripped_at.is_(None), issue.c.status.in_(_STOP))
        .values(status="stopped", tripped_at=now)
    )
    return connection.execute(query).rowcount == 1


def is_tripped(connection: Connection, issue_id: int) -> bool:
    """Whether the breaker has ever stopped the issue."""
    return connection.scalar(select(issue.c.tripped_at).where(issue.c.id == issue_id)) is not None
