"""The order of the work: collect, draft, tell the author, decide, send. What cron calls."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

from newsletter.addressing.audience import active_rhythms
from newsletter.addressing.envelope import require_sendable
from newsletter.collecting.collect import FeedReport, collect_posts, copy_reported_pictures
from newsletter.collecting.picture_copying import has_missing_copies
from newsletter.context import Context
from newsletter.delivery.ledger.stale_backup import stale_backup_warning
from newsletter.delivery.mailboxes import MailResult, process_mail
from newsletter.delivery.retention import sum_up_old_deliveries
from newsletter.delivery.status import NOBODY_MAILED, Progress, outbox_folder
from newsletter.delivery.suppressions import sync_daily
from newsletter.editorial.approval import altered_sentence, is_altered
from newsletter.editorial.draft import Draft, draft_issues
from newsletter.editorial.pinned_edits import edits_sentence, unsent_edits_sentence
from newsletter.errors import Busy, MailerError, NotReady, SendingRefused
from newsletter.models import Issue
from newsletter.notices.author_notices import AuthorNotices
from newsletter.notices.notice import join_sentences
from newsletter.notices.run_notices import (
    delivery_notices,
    feed_notice,
    held_notice,
    lost_issue_notice,
    older_posts_notice,
    posts_notice,
    refused_notice,
    remark_notice,
    stopped_notice,
    unknown_notice,
)
from newsletter.pipeline.older_issues import OlderIssues
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
from newsletter.pipeline.send import send_issue
from newsletter.scheduling.next_slot import choose_next_slot, skip_sentence
from newsletter.scheduling.run_times import latest_known_time
from newsletter.scheduling.send_policy import Decision, decide
from newsletter.sender.loop.rate_limit import WaitBudget
from newsletter.sender.mailers import NotNow
from newsletter.storage import feeds as stored_feeds
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from newsletter.storage.ledger.failures import group_failures
from newsletter.subscriptions.erase import delete_erased_copies, vacuum_erased
from newsletter.subscriptions.sign_up import (
    expire_unconfirmed,
    process_sign_ups,
    sign_up_limit_notice,
)

_LOCK_TRIES = 30


def run(context: Context, *, yes: bool = False, progress: Progress | None = None) -> RunReport:
    """Do everything that is due now. Idempotent: safe at any time and any number of times.

    Holds the newsletter's lock while it collects and delivers. `yes` overrides the checks of
    the clock and of the gap between two issues. Raise SettingsError if the settings may not
    send, and Busy if another run holds the lock.
    """
    require_sendable(context.settings, context.secrets, context.mailer)
    _process_sign_ups(context)
    vacuum_erased(context)
    delete_erased_copies(context)
    # Before anything is frozen or resumed: requests and bounces by mail take effect first.
    mail = replace(process_mail(context), elsewhere=sync_daily(context))
    with ExitStack() as lock:
        lock.enter_context(context.lock())
        current = _Run(context, mail, lock, yes=yes, progress=progress)
        return current.resume_and_send()


class _Run:
    """One run and its options."""

    def __init__(
        self,
        context: Context,
        mail: MailResult,
        lock: ExitStack,
        *,
        yes: bool,
        progress: Progress | None,
    ) -> None:
        self._context = context
        self._lock = lock
        self._mail = mail
        self._notices = AuthorNotices(context)
        self._yes = yes
        self._progress = progress
        self._wait_budget = WaitBudget()
        self._older = OlderIssues(context, progress=progress, wait_budget=self._wait_budget)
        # Why no other issue may be frozen in this run, "" if one may.
        self._obstacle = ""

    def resume_and_send(self) -> RunReport:
        """Go on with what earlier runs began, then with everything else.

        Stragglers of an older issue hold up nothing. While a mailer takes nothing from us, the
        feeds are read and the drafts made, but no other issue is frozen until the older one's
        hours are over.
        """
        if not self._older.resume():
            nothing = report_nothing("It was interrupted before anything else.", attention=True)
            return self._tell(add_resumed(nothing, self._older.resumed), complete=False)
        self._obstacle = self._older.obstacle or self._mail.explain_unread(self._context.settings)
        return self._collect_and_send()

    def _take_lock_again(self) -> None:
        """Wait a while for a command of the author's that has begun meanwhile. Raise Busy."""
        for _ in range(_LOCK_TRIES):
            try:
                self._lock.enter_context(self._context.lock())
            except Busy:
                self._context.wait(1.0)
            else:
                return
        self._lock.enter_context(self._context.lock())

    def _collect_and_send(self) -> RunReport:
        """Read the feeds, refresh the drafts and send every issue that is due and may go."""
        context = self._context
        # Just before an issue a feed is read in full, whatever its cache headers say.
        feeds = collect_posts(context, conditional=not self._is_due())
        if has_missing_copies(context.engine, context.settings):
            # Their servers may be slow, and the author may want to act meanwhile.
            self._lock.close()
            feeds = copy_reported_pictures(context.engine, context.settings, feeds)
            self._take_lock_again()
        with snapshot(context.engine) as connection:
            reminder = rehearsal_reminder(connection, context.settings)
        self._obstacle = self._obstacle or reminder
        drafts = draft_issues(context)
        name = "next" if len(drafts) == 1 else None
        report = self._process_drafts(drafts, name)
        self._older.give_up_passed_over(report.sent)
        report = replace(report, reason=f"{report.reason} {drafts[0].greeting_warning}".strip())
        report = add_resumed(report, self._older.as_they_stand())
        if reminder:
            with transaction(context.engine) as connection:
                remember_reminder(connection, context.clock())
        with snapshot(context.engine) as connection:
            held = posts.in_state(connection, "held")
            unknown = tuple(deliveries.unknown_by_issue(connection))
            stale = stale_backup_warning(connection)
            flood = sign_up_limit_notice(connection, context.config, context.real_clock())
        report = add_feeds(report, feeds, held=len(held))
        report = add_block(add_block(report, reminder), stale)
        report = add_unknown(report, unknown)
        self._add_feed_notices(feeds)
        if held:
            self._notices.add(posts_notice(held))
        for block in filter(None, (reminder, stale)):
            self._notices.add(held_notice(block))
        for number, count in unknown:
            self._notices.add(unknown_notice(number, count))
        if flood:
            self._notices.add(remark_notice("sign-ups", flood))
        interrupted = any(sent.interrupted for sent in report.sent)
        if not interrupted:
            sum_up_old_deliveries(context)
        return self._tell(add_remark(report, flood), complete=not interrupted)

    def _add_feed_notices(self, feeds: Sequence[FeedReport]) -> None:
        with snapshot(self._context.engine) as connection:
            by_url = {feed.url: feed for feed in stored_feeds.all_feeds(connection)}
        for feed in feeds:
            if feed.status == "failed":
                self._notices.add(feed_notice(feed, by_url.get(feed.url)))
            if feed.older:
                self._notices.add(older_posts_notice(feed))

    def _tell(self, report: RunReport, *, complete: bool) -> RunReport:
        """Tell of the deliveries and of what came by mail; return the report with what is news."""
        context = self._context
        numbers: set[int] = set()
        for progress in report.sent:
            with snapshot(context.engine) as connection:
                failures = group_failures(connection, progress.issue.id)
            numbers.add(progress.issue.number)
            for notice in delivery_notices(
                progress, failures, now=context.clock(), zone=context.zone
            ):
                self._notices.add(notice)
        with snapshot(context.engine) as connection:
            every = issues.all_issues(connection)
        for issue in every:
            is_stopped = issue.status == "stopped" and issue.frozen_at is not None
            if is_stopped and issue.number not in numbers:
                self._notices.add(stopped_notice(issue, ""))
        report = add_mail(report, self._mail)
        if self._mail.notice:
            self._notices.add(remark_notice("mailbox", self._mail.notice))
        if not complete:
            # Each interrupted run is a state of its own.
            moment = context.real_clock().isoformat()
            self._notices.add(replace(remark_notice("run", report.reason), state=moment))
        unsaid = self._notices.finish(complete=complete)
        return replace(add_remark(report, self._notices.problem), notices=unsaid)

    def _is_due(self) -> bool:
        """Whether the slot of any rhythm's next issue has come."""
        config, now = self._context.config, self._context.clock()
        with snapshot(self._context.engine) as connection:
            return any(
                choose_next_slot(connection, config, rhythm, now).due
                for rhythm in active_rhythms(connection, config.settings)
            )

    def _process_drafts(self, drafts: Sequence[Draft], name: str | None) -> RunReport:
        """Process all drafts in order and merge the reports. An interruption starts no other."""
        reports: list[RunReport] = []
        for draft in drafts:
            if any(sent.interrupted for report in reports for sent in report.sent):
                remark = "It was interrupted before the next issue."
                return add_remark(merge_reports(tuple(reports)), remark)
            reports.append(self._process_draft(draft, name))
        return merge_reports(tuple(reports))

    def _process_draft(self, draft: Draft, name: str | None) -> RunReport:
        """Send the draft's issue, or say why not. `name` is what commands call the issue."""
        if draft.issue is None:
            # The second rhythm is mentioned only once it has an issue.
            is_silent = draft.is_second and not draft.voided
            reason = "" if is_silent else self._explain_no_issue(draft)
            if draft.voided:
                self._notices.add(lost_issue_notice(draft.reason))
            return report_nothing(reason, attention=bool(draft.voided))
        name = name or str(draft.issue.number)
        issue = self._tell_author(draft, draft.issue, name)
        decision = self._decide(issue, due=draft.target.due, name=name)
        news = join_sentences((draft.missed, draft.voided))
        if decision.act == "wait":
            return self._report_waiting(draft, issue, decision, news)
        edits = unsent_edits_sentence(draft.edited)
        decision = replace(decision, reason=join_sentences((news, decision.reason, edits)))
        if self._obstacle:
            return report_nothing(f"{decision.reason} {self._obstacle}", attention=True)
        try:
            delivered = send_issue(
                self._context, issue, progress=self._progress, wait_budget=self._wait_budget
            )
        except NotReady as error:
            self._notices.add(held_notice(str(error), issue))
            return replace(report_nothing(str(error), attention=True), held=True)
        except SendingRefused as error:
            self._notices.add(refused_notice(issue.number, str(error), error.fault))
            if error.fault == "account":
                self._obstacle = f"It waits until issue {issue.number} can go out."
            return report_nothing(f"{decision.reason} {error}", attention=True)
        if delivered.refused == "account":
            self._obstacle = f"It waits until issue {issue.number} can go on."
        return report_delivery(replace(delivered, reason=f"{decision.reason} {delivered.reason}"))

    def _report_waiting(
        self, draft: Draft, issue: Issue, decision: Decision, news: str
    ) -> RunReport:
        """Return what an issue waits for, and what changed since its approval."""
        if decision.waits_for == "held":
            self._notices.add(held_notice(decision.reason, issue))
        with snapshot(self._context.engine) as connection:
            altered = is_altered(connection, self._context.config, issue)
        changes = edits_sentence(issue, draft.edited)
        if altered:
            # Said now, and not only when its time has come.
            changes = altered_sentence(issue)
            self._notices.add(held_notice(changes, issue))
        needs_approval = self._context.settings.issue.approval == "required"
        is_lost = bool(draft.voided) or (bool(draft.missed) and needs_approval)
        return report_nothing(
            join_sentences((news, decision.reason, skip_sentence(draft.target), changes)),
            attention=decision.attention or is_lost or altered,
        )

    def _tell_author(self, draft: Draft, issue: Issue, name: str) -> Issue:
        """Send the author a notice if there is news; return the issue with when it was accepted.

        It is worded as if it had been accepted: the hours for a veto begin with it.
        """
        as_noticed = replace(issue, noticed_at=issue.noticed_at or self._context.clock())
        expected = self._decide(as_noticed, due=draft.target.due, name=name)
        return self._notices.tell_issue(draft, issue, expected)

    def _decide(self, issue: Issue, *, due: bool, name: str) -> Decision:
        context, settings = self._context, self._context.settings.issue
        with snapshot(context.engine) as connection:
            newest = issues.newest_frozen(connection, issue.rhythm)
            known = latest_known_time(connection)
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
            real_now=context.real_clock(),
            known=known,
        )

    def _explain_no_issue(self, draft: Draft) -> str:
        """Return why there is no issue, and when the next one is due."""
        context, target = self._context, draft.target
        with snapshot(context.engine) as connection:
            newest = issues.newest_frozen(connection, draft.rhythm)
            folder = outbox_folder(connection, context.config, newest) if newest else ""
        when = f"The next issue is due {target.slot.at.astimezone(context.zone):%A %Y-%m-%d %H:%M}."
        when = join_sentences((when, skip_sentence(target)))
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
