"""The notices about a run: what could not be read, sent or decided, and who did not get it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from newsletter.composer.transactional import NoticeAction, NoticeContent
from newsletter.delivery.status import IssueProgress
from newsletter.models import Feed, Issue, Post
from newsletter.notices.notice import Notice, format_date, name_issue
from newsletter.schedule import format_when
from newsletter.storage.ledger.failures import DeliveryGroup
from newsletter.storage.reader_records import mask_addresses

if TYPE_CHECKING:
    # It brings the HTTP client, and the site tells only that no run came.
    from newsletter.collecting.collect import FeedReport

_MAX_LINES = 8
_REFUSED = {
    "account": "refuses your account",
    "message": "refuses the message",
    "pending": "takes nothing",
}


def held_notice(reason: str, issue: Issue | None = None) -> Notice:
    """Return the notice that something keeps an issue, or every issue, from going out."""
    heading = f"Issue {issue.number} cannot go out" if issue else "Nothing can go out"
    content = NoticeContent(
        subject=heading,
        heading=heading,
        lines=(reason,),
        no_answer="Nothing goes out. Each run tries again.",
        actions=(NoticeAction(label="See what it says now", command="newsletter run"),),
    )
    return Notice(
        kind="held",
        about=name_issue(issue.number) if issue else "newsletter",
        issue=issue.number if issue else 0,
        state=reason,
        sentence=reason,
        content=content,
    )


def lost_issue_notice(reason: str) -> Notice:
    """Return the notice that an approved issue has too few posts left, and why."""
    heading = "The issue you approved has too few posts left"
    content = NoticeContent(
        subject=heading,
        heading=heading,
        lines=(reason,),
        no_answer="The next issue is made from the posts that come.",
        actions=(NoticeAction(label="See the posts", command="newsletter posts"),),
    )
    return Notice(kind="void", about="newsletter", state=reason, sentence=reason, content=content)


def feed_notice(report: FeedReport, stored: Feed | None) -> Notice:
    """Return the notice that a feed cannot be read. `stored` is what is known of the feed."""
    state = stored.state if stored else "active"
    content = NoticeContent(
        subject="Your blog could not be read",
        heading="Your blog could not be read",
        lines=(
            report.error,
            "Posts and edits do not come in until it can be read again. You are told once.",
        ),
        no_answer="The next issue holds what was read before, if anything.",
        actions=(
            NoticeAction(label="Try it now", command="newsletter collect"),
            NoticeAction(label="See all feeds", command="newsletter feeds list"),
        ),
    )
    sentence = report.error if report.url in report.error else f"{report.url}: {report.error}"
    return Notice(kind="feed", about=report.url, state=state, sentence=sentence, content=content)


def posts_notice(held: Sequence[Post]) -> Notice:
    """Return the notice that posts are held until the author decides."""
    many = "1 post is" if len(held) == 1 else f"{len(held)} posts are"
    heading = f"{many} held until you decide"
    ids = " ".join(str(post.id) for post in held)
    return Notice(
        kind="posts",
        about="newsletter",
        state=ids,
        sentence=f"{heading}: `newsletter posts` says why, `newsletter posts release ID` lets one "
        "in, `newsletter posts skip ID` leaves it out.",
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=("They are in no issue until you say what is to become of them.",),
            posts=_shorten([f"{post.title or '(untitled)'} (post {post.id})" for post in held]),
            no_answer="They stay held, and the issues go out without them.",
            actions=(
                NoticeAction(label="See why", command="newsletter posts"),
                NoticeAction(label="Let them in", command=f"newsletter posts release {ids}"),
                NoticeAction(label="Leave them out", command=f"newsletter posts skip {ids}"),
            ),
        ),
    )


def older_posts_notice(report: FeedReport) -> Notice:
    """Return the notice that posts from before the newsletter's start came up."""
    heading = "Old posts came up, and go into no issue"
    content = NoticeContent(
        subject=heading,
        heading=heading,
        lines=(report.note,),
        no_answer="They stay out of every issue.",
        actions=(
            NoticeAction(label="See them", command="newsletter posts"),
            NoticeAction(label="Let one in", command="newsletter posts unskip ID"),
        ),
    )
    return Notice(
        kind="posts",
        about=f"{report.url}, older posts",
        state=report.note,
        sentence=report.note,
        content=content,
    )


def stopped_notice(issue: Issue, reason: str) -> Notice:
    """Return the notice that an issue is stopped in the midst of its delivery."""
    resume = f"newsletter resume {issue.number}"
    sentence = reason or (
        f"Issue {issue.number} is stopped in the midst of its delivery; `{resume}` lets it go on."
    )
    heading = f"Issue {issue.number} is stopped in the midst of its delivery"
    return Notice(
        kind="stopped",
        about=name_issue(issue.number),
        issue=issue.number,
        state="delivery",
        sentence=sentence,
        content=NoticeContent(
            subject=heading,
            heading=heading,
            # A copy of a notice outlives a reader's erasure, so it names no reader.
            lines=(mask_addresses(sentence),),
            no_answer="It stays stopped: who has not got it yet does not get it.",
            actions=(
                NoticeAction(label="Let it go on", command=resume),
                NoticeAction(label="Give the rest up", command=f"newsletter cancel {issue.number}"),
                NoticeAction(label="See who has it", command=f"newsletter issues {issue.number}"),
            ),
        ),
    )


def unknown_notice(number: int, count: int) -> Notice:
    """Return the notice that nobody can say whether some readers got an issue."""
    many = "1 delivery is" if count == 1 else f"{count} deliveries are"
    heading = f"Issue {number}: {many} unknown"
    return Notice(
        kind="failed",
        about=f"{name_issue(number)}, unknown",
        issue=number,
        state=str(count),
        sentence=f"Of issue {number}, {many} unknown: `newsletter resolve {number}` decides about "
        f"{'it' if count == 1 else 'them'}.",
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=("The answer of the mail server was lost, so nobody can say who got it.",),
            no_answer="They are not sent again, so nobody gets it twice.",
            actions=(NoticeAction(label="Decide", command=f"newsletter resolve {number}"),),
        ),
    )


def delivery_notices(
    progress: IssueProgress,
    failures: Sequence[DeliveryGroup],
    *,
    now: dt.datetime,
    zone: ZoneInfo,
) -> tuple[Notice, ...]:
    """Return the notices about an issue that was being delivered. `failures` say who failed."""
    issue, figures = progress.issue, progress.figures
    if issue.status == "stopped":
        return (stopped_notice(issue, progress.reason),)
    notices = []
    if progress.refused or progress.failed:
        refused = progress.refused or "pending"
        notices.append(refused_notice(issue.number, progress.reason, refused))
    if figures.failed and progress.complete and issue.status != "cancelled":
        notices.append(_failed_notice(progress, failures))
    if progress.waiting and progress.complete:
        notices.append(_waiting_notice(progress, failures, now=now, zone=zone))
    return tuple(notices)


def missing_runs_notice(since: dt.datetime, *, now: dt.datetime, zone: ZoneInfo) -> Notice:
    """Return the notice that nothing calls `newsletter run` any more."""
    days = (now - since).days
    heading = f"Nothing has called your newsletter for {days} days"
    return Notice(
        kind="timer",
        about="newsletter",
        state=since.isoformat(),
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=(
                f"`newsletter run` came by last on {format_date(since, zone)}.",
                "Perhaps its timer is gone, or the computer was off.",
            ),
            no_answer="No issue goes out. Posts wait, and none is lost.",
            actions=(
                NoticeAction(label="See what is wrong", command="newsletter doctor"),
                NoticeAction(label="Set the timer up again", command="newsletter schedule install"),
                NoticeAction(label="Let it run now", command="newsletter run"),
            ),
        ),
    )


def remark_notice(topic: str, sentence: str) -> Notice:
    """Return the lines for standard error that no message carries."""
    return Notice(kind="remark", about=topic, state=sentence, sentence=sentence)


def refused_notice(
    number: int, reason: str, refused: Literal["account", "message", "pending"]
) -> Notice:
    """Return the notice that the mail server takes nothing of an issue, or nothing more.

    `refused` says what it refuses; "pending" if it takes nothing for now.
    """
    heading = f"Issue {number} cannot go on: the mail server {_REFUSED[refused]}"
    return Notice(
        kind="account",
        about=name_issue(number),
        issue=number,
        state=refused,
        sentence=reason,
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=(mask_addresses(reason),),
            no_answer="Each run tries again. Nobody gets it twice, and nobody is left out.",
            actions=(NoticeAction(label="Try it now", command=f"newsletter send {number}"),),
        ),
    )


def _failed_notice(progress: IssueProgress, failures: Sequence[DeliveryGroup]) -> Notice:
    number, count = progress.issue.number, progress.figures.failed
    failed = [group for group in failures if group.status == "failed"]
    retryable = sum(len(group.addresses) for group in failed if group.is_retryable)
    readers = "1 reader" if count == 1 else f"{count} readers"
    heading = f"Issue {number}: {readers} did not get it"
    why = f"`newsletter issues {number}` says who and why."
    again = f"newsletter resolve {number} --retry-failed"
    sentence = f"Of issue {number}, {count} of {progress.figures.planned} failed: {why}"
    actions = [NoticeAction(label="See who and why", command=f"newsletter issues {number}")]
    if retryable:
        sentence += f" `{again}` sends it again to {retryable}."
        actions.append(
            NoticeAction(label="Send it again where it was not their fault", command=again)
        )
    lines = [
        f"{len(group.addresses)}: {mask_addresses(group.detail) or 'no reason was given'}"
        for group in failed
    ]
    return Notice(
        kind="failed",
        about=name_issue(number),
        issue=number,
        state=str(count),
        sentence=sentence,
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=(
                f"Of {progress.figures.planned} readers, {progress.figures.accepted} got it.",
                *_shorten(lines),
            ),
            no_answer="They do not get this issue. Who has a dead address gets no other one.",
            actions=tuple(actions),
        ),
    )


def _waiting_notice(
    progress: IssueProgress,
    groups: Sequence[DeliveryGroup],
    *,
    now: dt.datetime,
    zone: ZoneInfo,
) -> Notice:
    """Return the notice that some are tried again; `groups` say whose fault it is."""
    number, count = progress.issue.number, progress.waiting
    readers = "1 reader waits" if count == 1 else f"{count} readers wait"
    waiting = [group for group in groups if group.status == "pending"]
    if any(group.fault != "reader_later" for group in waiting):
        heading = f"Issue {number}: {readers} to be tried again"
        whys = [
            f"{len(group.addresses)}: {mask_addresses(group.detail) or 'no reason was given'}"
            for group in waiting
        ]
    else:
        heading = f"Issue {number}: {readers} for a mailbox"
        whys = [f"{count} more: their mailbox is full for now, or wants to be asked twice."]
    until = ""
    if progress.waiting_until is not None:
        until = f" until {format_when(progress.waiting_until, now, zone)}"
    return Notice(
        kind="waiting",
        about=name_issue(number),
        issue=number,
        state="waiting",
        content=NoticeContent(
            subject=heading,
            heading=heading,
            lines=(
                f"{progress.figures.accepted} of {progress.figures.planned} readers have it.",
                *_shorten(whys),
                f"They are tried again{until}, or until the next issue goes out.",
            ),
            no_answer="All goes on by itself. Who is given up is told to you then.",
            actions=(NoticeAction(label="See who waits", command=f"newsletter issues {number}"),),
        ),
    )


def _shorten(lines: Sequence[str]) -> tuple[str, ...]:
    if len(lines) <= _MAX_LINES:
        return tuple(lines)
    return (*lines[: _MAX_LINES - 1], f"and {len(lines) - _MAX_LINES + 1} more")
