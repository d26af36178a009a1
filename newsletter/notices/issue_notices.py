"""The notices about an issue that is not frozen, and the message that carries them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

from newsletter.composer.checks.proof import Finding
from newsletter.composer.transactional import NoticeAction, NoticeContent
from newsletter.editorial.decision_links import DecisionLinks
from newsletter.editorial.draft import Draft
from newsletter.editorial.pinned_edits import edited_titles, edits_sentence
from newsletter.models import Issue
from newsletter.notices.notice import (
    Notice,
    NoticeKind,
    format_date,
    join_sentences,
    name_issue,
)
from newsletter.schedule import format_when
from newsletter.scheduling.send_policy import Decision, format_readers

# How long before its slot an unapproved issue is announced once more.
_REMINDER = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSituation:
    """An issue in the author's hands, and what is to become of it."""

    issue: Issue
    draft: Draft
    decision: Decision
    approval: Literal["required", "veto", "auto"]
    #: When it goes out if nobody stops it: its day, or under veto the end of the author's hours.
    goes_at: dt.datetime
    #: When its posts move on to the next issue, if it is not sent.
    late_limit: dt.timedelta
    now: dt.datetime
    zone: ZoneInfo
    #: The signed links to approve and to stop; None without a public site.
    links: DecisionLinks | None = None
    #: What the checks find, errors first; None if they were not asked.
    findings: tuple[Finding, ...] | None = None

    @property
    def due(self) -> bool:
        """Whether its time has come."""
        return self.draft.target.due

    @property
    def is_held(self) -> bool:
        """Whether it needs an approval and has none."""
        return self.approval == "required" and self.issue.status == "draft"

    @property
    def needs_reminder(self) -> bool:
        """Whether the issue is due soon, was announced earlier, and is not approved."""
        starts = self.issue.planned_for - _REMINDER
        noticed_at = self.issue.noticed_at
        was_told = noticed_at is not None and noticed_at < starts
        return self.is_held and not self.due and was_told and self.now >= starts


def issue_states(situation: IssueSituation) -> tuple[Notice, ...]:
    """Return the states of the issue that the author is to be told of, the gravest first.

    They have no content yet: `issue_content` makes one message of those that are news.
    """
    issue, draft, decision = situation.issue, situation.draft, situation.decision
    if issue.status == "stopped":
        state = "due" if situation.due else "early"
        return (_state(issue, "stopped", state, decision.reason),)
    states: list[Notice] = []
    if draft.missed and issue.missed_for is not None:
        sentence = join_sentences((draft.missed, draft.voided, _how_to_send(situation)))
        states.append(_state(issue, "passed", issue.missed_for.isoformat(), sentence))
    elif draft.voided:
        sentence = join_sentences((draft.voided, _how_to_send(situation)))
        states.append(_state(issue, "void", draft.voided, sentence))
    if decision.waits_for == "due":
        sentence = decision.reason if situation.is_held else ""
        states.append(_state(issue, "due", issue.key, sentence))
    if situation.needs_reminder:
        states.append(_state(issue, "reminder", issue.planned_for.isoformat(), ""))
    if draft.edited:
        state = "\n".join(f"{post.id} {post.fingerprint} {post.title}" for post in draft.edited)
        states.append(_state(issue, "changed", state, edits_sentence(issue, draft.edited)))
    if draft.later:
        state = " ".join(str(post.id) for post in draft.later)
        about = f"{name_issue(issue.number)}, later posts"
        states.append(replace(_state(issue, "changed", state, ""), about=about))
    return tuple(states)


def _state(issue: Issue, kind: NoticeKind, state: str, sentence: str) -> Notice:
    about = name_issue(issue.number)
    return Notice(kind=kind, about=about, issue=issue.number, state=state, sentence=sentence)


def issue_content(
    situation: IssueSituation, news: Sequence[Notice], changes: Sequence[str]
) -> NoticeContent:
    """Return the message about an issue. `news` are the states that are told with it.

    `changes` is what changed since the author was told of it the last time.
    """
    issue, draft = situation.issue, situation.draft
    kinds = [notice.kind for notice in news]
    heading = _heading(situation, kinds, changed=bool(changes))
    lines = [
        draft.missed if "passed" in kinds else "",
        draft.voided or "",
        f"{edited_titles(draft.edited)} after you approved." if draft.edited else "",
        *(
            f"“{post.title}” came after you approved and waits for the next issue."
            for post in draft.later
        ),
        _when(situation),
    ]
    return NoticeContent(
        subject=heading,
        heading=heading,
        lines=tuple(filter(None, lines)),
        changes=tuple(changes),
        posts=tuple(post.title or "(untitled)" for post in issue.posts),
        no_answer=_no_answer(situation),
        actions=_actions(situation),
        checks=_checks(situation.findings),
        caution=_caution(situation),
    )


def _checks(findings: Sequence[Finding] | None) -> tuple[str, ...]:
    if findings is None:
        return ()
    return tuple(
        f"{'Holds it back' if finding.level == 'error' else 'Worth a look'}: {finding.where}: "
        f"{finding.problem} {finding.cure}"
        for finding in findings
    ) or ("They find nothing to correct.",)


def _caution(situation: IssueSituation) -> str:
    """Return whom the message lets decide, "" if it holds no link."""
    if not any(action.url for action in _actions(situation)):
        return ""
    return (
        "Whoever has this mail can approve or stop this issue by its links, until it goes out or "
        "changes. Forward it only to whom you let decide."
    )


def _heading(situation: IssueSituation, kinds: Sequence[str], *, changed: bool) -> str:
    issue = situation.issue
    called = f"Issue {issue.number}"
    when = format_when(issue.planned_for, situation.now, situation.zone)
    if "stopped" in kinds:
        was = f"; it was due {when}" if situation.due else f": {when}"
        return f"{called} is stopped{was}"
    if "passed" in kinds:
        missed = issue.missed_for or issue.planned_for
        day = format_when(missed, situation.now, situation.zone)
        return f"{called} did not go out: it was due {day}"
    if "void" in kinds:
        return f"{called} lost its approval: {when}"
    if "due" in kinds and situation.is_held:
        return f"{called} is held: it was due {when}"
    if "reminder" in kinds:
        return f"{called} still waits for you: {when}"
    if issue.status == "approved":
        edited = situation.draft.edited
        if edited:
            return f"{edited_titles(edited)} after you approved issue {issue.number}"
        return f"A post came after you approved issue {issue.number}"
    goes = format_when(situation.goes_at, situation.now, situation.zone)
    if situation.approval != "required":
        has_changed = "has changed and " if changed else ""
        return f"{called} {has_changed}goes out {goes} unless you stop it"
    return f"{called} has changed: {when}" if changed else f"{called} waits for you: {when}"


def _when(situation: IssueSituation) -> str:
    issue, zone = situation.issue, situation.zone
    when = format_date(issue.planned_for, zone)
    is_or_was = "was due" if situation.due else "is due"
    readers = situation.draft.readers
    whom = f"It is for {format_readers(readers)}." if readers else ""
    if issue.status == "stopped":
        return f"It {is_or_was} {when}. Nobody gets it until you let it go on."
    if issue.status == "approved":
        if situation.due:
            return "It was due and goes out now, as you approved it."
        return f"It goes out {when}, as you approved it."
    if situation.is_held:
        return f"It {is_or_was} {when}. Nobody gets it until you approve it. {whom}".strip()
    goes = format_date(situation.goes_at, zone)
    return f"It goes out by itself {goes}, unless you stop it. {whom}".strip()


def _no_answer(situation: IssueSituation) -> str:
    issue, zone = situation.issue, situation.zone
    when = format_date(issue.planned_for, zone)
    if issue.status == "stopped":
        return "It stays stopped."
    if issue.status == "approved":
        time = "now" if situation.due else when
        if situation.draft.edited:
            return f"It goes out {time} with the text that you approved."
        return f"It goes out {time} as you approved it."
    if situation.is_held:
        limit = format_date(issue.planned_for + situation.late_limit, zone)
        after = format_date(situation.draft.target.after.at, zone)
        return f"Nobody gets it. Not approved by {limit}, its posts are for {after} instead."
    return f"It goes out {format_date(situation.goes_at, zone)} as it stands below."


def _how_to_send(situation: IssueSituation) -> str:
    """Return what a draft needs to go out, for standard error."""
    number = situation.issue.number
    if situation.is_held:
        return f"Look at it again, then `newsletter approve {number}`."
    return f"It goes out by itself unless `newsletter stop {number}` holds it."


def _actions(situation: IssueSituation) -> tuple[NoticeAction, ...]:
    """Return what the author can do about an issue."""
    issue, draft, links = situation.issue, situation.draft, situation.links
    look = NoticeAction(label="Look at it", command="newsletter preview")
    urls = {"approve": links.approve, "stop": links.stop} if links else {}

    def act(label: str, verb: str) -> NoticeAction:
        command = f"newsletter {verb} {issue.number}"
        return NoticeAction(label=label, command=command, url=urls.get(verb, ""))

    if issue.status == "stopped":
        return (act("Let it go on", "resume"), act("Give it up", "cancel"), look)
    if issue.status == "approved":
        if situation.due:
            return ()
        if draft.edited:
            return (act("Approve it again, with the new text", "approve"), look)
        return (act("Make it a draft again, which takes the new post in", "unapprove"), look)
    if situation.is_held:
        return (act("Approve it", "approve"), look, act("Stop it", "stop"))
    if situation.approval == "veto":
        return (act("Stop it", "stop"), look, act("Approve it, without the wait", "approve"))
    return (act("Stop it", "stop"), look)
