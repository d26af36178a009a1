"""`reset --rehearsals`: after rehearsals the first real issue is number 1."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.collecting.post_decisions import all_posts
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.find_issue import list_issues
from newsletter.errors import NotReady
from newsletter.pipeline.rehearsals import reset_rehearsals
from newsletter.pipeline.send import send
from newsletter.storage import greeting_uses
from newsletter.storage.database.engine import snapshot
from tests.support.delivery_folder import (
    create_outbox_newsletter,
    create_sendgrid_newsletter,
    freeze_next_issue,
)
from tests.support.sendgrid import SendGridStandIn


def test_posts_numbers_and_greetings_are_free_again(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    freeze_next_issue(context)
    send(context, "last")

    reset = reset_rehearsals(context)
    assert (reset.issues, reset.posts, reset.draft_number) == (1, 1, None)
    assert list_issues(context) == ()
    with snapshot(context.engine) as connection:
        assert greeting_uses.all_uses(connection) == ()
    assert [post.state for post in all_posts(context)] == ["waiting"]
    issue = draft_issue(context).issue
    assert issue is not None
    assert issue.number == 1


def test_the_messages_are_moved_aside_and_the_next_ones_take_their_place(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    outbox = context.folder / "outbox"
    for count in (1, 2):
        freeze_next_issue(context)
        assert send(context, "last").figures.accepted == 6
        assert reset_rehearsals(context).moved_to == outbox / f"rehearsal-{count}"
    assert not (outbox / "1").exists()
    assert len(list((outbox / "rehearsal-2" / "1").iterdir())) == 6


def test_a_draft_in_the_making_stays_under_number_one(tmp_path: Path) -> None:
    context = create_outbox_newsletter(tmp_path / "newsletter")
    draft_issue(context)
    assert reset_rehearsals(context).draft_number == 1
    assert [issue.status for issue, _ in list_issues(context)] == ["draft"]


def test_without_a_rehearsal_nothing_happens(tmp_path: Path) -> None:
    reset = reset_rehearsals(create_outbox_newsletter(tmp_path / "newsletter"))
    assert (reset.issues, reset.posts, reset.draft_number, reset.moved_to) == (0, 0, None, None)


def test_issues_sent_to_real_people_are_never_reset(
    tmp_path: Path, sendgrid: SendGridStandIn
) -> None:
    context = create_sendgrid_newsletter(tmp_path / "newsletter", sendgrid)
    freeze_next_issue(context)
    send(context, "last")
    before = list_issues(context)
    with pytest.raises(NotReady, match="no rehearsal"):
        reset_rehearsals(context)
    assert list_issues(context) == before
