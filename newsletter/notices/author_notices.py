"""Send notices to the author, and store each state that was sent, so that it is sent once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import replace

from sqlalchemy import Connection

from newsletter import merge
from newsletter.addressing.audience import select_edition
from newsletter.addressing.envelope import build_batch, envelope, sample_recipient
from newsletter.composer.seasons import calendar_of, season_name
from newsletter.composer.transactional import NoticeContent, RenderedIssue, render_notice
from newsletter.context import Context
from newsletter.editorial.checks.check import lint_editions
from newsletter.editorial.decision_links import approvable, decision_links
from newsletter.editorial.draft import Draft
from newsletter.editorial.editions import editions_of
from newsletter.errors import NewsletterError
from newsletter.models import Issue, Recipient
from newsletter.notices.draft_contents import (
    DraftContents,
    compare_contents,
    contents_of,
    decode_contents,
    encode_contents,
)
from newsletter.notices.issue_notices import IssueSituation, issue_content, issue_states
from newsletter.notices.notice import Notice, name_issue
from newsletter.notices.run_notices import remark_notice
from newsletter.scheduling.send_policy import Decision
from newsletter.sender.mailers import NotNow
from newsletter.storage import issues, notices
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.notices import ToldNotice, notice_key

_DRAFT = "draft"


class AuthorNotices:
    """The notices of one run: mailed as they come, and said at its end.

    A notice that cannot be mailed never fails the run. It is tried again with each run, and
    why it was not sent is said instead.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._author = context.settings.newsletter.author_email
        with snapshot(context.engine) as connection:
            self._told = notices.told_notices(connection)
        #: All that is the case now, whether it was told before or not.
        self._current: list[Notice] = []
        # The drafts that are open; what was told of them stays known.
        self._open: set[tuple[str, str]] = set()
        # Why no other notice is tried in this run, and the sentence about it; "" if one may be.
        self._reason = self._problem = ""

    def add(self, notice: Notice) -> None:
        """Add a state, and mail it if it is news."""
        self._current.append(notice)
        if notice.content is not None and self._is_to_mail(notice):
            self._mail(notice.content, (notice,), number=notice.issue)

    def tell_issue(self, draft: Draft, issue: Issue, decision: Decision) -> Issue:
        """Tell of an issue that is not frozen, in one message, if there is news of it.

        Return it with the moment from which the author's hours for a veto count: when the last
        message with something new in it was accepted.
        """
        situation = self._situation(draft, issue, decision)
        states = issue_states(situation)
        self._current += states
        key = notice_key(_DRAFT, name_issue(issue.number))
        self._open.add(key)
        row = self._told.get(key)
        before = decode_contents(row.contents) if row else None
        contents = contents_of(issue)
        settling = {post.id for post, _ in draft.left_out if post.state == "settling"}
        changes = compare_contents(before, contents, settling)
        news = tuple(state for state in states if self._is_to_mail(state))
        kinds = self._context.settings.notices
        waits = issue.status == "draft" and situation.approval != "auto"
        if waits and before is None and not kinds.draft:
            # Not told, but what changes from now on is.
            self._remember((_told_draft(key[1], contents),))
        if before is None:
            is_wanted = waits and kinds.draft
        else:
            # An edited post is left out until it has settled: then both are told at once.
            is_settled = settling.isdisjoint(post.id for post in before.posts)
            is_changed = bool(changes.lines) or changes.has_news
            is_wanted = waits and kinds.changed and is_changed and is_settled
        # The hours for a veto begin with a notice.
        must_tell = waits and situation.approval == "veto" and issue.noticed_at is None
        if not self._author or not (news or is_wanted or must_tell):
            return issue
        situation, shown = self._with_links(situation)
        content = issue_content(situation, news, changes.lines)
        if not self._mail(content, news, number=issue.number, issue=shown):
            return issue
        links = situation.links
        contents = contents_of(issue, links.content if links else "")
        self._remember((_told_draft(key[1], contents),))
        if issue.noticed_at is not None and not changes.has_news:
            return issue
        noticed = replace(issue, noticed_at=self._context.clock())
        with transaction(self._context.engine) as connection:
            issues.set_status(connection, issue.id, issue.status, noticed_at=noticed.noticed_at)
        return noticed

    def finish(self, *, complete: bool) -> tuple[Notice, ...]:
        """Return what is to be said on standard error and was not yet, each sentence once.

        Forget the states that are over, if the run was `complete` and so has seen all there are.
        """
        if self._problem:
            remark = remark_notice("author_email", self._problem)
            self._current.append(replace(remark, state=self._reason))
        keys = {notice_key(notice.kind, notice.about) for notice in self._current}
        if complete:
            over = set(self._told) - keys - self._open
            if over:
                with transaction(self._context.engine) as connection:
                    notices.forget(connection, over)
        unsaid: dict[str, Notice] = {}
        for notice in self._current:
            row = self._told.get(notice_key(notice.kind, notice.about))
            if notice.sentence and (row is None or row.said != notice.state):
                unsaid.setdefault(notice.sentence, notice)
        return tuple(unsaid.values())

    @property
    def problem(self) -> str:
        """Why a notice could not be sent, as a sentence; "" if none failed."""
        return self._problem

    def _situation(self, draft: Draft, issue: Issue, decision: Decision) -> IssueSituation:
        context, settings = self._context, self._context.settings.issue
        now = context.clock()
        goes_at = issue.planned_for
        if settings.approval == "veto":
            row = self._told.get(notice_key(_DRAFT, name_issue(issue.number)))
            before = decode_contents(row.contents) if row else None
            noticed_at = issue.noticed_at
            if noticed_at is None or compare_contents(before, contents_of(issue)).has_news:
                noticed_at = now
            goes_at = max(goes_at, noticed_at + dt.timedelta(hours=settings.veto_hours))
        return IssueSituation(
            issue=issue,
            draft=draft,
            decision=decision,
            approval=settings.approval,
            goes_at=goes_at,
            late_limit=dt.timedelta(hours=settings.late_limit_hours),
            now=now,
            zone=context.zone,
        )

    def _with_links(self, situation: IssueSituation) -> tuple[IssueSituation, Issue]:
        """Return the situation with links and checks, and the issue that the links approve."""
        context, issue = self._context, situation.issue
        with snapshot(context.engine) as connection:
            shown = approvable(connection, context.config, issue)
            editions = editions_of(connection, context.config, shown)
            findings = lint_editions(connection, context.config, shown, editions)
            links = decision_links(connection, context.config, context.secrets, issue)
        return replace(situation, links=links, findings=findings), shown

    def _is_to_mail(self, notice: Notice) -> bool:
        if not self._author or not getattr(self._context.settings.notices, notice.kind, False):
            return False
        row = self._told.get(notice_key(notice.kind, notice.about))
        return row is None or row.mailed != notice.state

    def _mail(
        self,
        content: NoticeContent,
        news: Iterable[Notice],
        *,
        number: int,
        issue: Issue | None = None,
    ) -> bool:
        """Mail a notice and remember that `news` were told with it; return whether it was taken.

        `number` is the issue's that it is about, 0 for none; `issue` is shown below it.
        """
        if self._reason:
            return False
        try:
            self._reason = self._send(content, number, issue)
        except (NewsletterError, NotNow) as error:
            self._reason = str(error)
        if self._reason:
            self._problem = (
                f"The notice “{content.subject}” could not be sent to {self._author}: "
                f"{self._reason}"
            )
            return False
        self._remember(replace(self._row(notice), mailed=notice.state) for notice in news)
        return True

    def _send(self, content: NoticeContent, number: int, issue: Issue | None) -> str:
        """Send a notice; return why it was not accepted, "" if it was."""
        context = self._context
        newsletter, folders = context.settings.newsletter, context.email_templates
        today = context.clock().astimezone(context.zone).date()
        season = season_name(today, newsletter.hemisphere, calendar=calendar_of(newsletter))
        foot = (
            f"Commands are for the folder {context.folder}. [notices] in newsletter.toml says "
            "which notices you get."
        )
        edition = render_notice(
            replace(content, foot=foot),
            title=newsletter.title,
            theme=context.settings.theme.theme(),
            season=season,
            hemisphere=newsletter.hemisphere,
            folders=folders,
            issue=self._render_issue(issue) if issue else None,
        )
        batch = build_batch(
            edition,
            (Recipient(subscriber_id=-1, address=self._author, fields=()),),
            envelope=envelope(context.settings, kind="notice"),
            date=context.clock(),
        )
        with closing(context.mailer()) as mailer:
            # Without the issue's key: what comes back of a notice is no event of the issue.
            (receipt,) = mailer.send(replace(batch, issue_number=number))
        if receipt.outcome == "accepted":
            return ""
        return f"{receipt.detail.rstrip('.') or 'the mailer gave no reason'}."

    def _render_issue(self, issue: Issue) -> RenderedIssue:
        context = self._context
        with snapshot(context.engine) as connection:
            edition = select_edition(editions_of(connection, context.config, issue))
        fields = dict(sample_recipient(context.config, self._author).fields)
        return RenderedIssue(
            html=merge.fill(edition.html, edition.nonce, fields, html=True),
            text=merge.fill(edition.text, edition.nonce, fields, html=False),
        )

    def _row(self, notice: Notice) -> ToldNotice:
        key = notice_key(notice.kind, notice.about)
        return self._told.get(key) or ToldNotice(kind=notice.kind, about=key[1])

    def _remember(self, rows: Iterable[ToldNotice]) -> None:
        stored = tuple(rows)
        with transaction(self._context.engine) as connection:
            for row in stored:
                notices.save(connection, row)
        self._told |= {notice_key(row.kind, row.about): row for row in stored}


def _told_draft(about: str, contents: DraftContents) -> ToldNotice:
    return ToldNotice(kind=_DRAFT, about=about, contents=encode_contents(contents))


def changes_since_notice(connection: Connection, issue: Issue, content: str) -> tuple[str, ...]:
    """Return what changed since the notice whose links are tied to `content`, one line each.

    () if that is not known: another notice was sent since, or only a setting changed.
    """
    row = notices.told_notices(connection).get(notice_key(_DRAFT, name_issue(issue.number)))
    before = decode_contents(row.contents) if row else None
    if before is None or before.content != content:
        return ()
    return compare_contents(before, contents_of(issue)).lines


def remember_said(connection: Connection, said: Collection[Notice]) -> None:
    """Store that these notices were said on standard error."""
    rows = notices.told_notices(connection)
    for notice in said:
        key = notice_key(notice.kind, notice.about)
        row = rows.get(key) or ToldNotice(kind=notice.kind, about=key[1])
        notices.save(connection, replace(row, said=notice.state))
