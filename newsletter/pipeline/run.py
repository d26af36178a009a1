"""The order of the work: collect, draft, notify, decide, send. What cron calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from newsletter.addressing.audience import active_rhythms
from newsletter.addressing.edition_choice import select_edition
from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.collect import collect, count_held_posts
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.delivery.mailboxes import process_mail_before_send
from newsletter.delivery.send import deliver_frozen
from newsletter.delivery.status import (
    NOBODY_MAILED,
    IssueProgress,
    Progress,
    issue_progress,
    outbox_folder,
)
from newsletter.editorial.draft import Draft, draft_issues
from newsletter.editorial.editions import editions_of
from newsletter.editorial.proof_copy import mail_edition
from newsletter.errors import MailerError, NotReady
from newsletter.models import Issue
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.pipeline.rehearsals import rehearsal_reminder, remember_reminder
from newsletter.pipeline.run_report import (
    RunReport,
    add_block,
    add_feeds,
    add_mail,
    add_remark,
    add_resumed,
    add_unknown,
    merge_reports,
    report_delivery,
    report_nothing,
)
from newsletter.pipeline.send import send
from newsletter.scheduling.next_slot import choose_next_slot
from newsletter.scheduling.send_policy import Decision, decide
from newsletter.sender.loop.wait_budget import WaitBudget
from newsletter.sender.mailers import NotNow
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from newsletter.subscriptions.erase import vacuum_erased
from newsletter.subscriptions.sign_up import (
    expire_unconfirmed,
    process_sign_ups,
    sign_up_limit_notice,
)

_Item = TypeVar("_Item")


def run(context: Context, *, yes: bool = False, progress: Progress | None = None) -> RunReport:
    """Do everything that is due now. Idempotent: safe at any time and any number of times.

    Holds the newsletter's lock while it collects and delivers. `yes` overrides the checks of
    the clock and of the gap between two issues. Raise SettingsError if the settings may not
    send, and Busy if another run holds the lock.
    """
    require_sendable(context)
    _process_sign_ups(context)
    vacuum_erased(context)
    # Before anything is frozen or resumed: requests and bounces by mail take effect first.
    mail = process_mail_before_send(context)
    current = _Run(context, yes=yes, progress=progress)
    with context.lock():
        report = current.resume_and_send()
    return add_mail(report, mail)


class _Run:
    """One run and its options."""

    def __init__(self, context: Context, *, yes: bool, progress: Progress | None) -> None:
        self._context = context
        self._yes = yes
        self._progress = progress
        self._wait_budget = WaitBudget()
        # Why no other issue may be frozen in this run, "" if one may.
        self._obstacle = ""

    def resume_and_send(self) -> RunReport:
        """Go on with what earlier runs began, then with everything else.

        Stragglers of an older issue hold up nothing. While a mailer takes nothing from us, the
        feeds are read and the drafts made, but no other issue is frozen.
        """
        resumed: list[IssueProgress] = []
        with snapshot(self._context.engine) as connection:
            unfinished = issues.issues_in_delivery(connection)
        for issue in unfinished:
            progress = self._resume_issue(issue)
            resumed.append(progress)
            if progress.interrupted:
                nothing = report_nothing("It was interrupted before anything else.", attention=True)
                return add_resumed(nothing, tuple(resumed))
            if not progress.complete and progress.issue.status in IN_DELIVERY:
                self._obstacle = f"It waits until issue {issue.number} can go on."
        return self._collect_and_send(resumed)

    def _collect_and_send(self, resumed: Sequence[IssueProgress]) -> RunReport:
        """Read the feeds, refresh the drafts and send every issue that is due and may go.

        The report is about the `resumed` issues as well.
        """
        context = self._context
        # Just before an issue a feed is read in full, whatever its cache headers say.
        feeds = collect(context, conditional=not self._is_due())
        with snapshot(context.engine) as connection:
            reminder = rehearsal_reminder(connection, context.settings)
        self._obstacle = self._obstacle or reminder
        drafts = draft_issues(context)
        name = "next" if len(drafts) == 1 else None
        report = _deliver_each(drafts, lambda draft: self._process_draft(draft, name))
        report = replace(report, reason=f"{report.reason} {drafts[0].greeting_warning}".strip())
        report = add_resumed(report, tuple(map(self._as_it_stands, resumed)))
        if reminder:
            with transaction(context.engine) as connection:
                remember_reminder(connection, context.clock())
        with snapshot(context.engine) as connection:
            report = add_feeds(report, feeds, held=count_held_posts(connection))
            report = add_block(report, reminder)
            report = add_block(report, stale_backup_warning(connection))
            report = add_unknown(report, deliveries.unknown_by_issue(connection))
        return add_remark(report, sign_up_limit_notice(context))

    def _resume_issue(self, issue: Issue) -> IssueProgress:
        with snapshot(self._context.engine) as connection:
            before = issue_progress(connection, self._context.config, issue)
        delivered = deliver_frozen(
            self._context, issue, progress=self._progress, wait_budget=self._wait_budget
        )
        if before.complete:
            # Only stragglers were left.
            return delivered
        reason = f"An interrupted delivery went on. {delivered.reason}"
        return replace(delivered, reason=reason)

    def _as_it_stands(self, resumed: IssueProgress) -> IssueProgress:
        """Return the progress of an older issue again, if a newer one has ended it meanwhile."""
        with snapshot(self._context.engine) as connection:
            stored = issues.by_number(connection, resumed.issue.number)
            if stored is None or stored.status == resumed.issue.status:
                return resumed
            progress = issue_progress(connection, self._context.config, stored)
        return replace(resumed, issue=stored, figures=progress.figures, reason=progress.reason)

    def _is_due(self) -> bool:
        """Whether the slot of any rhythm's next issue has come."""
        config, now = self._context.config, self._context.clock()
        with snapshot(self._context.engine) as connection:
            return any(
                choose_next_slot(connection, config, rhythm, now).due
                for rhythm in active_rhythms(connection, config.settings)
            )

    def _process_draft(self, draft: Draft, name: str | None) -> RunReport:
        """Send the draft's issue, or say why not. `name` is what commands call the issue."""
        if draft.issue is None:
            # The second rhythm is mentioned only once it has an issue.
            is_silent = draft.is_second and not draft.voided
            reason = "" if is_silent else self._explain_no_issue(draft)
            return report_nothing(reason, attention=bool(draft.voided))
        issue = self._notify_author(draft.issue)
        decision = self._decide(issue, due=draft.target.due, name=name or str(issue.number))
        if decision.act == "wait":
            reason = f"{draft.voided} {decision.reason}".strip()
            return report_nothing(reason, attention=decision.attention or bool(draft.voided))
        if self._obstacle:
            return report_nothing(f"{decision.reason} {self._obstacle}", attention=True)
        try:
            delivered = send(
                self._context,
                str(issue.number),
                progress=self._progress,
                mailbox_read=True,
                wait_budget=self._wait_budget,
            )
        except NotReady as error:
            return replace(report_nothing(str(error), attention=True), held=True)
        if delivered.refused == "account":
            self._obstacle = f"It waits until issue {issue.number} can go on."
        return report_delivery(replace(delivered, reason=f"{decision.reason} {delivered.reason}"))

    def _notify_author(self, issue: Issue) -> Issue:
        """Send the author a proof copy, once per draft, if the author may approve or veto."""
        context = self._context
        author = context.settings.newsletter.author_email
        approval = context.settings.issue.approval
        if issue.noticed_at is not None or approval == "auto" or issue.status != "draft":
            return issue
        if author:
            with snapshot(context.engine) as connection:
                edition = select_edition(editions_of(connection, context.config, issue))
            mail_edition(context, issue, edition, (author,))
        noticed = replace(issue, noticed_at=context.clock())
        with transaction(context.engine) as connection:
            issues.set_status(connection, issue.id, issue.status, noticed_at=noticed.noticed_at)
        return noticed

    def _decide(self, issue: Issue, *, due: bool, name: str) -> Decision:
        context, settings = self._context, self._context.settings.issue
        with snapshot(context.engine) as connection:
            newest = issues.newest_frozen(connection, issue.rhythm)
        return decide(
            issue,
            due=due,
            approval=settings.approval,
            veto_hours=settings.veto_hours,
            now=context.clock(),
            newest_sent=newest.frozen_at if newest else None,
            yes=self._yes,
            zone=context.zone,
            name=name,
        )

    def _explain_no_issue(self, draft: Draft) -> str:
        """Return why there is no issue, and when the next one is due."""
        context, target = self._context, draft.target
        with snapshot(context.engine) as connection:
            newest = issues.newest_frozen(connection, draft.rhythm)
            folder = outbox_folder(connection, context.config, newest) if newest else ""
        when = f"The next issue is due {target.slot.at.astimezone(context.zone):%A %Y-%m-%d %H:%M}."
        if target.due:
            return f"An issue is due, but nothing is sent. {draft.reason}"
        if newest is not None:
            what = f"was written to {folder}; {NOBODY_MAILED}" if folder else "is out"
            return f"{draft.reason} Issue {newest.number} ({newest.key}) {what}. {when}"
        return f"{draft.reason} {when}"


def _process_sign_ups(context: Context) -> None:
    """Send due confirmation mail and expire old sign-ups, as the public site does.

    The site may not be running.
    """
    expire_unconfirmed(context)
    try:
        process_sign_ups(context)
    except (MailerError, NotNow):
        # They stay queued. If the mailer is broken, sending the issue reports it.
        return


def _deliver_each(items: Sequence[_Item], deliver: Callable[[_Item], RunReport]) -> RunReport:
    """Deliver all items in order and merge the reports. Ctrl-C or SIGTERM starts no other."""
    reports: list[RunReport] = []
    for item in items:
        if any(sent.interrupted for report in reports for sent in report.sent):
            return add_remark(
                merge_reports(tuple(reports)), "It was interrupted before the next issue."
            )
        reports.append(deliver(item))
    return merge_reports(tuple(reports))
