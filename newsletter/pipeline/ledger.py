"""The sender's ledger, kept in the database."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from sqlalchemy import Connection

from newsletter.models import DeliveryStatus, Issue, Receipt
from newsletter.pipeline.context import Context
from newsletter.pipeline.envelope import envelope
from newsletter.pipeline.holder import is_gone, this_holder
from newsletter.pipeline.outbox_place import outbox_place
from newsletter.pipeline.readers import recipients
from newsletter.sender.batch import Batch, Hold
from newsletter.sender.breaker import Backlash, alarm
from newsletter.sender.states import NEXT_STATUS, after, tally
from newsletter.storage import backlash, batches, doubts, evidence, issues
from newsletter.storage.batches import EVERYTHING, Claimed, Intent, Share
from newsletter.storage.engine import consult, persist, reading, writing
from subscribers import storage as people

# Longer than any batch takes to hand over. A holder that dies on this machine is found out
# at once; one on another machine is given this long.
LEASE = dt.timedelta(minutes=15)
_GOING = ("frozen", "sending")


class StoredLedger:
    """The deliveries of one frozen issue. Each call commits before it returns.

    `holder` names this process, and `gone` tells of another whether it is surely dead.
    Only batches of its `share` are claimed, and none once we are `leaving`. `alarm` says why
    the issue was stopped by itself, "" while it was not.
    """

    def __init__(
        self,
        context: Context,
        issue: Issue,
        *,
        holder: str = "",
        gone: Callable[[str], bool] = is_gone,
        share: Share = EVERYTHING,
        leaving: Callable[[], bool] = lambda: False,
    ) -> None:
        if issue.frozen_at is None:
            raise ValueError("only a frozen issue has deliveries")
        self._context = context
        self._issue = issue
        self._date = issue.frozen_at
        self._envelope = envelope(context.settings)
        self._place = outbox_place(context)
        self._holder = holder or this_holder()
        self._gone = gone
        self._share = share
        self._leaving = leaving
        self.alarm = ""
        with reading(context.engine) as connection:
            self._editions = {one.key: one for one in issues.editions_of(connection, issue)}
            self._accepted, self._refused = backlash.handed_over(connection, issue.id)
            self._was_tripped = backlash.is_tripped(connection, issue.id)

    def has_work(self) -> bool:
        """Whether a batch waits and the issue may go out."""
        return not self._leaving() and consult(self._context.engine, self._has_work)

    def _has_work(self, connection: Connection) -> bool:
        status = issues.status_of(connection, self._issue.id)
        return status in _GOING and batches.is_planned(connection, self._issue.id, self._share)

    def claim(self, hold: Hold | None) -> Batch | None:
        """The next batch, its intent committed; None when none is left or it is stopped."""
        intent = Intent(
            attempt_id=uuid.uuid4().hex,
            holder=self._holder,
            lease_until=self._context.real_clock() + LEASE,
            mailer=self._context.settings.sender.mailer,
            hold_id=hold.id if hold else self._place,
            send_at=hold.send_at if hold else None,
        )
        tries = count()
        claimed = persist(
            self._context.engine,
            lambda connection: self._claim(connection, intent, again=next(tries) > 0),
            beside=True,
        )
        return self.batch_of(claimed) if claimed else None

    def _claim(self, connection: Connection, intent: Intent, *, again: bool) -> Claimed | None:
        if again and (before := evidence.batch_of_attempt(connection, intent.attempt_id)):
            # It was committed after all, when the connection to the database was lost.
            return doubts.attempt(connection, before.id)
        status = issues.status_of(connection, self._issue.id)
        if status not in _GOING or self._trip(connection):
            return None
        if status == "frozen":
            issues.set_status(connection, self._issue.id, "sending")
        return batches.claim(
            connection,
            self._issue.id,
            intent,
            mailable=lambda ids: people.mailable_ids(connection, ids),
            now=self._context.clock(),
            share=self._share,
        )

    def record(self, batch: Batch, receipts: tuple[Receipt, ...]) -> None:
        """Writes what became of a batch; what was not sent may be claimed again.

        Where another has taken the batch meanwhile, only what was accepted counts.
        """
        found_now = tally(receipts)
        self._accepted += found_now.accepted
        self._refused += found_now.refused
        outcomes: dict[tuple[DeliveryStatus, str], list[int]] = {}
        for receipt in receipts:
            key = (NEXT_STATUS[receipt.outcome], receipt.detail)
            outcomes.setdefault(key, []).append(receipt.subscriber_id)
        written = persist(
            self._context.engine,
            lambda connection: batches.record(
                connection,
                batch.id,
                batch.fence,
                outcomes,
                status=after(found_now),
                provider_id=next((r.provider_id for r in receipts if r.provider_id), ""),
                detail=next((r.detail for r in receipts if r.detail), ""),
                now=self._context.clock(),
            ),
            beside=True,
        )
        accepted = [r.subscriber_id for r in receipts if r.outcome == "accepted"]
        if not written and accepted:
            # It may have been planned anew and claimed: no turn beside others for this.
            persist(
                self._context.engine,
                lambda connection: evidence.accept(
                    connection, batch.id, accepted, now=self._context.clock()
                ),
            )

    def unsettled(self) -> Iterator[Batch]:
        """Batches whose outcome is unknown and that nobody is at work on."""
        with writing(self._context.engine) as connection:
            doubts.abandon(
                connection,
                self._issue.id,
                at=self._context.real_clock(),
                gone=self._gone,
                now=self._context.clock(),
            )
            # What another mailer was given, before the settings changed, this one cannot know,
            # nor this outbox what was written to another machine's.
            mailer = self._context.settings.sender.mailer
            found = doubts.in_doubt(connection, self._issue.id, mailer, self._place)
        for batch_id in filter(self._share.holds, found):
            with reading(self._context.engine) as connection:
                claimed = doubts.attempt(connection, batch_id)
            yield self.batch_of(claimed)

    def in_another_outbox(self) -> bool:
        """Whether something in doubt was written, if at all, on another machine."""
        if not self._place:
            return False
        with reading(self._context.engine) as connection:
            there = doubts.in_doubt(connection, self._issue.id, "outbox")
            return there != doubts.in_doubt(connection, self._issue.id, "outbox", self._place)

    def alarm_elsewhere(self) -> str:
        """Why another machine stopped the issue while we were at it, "" if none did."""
        with reading(self._context.engine) as connection:
            if self._was_tripped or not backlash.is_tripped(connection, self._issue.id):
                return ""
            self._accepted, self._refused = backlash.handed_over(connection, self._issue.id)
            return self._alarmed(self._too_much(connection) or "too much came back")

    def void(self, batch: Batch) -> None:
        """The batch was called back whole: everybody in it may be claimed again."""
        with writing(self._context.engine) as connection:
            doubts.void(connection, batch.id, batch.fence, self._context.clock())

    def _trip(self, connection: Connection) -> bool:
        """Whether too much came back: the issue is stopped then, once, for a person to look."""
        if not self._too_much(connection):
            return False
        # What the others handed over and got back counts as well: look it up before we act.
        self._accepted, self._refused = backlash.handed_over(connection, self._issue.id)
        why = self._too_much(connection)
        if not why or not backlash.trip(connection, self._issue.id, self._context.clock()):
            return False
        self.alarm = self._alarmed(why)
        return True

    def _too_much(self, connection: Connection) -> str:
        back = backlash.reported(connection, self._issue.id)
        return alarm(
            Backlash(
                handed_over=self._accepted + self._refused,
                bounced=back.get("bounce", 0),
                complained=back.get("spamreport", 0),
                refused=self._refused + back.get("dropped", 0),
            )
        )

    def _alarmed(self, why: str) -> str:
        return (
            f"It was stopped: {why}. See whom the list holds, then let it go on with "
            f"`newsletter resume {self._issue.number}`."
        )

    def batch_of(self, claimed: Claimed) -> Batch:
        """A claimed batch as a mailer wants it."""
        hold = Hold(id=claimed.hold_id, send_at=claimed.send_at) if claimed.send_at else None
        names = self._names([subscriber for subscriber, _ in claimed.deliveries])
        return Batch(
            id=claimed.id,
            attempt_id=claimed.attempt_id,
            fence=claimed.fence,
            hold=hold,
            issue=self._issue.number,
            issue_key=self._issue.key,
            edition=self._editions[claimed.edition],
            recipients=recipients(self._context, claimed.deliveries, names),
            date=self._date,
            envelope=self._envelope,
        )

    def _names(self, ids: Sequence[int]) -> Mapping[int, str]:
        """The readers' names, asked for only where messages greet by name."""
        if not self._context.settings.newsletter.salutation:
            return {}
        return consult(self._context.engine, lambda connection: people.names_of(connection, ids))
