"""What the links in a notice decide about an issue: see it, approve it, send it, undo, stop it.

    token ─▶ see_link ─▶ LinkedIssue ─▶ the page
             decide_by_link ─▶ the use cases that the desk calls too, logged as "mail link"

A link works until the issue is frozen, and only while it holds what the notice showed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from newsletter.composer.checks.proof import Finding
from newsletter.context import Context
from newsletter.delivery import control
from newsletter.editorial.approval import approve
from newsletter.editorial.checks.check import lint_editions
from newsletter.editorial.decision_links import approvable, full_hash, read_link
from newsletter.editorial.editions import editions_of
from newsletter.editorial.find_issue import describe_issue
from newsletter.models import Decider, Issue
from newsletter.notices.author_notices import changes_since_notice
from newsletter.pipeline.release import is_sent_too_soon, send_now, undo_send
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from subscribers.tokens import AuthorPurpose

#: What a link's page asks for.
LinkAct = Literal["approve", "send", "undo", "stop"]
#: `open`: it waits for a decision, or can still be stopped. `released`: it is let go, and can be
#: taken back. `stopped`, `changed` since the notice, and `over`: the link decides nothing.
LinkState = Literal["open", "released", "stopped", "changed", "over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedIssue:
    """What the page of a link shows."""

    #: None if there is no such issue any more.
    issue: Issue | None
    number: int
    state: LinkState
    #: What happens next, or what happened.
    sentence: str
    #: What changed since the notice with this link, if that is known.
    changes: tuple[str, ...] = ()
    #: What the checks find that keeps it from being sent.
    errors: tuple[Finding, ...] = ()
    #: Whether another issue went out so recently that "send now" has to be meant.
    must_insist: bool = False
    #: The grace of "send now", in minutes.
    undo_minutes: int = 0


def see_link(context: Context, purpose: AuthorPurpose, token: str) -> LinkedIssue:
    """Return what the page of a link shows. Changes nothing. Raise BadToken."""
    number, content = read_link(purpose, token, context.secrets)
    with snapshot(context.engine) as connection:
        issue = issues.by_number(connection, number)
        if issue is None or issue.frozen_at is not None or issue.status == "cancelled":
            return LinkedIssue(
                issue=issue, number=number, state="over", sentence=_describe_end(number, issue)
            )
        if not full_hash(connection, context.config, issue, content):
            return LinkedIssue(
                issue=issue,
                number=number,
                state="changed",
                sentence=f"Issue {number} has changed since this message was sent.",
                changes=changes_since_notice(connection, issue, content),
            )
        editions = editions_of(connection, context.config, issue)
        findings = lint_editions(connection, context.config, issue, editions)
        as_approved = approvable(connection, context.config, issue)
        now = context.clock()
        status = describe_issue(connection, context.config, issue, now)
        must_insist = is_sent_too_soon(connection, issue, now)
    state: LinkState = "open"
    if issue.status == "stopped":
        state = "stopped"
    elif issue.release_at is not None:
        state = "released"
    return LinkedIssue(
        issue=as_approved,
        number=number,
        state=state,
        sentence=status.sentence,
        errors=tuple(finding for finding in findings if finding.level == "error"),
        must_insist=must_insist,
        undo_minutes=context.settings.issue.undo_minutes,
    )


def decide_by_link(
    context: Context, purpose: AuthorPurpose, token: str, act: LinkAct, *, insist: bool = False
) -> LinkedIssue:
    """Do what the page of a link asks for, and return what it shows then.

    A link that decides nothing any more changes nothing. Raise BadToken, NotReady, Busy, and what
    the use cases raise.
    """
    linked = see_link(context, purpose, token)
    if linked.issue is None or linked.state not in ("open", "released"):
        return linked
    number, content = read_link(purpose, token, context.secrets)
    name = str(number)
    by = Decider(way="mail link", who=context.settings.newsletter.author_email)
    if purpose == "stop":
        control.stop(context, name, by=by)
    elif act == "undo":
        if linked.state == "released":
            undo_send(context, name, by=by)
    else:
        with snapshot(context.engine) as connection:
            issue = issues.by_number(connection, number)
            seen = full_hash(connection, context.config, issue, content) if issue else ""
        if not seen:
            return see_link(context, purpose, token)
        if act == "send":
            send_now(context, name, seen=seen, by=by, insist=insist)
        elif linked.state == "open":
            approve(context, name, seen=seen, by=by)
    return see_link(context, purpose, token)


def _describe_end(number: int, issue: Issue | None) -> str:
    if issue is None:
        return f"There is no issue {number} any more; its posts wait for another one."
    if issue.status == "sent":
        return f"Issue {number} is out."
    if issue.status == "cancelled":
        return f"Issue {number} was given up."
    return f"Issue {number} is on its way."
