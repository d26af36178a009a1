"""Approval: what it pins, what revokes it, and what is sent without it."""

from __future__ import annotations

from dataclasses import replace

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import HILL, LATE, MUD, NEXT_SUNDAY, SATURDAY, SUNDAY


def sent_titles(newsletter: Newsletter, issue: int = 1) -> list[str]:
    return newsletter.titles_in(newsletter.outbox(issue)["ann@example.com"])


def test_an_unapproved_issue_is_held_and_exits_with_3(drafted: Newsletter) -> None:
    answer = drafted.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    assert answer.json["issue"] is None
    assert "is held: it is not approved" in answer.json["reason"]
    assert "newsletter approve next" in answer.json["reason"]
    assert drafted.outbox() == {}


def test_send_refuses_an_unapproved_issue(drafted: Newsletter) -> None:
    answer = drafted("send", "next")

    assert answer.code == 1
    assert "Issue 1 is not approved" in answer.err
    assert drafted.outbox() == {}


def test_approved_late_it_still_goes_out(drafted: Newsletter) -> None:
    drafted.at(SUNDAY)("run")
    drafted.run("approve", "next")
    answer = drafted.at("2026-10-12T09:00").run("run", "--json")

    assert answer.json["status"] == "sent"
    assert sorted(sent_titles(drafted)) == ["A new hill", "Mud and more mud"]


def test_approval_pins_posts_and_bytes_and_later_posts_wait(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    before = drafted.run("show", "next", "--format", "json").json
    drafted.items[1] = replace(HILL, title="An edited hill")
    drafted.publish(LATE)
    drafted.at(SATURDAY).run("collect")
    again = drafted.run("draft", "--json").json
    drafted.at(SUNDAY).run("run")

    assert again["status"] == "approved"
    assert [item["title"] for item in again["left_out"]] == [LATE.title]
    assert "waits for the next" in again["left_out"][0]["reason"]
    assert drafted.run("show", "last", "--format", "json").json["html"] == before["html"]
    assert LATE.title not in before["html"]


def test_posts_after_the_approval_are_in_the_next_issue(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.publish(LATE)
    drafted.at(SUNDAY).run("run")
    drafted.run("draft")
    drafted.run("approve", "next")
    drafted.at(NEXT_SUNDAY).run("run")

    assert sent_titles(drafted, 2) == [LATE.title]


def test_posts_that_were_left_out_before_the_approval_do_not_come_after_it(
    drafted: Newsletter,
) -> None:
    held = drafted.run("draft", "--json").json["posts"][0]
    drafted.run("edit", "next", "--hold", str(held["id"]))
    drafted.run("approve", "next")
    before = drafted.run("draft").out
    drafted.publish(LATE)
    drafted.at(SATURDAY).run("collect")
    after = drafted.run("draft").out

    assert f"{held['title']} (you hold it back: " in before
    assert "came after" not in before
    assert f"{held['title']} (you hold it back: " in after
    assert f"{LATE.title} (came after issue 1 was approved" in after


def test_approving_twice_and_revoking_are_harmless(drafted: Newsletter) -> None:
    first = drafted.run("approve", "next", "--json").json
    second = drafted.run("approve", "1", "--json").json
    back = drafted.run("unapprove", "1", "--json").json
    again = drafted.run("unapprove", "next", "--json").json

    assert (first["issue"], first["status"]) == (1, "approved")
    assert second["status"] == "approved"
    assert (back["status"], again["status"]) == ("draft", "draft")
    assert drafted.at(SUNDAY)("run").code == 3


def test_a_withdrawn_post_voids_the_approval_and_is_reported(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.withdraw(MUD.number)
    answer = drafted.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    assert "The approval of issue 1 is void" in answer.json["reason"]
    assert "Mud and more mud" in answer.json["reason"]
    assert drafted.outbox() == {}
    assert [post["title"] for post in drafted.run("draft", "--json").json["posts"]] == [HILL.title]


def test_an_issue_that_loses_its_only_posts_is_reported(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.withdraw(MUD.number)
    drafted.withdraw(HILL.number)
    answer = drafted.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    assert "The approval of issue 1 is void" in answer.json["reason"]
    assert "nothing is sent" in answer.json["reason"]


def test_a_changed_setting_after_the_approval_is_noticed(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.set("1 Hill Road", "2 Hill Road")
    before = drafted.run("draft").out
    answer = drafted.at(SUNDAY)("run", "--json")

    assert answer.code == 3
    for words in (before, answer.json["reason"]):
        assert "no longer reads as it did when it was approved" in words
        assert "then `newsletter approve 1`" in words
    assert drafted.outbox() == {}
    again = drafted.run("approve", "next").out
    assert "approved and pinned as it reads with the changed settings" in again
    assert drafted.run("run", "--json").json["accepted"] == 2


def test_a_time_or_day_changed_after_the_approval_is_the_issue_s(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.set('time = "07:00"', 'time = "09:00"')
    assert "goes out Sunday 2026-10-11 09:00" in drafted.run("run").out

    drafted.set('day = "sunday"', 'day = "saturday"')
    moved = drafted("run")
    assert (moved.code, "goes out Saturday 2026-10-10 09:00" in moved.out) == (3, True)
    assert "then `newsletter approve 1`" in moved.out, "the issue bears its date"
    assert "due 2026-10-10 09:00" in drafted.run("approve", "next").out

    drafted.set('day = "saturday"', 'day = "monday"')
    lost = drafted("run")
    assert lost.code == 3
    assert "The approval of issue 1 is void: its day was changed" in lost.out
    assert "did not go out in time" not in lost.out


def test_an_approved_issue_that_goes_out_early_goes_out_once(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    early = drafted.run("send", "next", "--json").json
    late = drafted.at(SUNDAY).run("run", "--json").json

    assert (early["issue"], early["status"], early["accepted"]) == (1, "sent", 2)
    assert late["issue"] is None


def test_a_stopped_issue_waits_for_the_author(drafted: Newsletter) -> None:
    drafted.run("approve", "next")
    drafted.run("stop", "next")
    held = drafted.at(SUNDAY)("run")
    drafted.run("resume", "next")

    assert held.code == 3
    assert "Issue 1 is stopped" in held.out
    assert drafted.run("run", "--json").json["status"] == "sent"


def test_a_cancelled_issues_posts_wait_for_the_next(drafted: Newsletter) -> None:
    drafted.run("cancel", "next")
    silent = drafted.at(SUNDAY).run("run", "--json").json
    draft = drafted.run("draft", "--json").json

    assert silent["issue"] is None
    assert draft["issue"] == 2
    assert draft["key"] == "2026-W42"
    assert len(draft["posts"]) == 2
