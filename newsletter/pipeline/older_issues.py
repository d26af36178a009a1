"""Older issues: a run goes on with what earlier runs began, before it sends anything new.

::

    resume ──▶ all have it, or only stragglers wait            holds up nothing
           ──▶ all sending is blocked (stale_backup)          none goes on
           ──▶ the mailer takes nothing from us                `obstacle`: no other issue is frozen
           ──▶ the same after `give_up_hours`, others have it  is passed over
                   └──▶ a newer issue is accepted  ──▶ give_up_passed_over: the rest has failed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from newsletter.context import Context
from newsletter.delivery.give_up import give_up_rest, may_be_passed_over
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.delivery.send import deliver_frozen
from newsletter.delivery.status import IssueProgress, Progress, issue_progress
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction


class OlderIssues:
    """The issues that were in delivery when the run began."""

    def __init__(
        self, context: Context, *, progress: Progress | None, wait_budget: WaitBudget
    ) -> None:
        self._context = context
        self._progress, self._wait_budget = progress, wait_budget
        self._resumed: list[IssueProgress] = []
        self._passed_over: list[IssueProgress] = []
        #: Why no other issue may be frozen in this run, "" if one may.
        self.obstacle = ""

    @property
    def resumed(self) -> tuple[IssueProgress, ...]:
        """The issues as they were left, oldest first."""
        return tuple(self._resumed)

    def resume(self) -> bool:
        """Go on with each; return False if that was interrupted.

        With none if something blocks all sending, which the run tells at its end.
        """
        with snapshot(self._context.engine) as connection:
            if stale_backup_warning(connection):
                return True
            unfinished = issues.issues_in_delivery(connection)
        for issue in unfinished:
            progress = self._resume(issue)
            self._resumed.append(progress)
            if progress.interrupted:
                return False
        return True

    def give_up_passed_over(self, sent: Sequence[IssueProgress]) -> None:
        """Give up the rest of those passed over, if newer ones show that the mailer takes ours."""
        context = self._context
        for older in self._passed_over:
            if any(
                newer.figures.accepted and newer.issue.rhythm == older.issue.rhythm
                for newer in sent
            ):
                with transaction(context.engine) as connection:
                    give_up_rest(connection, older, at=context.real_clock(), now=context.clock())

    def as_they_stand(self) -> tuple[IssueProgress, ...]:
        """Return the issues again: a newer one may have ended some of them meanwhile."""
        return tuple(map(self._as_it_stands, self._resumed))

    def _resume(self, issue: Issue) -> IssueProgress:
        context = self._context
        with snapshot(context.engine) as connection:
            before = issue_progress(connection, context.config, issue)
        delivered = deliver_frozen(
            context, issue, progress=self._progress, wait_budget=self._wait_budget
        )
        if not delivered.complete and delivered.issue.status in IN_DELIVERY:
            hours = context.settings.sender.give_up_hours
            is_stuck = delivered.figures.accepted == before.figures.accepted
            if is_stuck and may_be_passed_over(delivered, hours, now=context.clock()):
                self._passed_over.append(delivered)
            else:
                self.obstacle = f"It waits until issue {issue.number} can go on."
        if before.complete:
            # Only stragglers were left.
            return delivered
        return replace(delivered, reason=f"An interrupted delivery went on. {delivered.reason}")

    def _as_it_stands(self, resumed: IssueProgress) -> IssueProgress:
        context = self._context
        with snapshot(context.engine) as connection:
            stored = issues.by_number(connection, resumed.issue.number)
            if stored is None or stored.status == resumed.issue.status:
                return resumed
            progress = issue_progress(connection, context.config, stored)
        return replace(resumed, issue=stored, figures=progress.figures, reason=progress.reason)
