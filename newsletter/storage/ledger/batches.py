"""Claim a batch, and record what became of it.

A claim sets its deliveries to `unknown` and commits before anything is sent (intent before
act, rule 5 of docs/architecture.md): if the process dies then, the ledger already tells the
truth. Recipients who are tried again get a batch of their own, so a batch is one attempt; those
who were put off get one that is due later (`stragglers`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, Literal, cast

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from newsletter.models import DeliveryStatus, Fault, Receipt, ReceiptOutcome
from newsletter.models.delivery_state import (
    NEXT_STATUS,
    OutcomeCounts,
    batch_origins,
    batch_status_after,
    delivery_origins,
)
from newsletter.storage.ledger import stragglers
from newsletter.storage.ledger.transitions import (
    deliveries_in_status,
    move_batch,
    replan_pending,
    set_delivery_status,
)
from newsletter.storage.reader_records import mask_addresses
from newsletter.storage.tables import batch

#: The detail of a delivery whose reader unsubscribed between the freeze and the claim.
UNSUBSCRIBED_BEFORE_CLAIM = "left before the issue went out"

_OUTCOME = attrgetter("outcome", "detail", "fault")

_CLAIM = batch_origins("intent")
_EMPTY = batch_origins("empty")
_SUPPRESS = delivery_origins("suppressed")
# Narrower than the state machine: only a recall makes what was accepted unknown again, and only
# late proof accepts what is pending.
_IN_FLIGHT = delivery_origins("unknown", "pending")
_RECORD = {outcome: batch_origins(outcome, "intent", "unknown") for outcome in NEXT_STATUS}
_RECORD_DELIVERY = {status: delivery_origins(status, "unknown") for status in NEXT_STATUS.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The statement that a process is about to send a batch, committed before the socket opens."""

    attempt_id: str
    #: The process that holds the lease, see `delivery/ledger/lease_holder.py`.
    holder: str
    #: The end of the lease by the real clock. After it the holder counts as dead.
    lease_until: dt.datetime
    mailer: str
    #: The mailer's hold, by which the batch can be recalled. Without `send_at`: the id of the
    #: outbox it is written to, if several machines have one.
    hold_id: str = ""
    #: When the mailer sends what it holds.
    send_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchShare:
    """The planned batches that one process may claim: all by default."""

    #: The ids of these batches.
    ids: tuple[int, ...] = ()
    #: Every batch with a higher id also belongs to the share; those were planned later.
    after: int = 0
    #: Claim the batches up to this id first, from the end, since other processes begin at the
    #: front. Those planned later follow in their order, so that readers who are put back wait
    #: until everybody else was asked. 0: all in their order.
    backwards_from: int = 0

    def includes(self, batch_id: int) -> bool:
        """Whether a batch is part of this share."""
        return batch_id > self.after or batch_id in self.ids


EVERYTHING = BatchShare()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBatch:
    """A batch whose intent is committed."""

    id: int
    attempt_id: str
    #: The fencing token. Only a process that knows it may record an outcome.
    fence: int
    #: The key of the edition.
    edition: str
    #: (subscriber id, address) of each delivery.
    deliveries: tuple[tuple[int, str], ...]
    #: The link ids of their subscribers, by subscriber id; empty if the claim was made before.
    links: Mapping[int, str] = field(default_factory=dict)
    hold_id: str = ""
    send_at: dt.datetime | None = None
    #: Stragglers: for what each was put off, by subscriber id. Empty for a first try.
    put_off_for: Mapping[int, Fault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The outcome of a claimed batch."""

    status: ReceiptOutcome
    #: Subscriber ids by (new status of their delivery, detail, fault); None for the whole batch.
    outcomes: Mapping[tuple[DeliveryStatus, str, Fault | Literal[""]], Sequence[int] | None]
    #: The receipts of those who are tried again later.
    put_off: tuple[Receipt, ...] = ()
    #: (subscriber id, the server's words) of each address that is refused for good.
    gone: tuple[tuple[int, str], ...] = ()
    provider_id: str = ""
    #: The first detail of a receipt stands for the batch.
    detail: str = ""

    @classmethod
    def from_receipts(cls, receipts: tuple[Receipt, ...], counts: OutcomeCounts) -> BatchResult:
        """Return the outcome of a batch with these receipts, of which `counts` are the counts.

        Raise ValueError if there are none.
        """
        # Keys in the order of the receipts.
        kinds = cast(
            "dict[tuple[ReceiptOutcome, str, Fault | Literal['']], None]",
            dict.fromkeys(map(_OUTCOME, receipts)),
        )
        outcomes: dict[tuple[DeliveryStatus, str, Fault | Literal[""]], list[int] | None] = {}
        put_off = tuple(filter(_is_put_off, receipts)) if counts.not_sent else ()
        if len(kinds) == 1 and not put_off:
            ((outcome, detail, fault),) = kinds
            outcomes[NEXT_STATUS[outcome], detail, fault] = None
        else:
            outcomes.update(_ids_by_status(receipts))
        return cls(
            status=batch_status_after(counts),
            outcomes=outcomes,
            put_off=put_off,
            gone=tuple(
                (receipt.subscriber_id, receipt.detail)
                for receipt in (receipts if counts.refused else ())
                if receipt.outcome == "refused" and receipt.fault == "reader_gone"
            ),
            provider_id=next(
                (receipt.provider_id for receipt in receipts if receipt.provider_id), ""
            ),
            detail=next((detail for _, detail, _ in kinds if detail), ""),
        )


def is_planned(
    connection: Connection, issue_id: int, due: dt.datetime, share: BatchShare = EVERYTHING
) -> bool:
    """Whether a batch of the issue and the share can be claimed, stragglers if `due` by then."""
    query = _select_planned(limited=_is_limited(share)).with_only_columns(batch.c.id).limit(1)
    return connection.scalar(query, _parameters(issue_id, due, share)) is not None


def planned_ids(connection: Connection, issue_id: int, due: dt.datetime) -> tuple[int, ...]:
    """Return the ids of all batches that can be claimed, in order, stragglers if `due` by then."""
    query = _select_planned(limited=False).with_only_columns(batch.c.id)
    return tuple(connection.scalars(query, _parameters(issue_id, due, EVERYTHING)))


def is_any_planned(connection: Connection, issue_id: int) -> bool:
    """Whether any batch of the issue is planned, due or not."""
    query = select(batch.c.id).where(batch.c.issue_id == issue_id, batch.c.status == "planned")
    return connection.scalar(query.limit(1)) is not None


def count_in_flight(connection: Connection, issue_id: int) -> int:
    """Return the number of claimed batches without a result. Their holder may be dead."""
    query = select(func.count()).where(batch.c.issue_id == issue_id, batch.c.status == "intent")
    return int(connection.scalar(query) or 0)


def claim(
    connection: Connection,
    issue_id: int,
    intent: Intent,
    *,
    mailable: Callable[[Sequence[int]], Mapping[int, str]],
    now: dt.datetime,
    due: dt.datetime,
    share: BatchShare = EVERYTHING,
) -> ClaimedBatch | None:
    """Claim the next planned batch of the share; return None if no batch is left.

    A batch of stragglers can be claimed once it is `due`.
    `mailable` returns the link ids of those of these subscribers who still want mail.
    Deliveries to the others are suppressed in the same transaction.
    """
    while row := _lock_next(connection, issue_id, due, share):
        pending = deliveries_in_status(connection, row.id, ("pending",))
        wanted = mailable([subscriber for subscriber, _ in pending])
        if wanted:
            values = {"status": "intent"} | asdict(intent)
            moved = move_batch(connection, row.id, row.fence, _CLAIM, now=now, **values)
        else:
            moved = move_batch(connection, row.id, row.fence, _EMPTY, now=now, status="empty")
        if not moved:
            continue
        if len(wanted) < len(pending):
            unwanted = [subscriber for subscriber, _ in pending if subscriber not in wanted]
            set_delivery_status(
                connection,
                row.id,
                unwanted,
                "suppressed",
                UNSUBSCRIBED_BEFORE_CLAIM,
                origins=_SUPPRESS,
            )
            pending = tuple((s, address) for s, address in pending if s in wanted)
        if pending:
            faults = stragglers.faults_of(connection, row.id) if row.not_before else {}
            set_delivery_status(connection, row.id, None, "unknown", "", origins=_IN_FLIGHT)
            return _claimed_batch(row, intent, pending, wanted, faults)
    return None


def record(
    connection: Connection,
    batch_id: int,
    fence: int,
    result: BatchResult,
    *,
    now: dt.datetime,
    batch_size: int = 100,
) -> bool:
    """Store the outcome of a claimed batch; plan a new batch for what is pending again.

    Stragglers join batches of up to `batch_size` that are due later.

    Return False and change nothing if the batch moved on since its fencing token was `fence`.
    """
    values: dict[str, str] = {"status": result.status, "detail": mask_addresses(result.detail)}
    if result.provider_id:
        values["provider_id"] = result.provider_id
    if not move_batch(connection, batch_id, fence, _RECORD[result.status], now=now, **values):
        return False
    if result.put_off:
        stragglers.put_off(connection, batch_id, result.put_off, batch_size=batch_size, now=now)
    for (status, detail, fault), ids in result.outcomes.items():
        set_delivery_status(
            connection,
            batch_id,
            ids,
            status,
            detail,
            # Who is put back without being asked keeps the fault of an earlier answer.
            fault=None if status == "pending" else fault,
            origins=_RECORD_DELIVERY[status],
        )
    if any(status == "pending" for status, _, _ in result.outcomes):
        replan_pending(connection, batch_id, now)
    return True


def _lock_next(connection: Connection, issue_id: int, due: dt.datetime, share: BatchShare) -> Any:
    """Return the row of the batch to claim next, None if no batch of the share is left."""
    parameters = _parameters(issue_id, due, share)
    if share.backwards_from:
        bound = {"backwards_from": share.backwards_from}
        query = _select_next(limited=_is_limited(share), backwards=True)
        if row := connection.execute(query, parameters | bound).first():
            return row
    query = _select_next(limited=_is_limited(share), backwards=False)
    return connection.execute(query, parameters).first()


@cache
def _select_planned(*, limited: bool) -> Select[Any]:
    query = select(batch.c.id, batch.c.edition, batch.c.fence, batch.c.not_before).where(
        batch.c.issue_id == bindparam("of_issue"),
        batch.c.status == "planned",
        or_(batch.c.not_before.is_(None), batch.c.not_before <= bindparam("due")),
    )
    if limited:
        listed = batch.c.id.in_(bindparam("ids", expanding=True))
        query = query.where(or_(listed, batch.c.id > bindparam("after")))
    return query.order_by(batch.c.id)


@cache
def _select_next(*, limited: bool, backwards: bool) -> Select[Any]:
    query = _select_planned(limited=limited)
    if backwards:
        query = query.where(batch.c.id <= bindparam("backwards_from"))
        query = query.order_by(None).order_by(batch.c.id.desc())
    return query.limit(1).with_for_update(skip_locked=True)


def _is_put_off(receipt: Receipt) -> bool:
    return receipt.outcome == "not_sent" and receipt.fault != ""


def _ids_by_status(
    receipts: tuple[Receipt, ...],
) -> dict[tuple[DeliveryStatus, str, Fault | Literal[""]], list[int]]:
    """Return the subscriber ids by outcome, without those who are put off."""
    ids: dict[tuple[DeliveryStatus, str, Fault | Literal[""]], list[int]] = {}
    for receipt in receipts:
        if not _is_put_off(receipt):
            kind = (NEXT_STATUS[receipt.outcome], receipt.detail, receipt.fault)
            ids.setdefault(kind, []).append(receipt.subscriber_id)
    return ids


def _is_limited(share: BatchShare) -> bool:
    return bool(share.ids or share.after)


def _parameters(issue_id: int, due: dt.datetime, share: BatchShare) -> dict[str, Any]:
    parameters: dict[str, Any] = {"of_issue": issue_id, "due": due}
    if _is_limited(share):
        parameters |= {"ids": list(share.ids), "after": share.after}
    return parameters


def _claimed_batch(
    row: Any,
    intent: Intent,
    deliveries: tuple[tuple[int, str], ...],
    links: Mapping[int, str],
    put_off_for: Mapping[int, Fault],
) -> ClaimedBatch:
    return ClaimedBatch(
        id=row.id,
        attempt_id=intent.attempt_id,
        fence=row.fence + 1,
        edition=row.edition,
        deliveries=deliveries,
        links=links,
        hold_id=intent.hold_id,
        send_at=intent.send_at,
        put_off_for=put_off_for,
    )
