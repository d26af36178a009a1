"""Sending an issue now: the grace, undoing it, and what delivers it when the grace is over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from newsletter.context import Context
from newsletter.delivery.control import resume, stop
from newsletter.delivery.freeze import freeze
from newsletter.editorial.approval import approve, unapprove
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.edit_request import EditRequest
from newsletter.editorial.editions import content_hash
from newsletter.editorial.own_edits import edit_issue
from newsletter.errors import NotReady, SettingsError, TooSoon
from newsletter.models import DESK, Figures, Issue
from newsletter.pipeline.release import next_release, send_now, send_released, undo_send
from newsletter.pipeline.run import run
from newsletter.pipeline.send import send, send_issue
from newsletter.storage import decisions, issues
from newsletter.storage.database.engine import snapshot, transaction
from tests.support.newsletter_folder import create_newsletter, publish, retitle, subscribe

REAL = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
FIVE_MINUTES = dt.timedelta(minutes=5)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A draft with two posts for one reader, on a Friday; the real clock stands still."""
    yield from _open(tmp_path, "")


@pytest.fixture
def either(tmp_path: Path, database_url: str) -> Iterator[Context]:
    """The same on SQLite and on PostgreSQL."""
    yield from _open(tmp_path, database_url)


def _open(folder: Path, database_url: str) -> Iterator[Context]:
    context = create_newsletter(folder / "newsletter", database_url=database_url)
    publish(context, "Larch week", "Hill repeats")
    subscribe(context, "ada@example.com")
    draft_issue(context)
    yield at(context, REAL)
    context.engine.dispose()


def at(context: Context, moment: dt.datetime) -> Context:
    return replace(context, real_clock=lambda: moment)


def release_time(context: Context) -> dt.datetime | None:
    with snapshot(context.engine) as connection:
        return next_release(connection)


def issue(context: Context) -> Issue:
    with snapshot(context.engine) as connection:
        stored = issues.by_number(connection, 1)
    assert stored is not None
    return stored


def shown_hash(context: Context) -> str:
    """The hash of the issue as a page would show it."""
    with snapshot(context.engine) as connection:
        return content_hash(connection, context.config, issue(context))


def deliver(context: Context) -> tuple[str, ...]:
    sent = send_released(context, progress=lambda _issue: lambda _figures: None, should_stop=bool)
    return tuple(each.reason for each in sent)


def outbox(context: Context) -> list[str]:
    return sorted(path.name for path in (context.folder / "outbox" / "1").glob("*.eml"))


def kinds(context: Context) -> list[str]:
    with snapshot(context.engine) as connection:
        return [made.kind for made in decisions.decisions_on(connection, 1)]


def test_it_is_approved_as_it_was_seen_and_waits_for_the_end_of_the_grace(either: Context) -> None:
    what = shown_hash(either)
    released = send_now(either, "1", seen=what, by=DESK)

    assert released.at == REAL + FIVE_MINUTES == release_time(either)
    assert (issue(either).status, issue(either).approved_hash) == ("approved", what)
    assert deliver(either) == ()
    assert outbox(either) == []

    later = at(either, REAL + FIVE_MINUTES)
    assert len(deliver(later)) == 1
    assert outbox(either) == ["ada@example.com.eml"]
    assert issue(either).status == "sent"
    assert release_time(either) is None


def test_undone_within_the_grace_it_is_as_it_was_before(either: Context) -> None:
    before = issue(either)
    send_now(either, "1", seen=shown_hash(either), by=DESK)

    undo_send(either, "1", by=DESK)

    assert issue(either) == before
    assert deliver(at(either, REAL + FIVE_MINUTES)) == ()
    run(at(either, REAL + FIVE_MINUTES))
    assert outbox(either) == []
    assert kinds(either) == ["approve", "send now", "undo"]


def test_undone_after_an_approval_it_is_approved_as_before(context: Context) -> None:
    approve(context, "1")
    before = issue(context)
    send_now(context, "1", seen=before.approved_hash, by=DESK)
    undo_send(context, "1", by=DESK)
    assert issue(context) == before
    assert before.status == "approved"


def test_undoing_needs_no_lock_so_a_run_at_work_does_not_hinder_it(context: Context) -> None:
    send_now(context, "1", seen=shown_hash(context), by=DESK)
    with context.lock():
        undo_send(context, "1", by=DESK)
    assert issue(context).status == "draft"


def test_what_is_frozen_cannot_be_undone(either: Context) -> None:
    send_now(either, "1", seen=shown_hash(either), by=DESK)
    freeze(either, 1, need_approval=True)
    with pytest.raises(NotReady, match="too late to undo"):
        undo_send(either, "1", by=DESK)
    assert issue(either).status == "frozen"


def test_of_undoing_and_sending_at_the_same_moment_one_wins(either: Context) -> None:
    """The sender has read the issue as let go when it is taken back."""
    released = send_now(either, "1", seen=shown_hash(either), by=DESK).issue
    undo_send(either, "1", by=DESK)
    no_approval = changed(either.settings.issue, approval="auto")
    any_may_go = replace(either, settings=changed(either.settings, issue=no_approval))
    with pytest.raises(NotReady, match="taken back just now"):
        send_issue(any_may_go, released)
    assert issue(either).status == "draft"


def test_a_second_click_keeps_the_first_time(context: Context) -> None:
    what = shown_hash(context)
    first = send_now(context, "1", seen=what, by=DESK)
    again = send_now(at(context, REAL + FIVE_MINUTES / 2), "1", seen=what, by=DESK)
    assert (again.at, again.was_released) == (first.at, True)
    assert kinds(context) == ["approve", "send now"]


def test_what_has_gone_is_not_sent_again(context: Context) -> None:
    what = shown_hash(context)
    send_now(context, "1", seen=what, by=DESK)
    deliver(at(context, REAL + FIVE_MINUTES))
    with pytest.raises(NotReady, match="nobody gets it twice"):
        send_now(context, "1", seen=what, by=DESK)


@pytest.mark.parametrize("shown", ["", "0" * 64])
def test_nothing_goes_that_was_not_seen(context: Context, shown: str) -> None:
    with pytest.raises(NotReady, match="has changed since you looked"):
        send_now(context, "1", seen=shown, by=DESK)
    assert issue(context).status == "draft"


def test_new_text_of_an_approved_issue_is_approved_first(context: Context) -> None:
    approve(context, "1")
    old = issue(context).approved_hash
    retitle(context, "Larch week", "Golden larch week")
    with pytest.raises(NotReady, match=r"Golden larch week.*after you approved"):
        send_now(context, "1", seen="1" * 64, by=DESK)
    assert send_now(context, "1", seen=old, by=DESK).issue.approved_hash == old


def test_an_error_of_the_checks_keeps_it_back_at_once(context: Context) -> None:
    settings = context.settings
    bare = replace(
        context, settings=changed(settings, newsletter=changed(settings.newsletter, from_="x@y.z"))
    )
    with transaction(context.engine) as connection:
        issues.save(connection, replace(issue(context), subject="A {{ broken }} subject"))
    with pytest.raises(NotReady, match="does not go out as it is"):
        send_now(bare, "1", seen=shown_hash(bare), by=DESK)
    assert issue(context).release_at is None
    assert issue(context).status == "draft"


def test_settings_that_let_nothing_go_out_refuse_it(context: Context) -> None:
    newsletter = changed(context.settings.newsletter, postal_address="")
    nowhere = replace(context, settings=changed(context.settings, newsletter=newsletter))
    with pytest.raises(SettingsError):
        send_now(nowhere, "1", seen=shown_hash(nowhere), by=DESK)


def test_soon_after_another_the_author_has_to_insist(context: Context) -> None:
    approve(context, "1")
    send(context, "1")
    publish(context, "A second thought")
    second = draft_issue(context).issue
    assert second is not None
    with snapshot(context.engine) as connection:
        what = content_hash(connection, context.config, second)
    with pytest.raises(TooSoon, match="less than three days ago"):
        send_now(context, "2", seen=what, by=DESK)
    assert send_now(context, "2", seen=what, by=DESK, insist=True).issue.number == 2


@pytest.mark.parametrize("act", ["unapprove", "edit", "stop"])
def test_whatever_takes_the_approval_away_lets_nothing_go(context: Context, act: str) -> None:
    send_now(context, "1", seen=shown_hash(context), by=DESK)
    if act == "unapprove":
        unapprove(context, "1")
    elif act == "edit":
        edit_issue(context, "1", EditRequest(subject="Another one"))
    else:
        stop(context, "1")
    assert release_time(context) is None
    assert deliver(at(context, REAL + FIVE_MINUTES)) == ()
    if act == "stop":
        assert resume(context, "1").status == "approved"
        assert release_time(context) is None


def test_a_run_waits_for_the_grace_and_then_sends_though_it_is_not_due(context: Context) -> None:
    send_now(context, "1", seen=shown_hash(context), by=DESK)
    waiting = run(context)
    assert "goes out at 05:05" in waiting.reason
    assert outbox(context) == []
    sent = run(at(context, REAL + FIVE_MINUTES))
    assert sent.figures == Figures(planned=1, accepted=1)


def test_the_command_line_waits_for_no_grace(context: Context) -> None:
    send_now(context, "1", seen=shown_hash(context), by=DESK)
    assert send(context, "1").figures.accepted == 1


def test_without_a_grace_it_goes_at_once(context: Context) -> None:
    no_grace = changed(context.settings.issue, undo_minutes=0)
    context = replace(context, settings=changed(context.settings, issue=no_grace))
    assert send_now(context, "1", seen=shown_hash(context), by=DESK).at == REAL
    assert len(deliver(context)) == 1


def test_a_delivery_that_is_told_to_stop_leaves_the_rest_for_later(context: Context) -> None:
    send_now(context, "1", seen=shown_hash(context), by=DESK)
    later = at(context, REAL + FIVE_MINUTES)
    assert (
        send_released(
            later, progress=lambda _issue: lambda _figures: None, should_stop=lambda: True
        )
        == ()
    )
    assert outbox(context) == []
