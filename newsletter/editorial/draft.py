"""Draft the next issue from the posts that wait, and refresh it as the blog changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from newsletter.addressing.audience import active_rhythms, demand_for, is_second_rhythm
from newsletter.collecting.post_cleaning import clean_waiting
from newsletter.composer.digest import choose_posts, place_posts
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.approval import altered_sentence, is_altered
from newsletter.editorial.compose import compose_issue, edit_history
from newsletter.editorial.editions import truncation_notes
from newsletter.editorial.greeting_choice import book_warning, load_greeting_book
from newsletter.editorial.pinned_edits import edited_posts
from newsletter.errors import Busy
from newsletter.models import Issue, OwnEdits, Post, Rhythm
from newsletter.scheduling.next_slot import (
    Target,
    WaitingPosts,
    choose_next_slot,
    pulled_from_before,
    repeats_since,
    sort_posts,
)
from newsletter.storage import issues, posts
from newsletter.storage.database.engine import snapshot, transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The next issue of one rhythm as it is now, or the reason why there is none."""

    issue: Issue | None
    target: Target
    rhythm: Rhythm
    #: Whether only some readers chose this rhythm, next to the newsletter's own.
    is_second: bool = False
    #: Why there is no issue, "" if there is one.
    reason: str = ""
    #: Why an approval no longer holds, "" if it does or there was none. It is said until the
    #: issue is approved again.
    voided: str = ""
    #: That the issue's day passed unsent, and when it goes instead, "" if it did not.
    missed: str = ""
    #: Posts of an approved issue that were edited since, as they read now.
    edited: tuple[Post, ...] = ()
    #: Posts that came after the approval.
    later: tuple[Post, ...] = ()
    #: The problems of the greeting files, "" if there are none.
    greeting_warning: str = ""
    #: Posts that wait, each with why it is not in the issue.
    left_out: tuple[tuple[Post, str], ...] = ()
    #: How many posts since the last issue the settings exclude for good.
    by_rule: int = 0
    #: Keys of the editions that readers need, the author's own first.
    editions: tuple[str, ...] = ()
    #: Whether another run held the lock, so that the issue is as it was stored before.
    is_stored: bool = False
    #: How many readers would get the issue now.
    readers: int = 0


def draft_issue(context: Context, rhythm: Rhythm | None = None) -> Draft:
    """Create or refresh the draft of `rhythm`, by default of the newsletter's own.

    An approved issue is pinned and not touched, unless a post of it was withdrawn or its slot
    passed unsent: either voids the approval.
    """
    with context.lock():
        clean_waiting(context.engine)
        with transaction(context.engine) as connection:
            rhythm = rhythm or context.settings.issue.rhythm
            return _refresh(connection, context.config, rhythm, context.clock())


def draft_issues(context: Context) -> tuple[Draft, ...]:
    """Create or refresh the draft of every active rhythm, the newsletter's own first."""
    with context.lock():
        clean_waiting(context.engine)
        with transaction(context.engine) as connection:
            rhythms = active_rhythms(connection, context.settings)
            if "monthly" not in rhythms:
                _drop_draft(connection, "monthly")
            now = context.clock()
            return tuple(_refresh(connection, context.config, rhythm, now) for rhythm in rhythms)


def current_drafts(context: Context) -> tuple[Draft, ...]:
    """Return the draft of every active rhythm, refreshed unless another run holds the lock.

    A page calls this, which must not wait for a delivery: while one is under way, the drafts are
    as they were stored, and nothing is written.
    """
    try:
        return draft_issues(context)
    except Busy:
        return stored_drafts(context)


def stored_drafts(context: Context) -> tuple[Draft, ...]:
    """Return the draft of every active rhythm as it is stored. Changes nothing."""
    with snapshot(context.engine) as connection:
        rhythms = active_rhythms(connection, context.settings)
        now = context.clock()
        return tuple(_read(connection, context.config, rhythm, now) for rhythm in rhythms)


def draft_notes(connection: Connection, config: NewsletterConfig, draft: Draft) -> tuple[str, ...]:
    """Return what the author should know of the draft: what was truncated, or that it altered."""
    if draft.issue is None:
        return ()
    notes = truncation_notes(connection, config, draft.issue)
    if is_altered(connection, config, draft.issue):
        return (altered_sentence(draft.issue), *notes)
    return notes


def first_due(drafts: Sequence[Draft]) -> Draft:
    """Return the draft that `next` means: the one due first that has an issue.

    Return the newsletter's own if none has one.
    """
    ready = [draft for draft in drafts if draft.issue is not None]
    return min(ready, key=lambda d: (d.target.slot.at, d.is_second)) if ready else drafts[0]


def _drop_draft(connection: Connection, rhythm: Rhythm) -> None:
    """Drop the draft of a rhythm without readers, which frees its posts."""
    draft = issues.newest_unfrozen(connection, rhythm)
    if draft is not None:
        issues.delete_draft(connection, draft.id)


def _refresh(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, now: dt.datetime
) -> Draft:
    target = choose_next_slot(connection, config, rhythm, now)
    stored = issues.newest_unfrozen(connection, rhythm)
    since = repeats_since(connection, config, rhythm, target, stored)
    ready, waiting = sort_posts(connection, config, rhythm, now, since=since)
    draft = _without_issue(connection, config, rhythm, target)
    if stored is not None and stored.status != "draft":
        voided = _void_reason(connection, stored, target, now)
        if not voided:
            if stored.planned_for != target.slot.at:
                # The author changed the day or the time within the same week or month.
                stored = replace(stored, planned_for=target.slot.at)
                issues.set_status(
                    connection, stored.id, stored.status, planned_for=stored.planned_for
                )
            return _with_stored(connection, config, draft, stored, ready, waiting)
        stored = _reopen(stored, voided)
    if stored is not None and stored.key != target.slot.key and stored.planned_for <= now:
        stored = replace(stored, missed_for=stored.planned_for)
    if stored is not None:
        draft = replace(
            draft, voided=stored.void_sentence, missed=_missed_sentence(stored, target, config)
        )
    draft = replace(draft, left_out=waiting)
    return _recompose(connection, config, draft, stored, ready, since=since, now=now)


def _read(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, now: dt.datetime
) -> Draft:
    """Return the draft of `rhythm` as it is stored."""
    target = choose_next_slot(connection, config, rhythm, now)
    stored = issues.newest_unfrozen(connection, rhythm)
    draft = replace(_without_issue(connection, config, rhythm, target), is_stored=True)
    if stored is None:
        return replace(draft, reason="A run is at work on the newsletter just now.")
    since = repeats_since(connection, config, rhythm, target, stored)
    ready, waiting = sort_posts(connection, config, rhythm, now, since=since)
    draft = replace(
        draft, voided=stored.void_sentence, missed=_missed_sentence(stored, target, config)
    )
    return _with_stored(connection, config, draft, stored, ready, waiting)


def _with_stored(
    connection: Connection,
    config: NewsletterConfig,
    draft: Draft,
    stored: Issue,
    ready: tuple[Post, ...],
    waiting: WaitingPosts,
) -> Draft:
    """Return the draft with its issue as it is stored, and with what waits beside it."""
    chosen, waiting = _choose(connection, config, draft, stored.own_edits, ready, waiting)
    later, left_out = _beside(stored, chosen, waiting)
    return replace(
        draft,
        issue=stored,
        edited=edited_posts(connection, stored),
        later=later,
        left_out=left_out,
        **_demand(connection, config, stored),
    )


def _recompose(
    connection: Connection,
    config: NewsletterConfig,
    draft: Draft,
    stored: Issue | None,
    ready: tuple[Post, ...],
    *,
    since: dt.datetime | None,
    now: dt.datetime,
) -> Draft:
    """Compose the draft's issue from the posts that are ready and save it over `stored`.

    Delete `stored` if there are too few posts.
    """
    edits = edit_history(connection, stored, draft.rhythm, draft.target)[-1]
    chosen, left_out = _choose(connection, config, draft, edits, ready, draft.left_out)
    book = load_greeting_book(config)
    draft = replace(draft, left_out=left_out, greeting_warning=book_warning(book))
    min_posts = config.settings.issue.min_posts
    if len(chosen) < min_posts:
        if stored is not None:
            issues.delete_draft(connection, stored.id)
        reason = f"{draft.voided} {_too_few(len(chosen), min_posts)}".strip()
        return replace(draft, reason=reason)
    issue = compose_issue(
        connection,
        config,
        chosen,
        book=book,
        stored=stored,
        target=draft.target,
        rhythm=draft.rhythm,
        since=since,
        now=now,
    )
    if stored is None:
        issue = issues.add(connection, issue)
    else:
        issues.save(connection, issue)
    return replace(draft, issue=issue, **_demand(connection, config, issue))


def _choose(
    connection: Connection,
    config: NewsletterConfig,
    draft: Draft,
    edits: OwnEdits,
    ready: tuple[Post, ...],
    waiting: WaitingPosts,
) -> tuple[tuple[Post, ...], WaitingPosts]:
    """Return the posts that an issue with these edits holds, newest first, and those that wait."""
    settings = config.settings.issue
    ready, waiting = place_posts(ready, waiting, edits)
    ready = (*ready, *pulled_from_before(connection, draft.rhythm, edits))
    max_posts = settings.monthly_max_posts if draft.is_second else settings.max_posts
    choice = choose_posts(ready, max_posts=max_posts, pulled_in=edits.pulled_in)
    return choice.chosen, (*waiting, *choice.left_out)


def _reopen(approved: Issue, void_reason: str) -> Issue:
    """Return an issue whose approval is void as a draft, for which a new notice is sent."""
    return replace(
        approved,
        status="draft",
        approved_hash="",
        release_at=None,
        before_release=None,
        noticed_at=None,
        void_reason=void_reason,
    )


def _missed_sentence(stored: Issue, target: Target, config: NewsletterConfig) -> str:
    if stored.missed_for is None or stored.missed_for >= target.slot.at:
        # A clock that was set back makes it due again.
        return ""
    was_due, goes = (
        f"{moment.astimezone(config.zone):%A %Y-%m-%d %H:%M}"
        for moment in (stored.missed_for, target.slot.at)
    )
    return (
        f"Issue {stored.number} was due {was_due} and did not go out in time; it is for {goes} now."
    )


def _beside(
    stored: Issue, chosen: Sequence[Post], waiting: WaitingPosts
) -> tuple[tuple[Post, ...], WaitingPosts]:
    """Return the posts that came after an approval, and all that wait beside a stored issue."""
    inside = {post.id for post in stored.posts}
    others = tuple(post for post in chosen if post.id not in inside)
    came = f"came after issue {stored.number} was {stored.status}: waits for the next"
    reason = came if stored.status != "draft" else "waits until the run that is at work has ended"
    left_out = (
        *((post, why) for post, why in waiting if post.id not in inside),
        *((post, reason) for post in others),
    )
    return others if stored.status == "approved" else (), left_out


def _without_issue(
    connection: Connection, config: NewsletterConfig, rhythm: Rhythm, target: Target
) -> Draft:
    last = issues.newest_frozen(connection, rhythm)
    return Draft(
        issue=None,
        target=target,
        rhythm=rhythm,
        is_second=is_second_rhythm(config.settings, rhythm),
        by_rule=posts.count_excluded(connection, since=last.frozen_at if last else None),
    )


def _demand(connection: Connection, config: NewsletterConfig, issue: Issue) -> dict[str, Any]:
    """Return the draft's `editions` and `readers`."""
    demand = demand_for(connection, config.settings, issue)
    keys = tuple(profile.key for profile in demand.profiles)
    return {"editions": keys, "readers": demand.readers}


def _void_reason(connection: Connection, pinned: Issue, target: Target, now: dt.datetime) -> str:
    """Return why the approval of a pinned issue no longer holds, as a clause; "" if it does."""
    if pinned.status != "approved":
        return ""
    stored = posts.by_ids(connection, [post.id for post in pinned.posts])
    for post in stored:
        if post.state in ("withdrawn", "skipped"):
            what = "skipped" if post.state == "skipped" else "taken off the blog"
            return f"“{post.title}” was {what}"
    if pinned.key != target.slot.key and pinned.release_at is None:
        return "its day passed unsent" if pinned.planned_for <= now else "its day was changed"
    return ""


def _too_few(count: int, min_posts: int) -> str:
    if count == 0:
        return "No new posts are waiting."
    wait = "post waits" if count == 1 else "posts wait"
    return f"Only {count} {wait}, and an issue takes {min_posts} (min_posts)."
