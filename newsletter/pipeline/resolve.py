"""A person's word on deliveries whose outcome nobody can find out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Literal

from sqlalchemy import Connection

from newsletter.errors import NotReady
from newsletter.models import Issue
from newsletter.pipeline.context import Context
from newsletter.pipeline.envelope import require_sendable
from newsletter.pipeline.holder import is_gone
from newsletter.pipeline.ledger import StoredLedger
from newsletter.pipeline.lookup import find
from newsletter.pipeline.older_backup import require_newest
from newsletter.pipeline.progress import Progress
from newsletter.pipeline.requests_by_mail import let_go
from newsletter.pipeline.send import deliver_frozen
from newsletter.pipeline.standing import Sent, standing, with_letters
from newsletter.sender.settle import settle
from newsletter.storage import deliveries, doubts, issues
from newsletter.storage.batches import Claimed
from newsletter.storage.engine import reading, writing

Word = Literal["resend", "leave"]
_MOVES: dict[Word, Callable[..., bool]] = {"resend": doubts.resend, "leave": doubts.leave}


def resolve(context: Context, name: str, word: Word, *, progress: Progress | None = None) -> Sent:
    """Decides about every unknown delivery of an issue, and delivers what is to be resent.

    What the mailer can find out by itself is settled first, so that only true doubt is
    decided. resend: they may get it twice, but surely once. leave: they count as failed.
    Raises NotReady for an issue not yet frozen, and for resending a cancelled one or where the
    database lacks what was sent.
    """
    with context.lock():
        issue = _decidable(context, name, word)
        letters = let_go(context) if word == "resend" else ""
        with closing(context.mailer()) as mailer:
            found = settle(StoredLedger(context, issue), mailer)
        unsent = found.tally.not_sent > 0 or found.called_back > 0
        count = _decide(context, issue, word)
        with reading(context.engine) as connection:
            issue = find(context, connection, str(issue.number))
        going = issue.status in ("frozen", "sending")
        if word == "resend" and (count or unsent) and going:
            return with_letters(deliver_frozen(context, issue, progress=progress), letters)
        said = _said(issue, word, count)
        if unsent and going:
            said += f" `newsletter send {issue.number}` goes on with what was surely not sent."
        return with_letters(standing(context, issue, said), letters)


def _decidable(context: Context, name: str, word: Word) -> Issue:
    with reading(context.engine) as connection:
        issue = find(context, connection, name)
    if issue.frozen_at is None:
        raise NotReady(f"Issue {issue.number} has not gone out: nothing of it is in doubt.")
    if word == "resend":
        if issue.status == "cancelled":
            raise NotReady(
                f"Issue {issue.number} is cancelled; nothing more of it is sent.",
                cure=f"Close the doubt with `newsletter resolve {issue.number} --leave`.",
            )
        require_sendable(context)
    return issue


def _decide(context: Context, issue: Issue, word: Word) -> int:
    """How many deliveries were decided about."""
    now = context.clock()
    count = 0
    with writing(context.engine) as connection:
        if word == "resend":
            require_newest(connection)
        doubts.abandon(connection, issue.id, at=context.real_clock(), gone=is_gone, now=now)
        for batch_id in doubts.in_doubt(connection, issue.id):
            attempt: Claimed = doubts.attempt(connection, batch_id)
            if _MOVES[word](connection, attempt, now):
                count += len(attempt.deliveries)
        _reopen(connection, issue)
    return count


def _reopen(connection: Connection, issue: Issue) -> None:
    """Nothing is pending of an issue that is sent."""
    pending = deliveries.figures(connection, issue.id).pending
    if pending and issues.status_of(connection, issue.id) == "sent":
        issues.set_status(connection, issue.id, "sending", sent_at=None)


def _said(issue: Issue, word: Word, count: int) -> str:
    if not count:
        return "Nothing of it is in doubt."
    if word == "leave":
        return f"{count} in doubt were left."
    return (
        f"{count} in doubt are to be sent again; the issue is stopped: "
        f"`newsletter resume {issue.number}` lets it go on."
    )
