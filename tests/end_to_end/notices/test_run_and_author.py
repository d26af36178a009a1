"""The author is told when a person is needed: once for each state, by cron and by a notice."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from tests.end_to_end.newsletter import Newsletter, text_of
from tests.end_to_end.posts import FRIDAY, HILL, LATE, MUD, NEXT_SUNDAY, SATURDAY, SUNDAY
from tests.support.program import CommandResult

AUTHOR = "jane@example.com"
AUTHOR_EMAIL = ('author_email = ""', f'author_email = "{AUTHOR}"')


@pytest.fixture
def told(drafted: Newsletter) -> Newsletter:
    """An author with an address of her own, and a draft of two posts to approve."""
    drafted.set(*AUTHOR_EMAIL)
    return drafted


def quiet_run(newsletter: Newsletter, moment: str = "") -> CommandResult:
    """Run as cron does; what it prints is what cron mails."""
    if moment:
        newsletter.at(moment)
    result = newsletter("--quiet", "run")
    assert result.out == ""
    return result


def subjects(newsletter: Newsletter) -> list[str]:
    return [str(notice["Subject"]) for notice in newsletter.notices()]


def newest(newsletter: Newsletter) -> str:
    return " ".join(text_of(newsletter.notices()[-1]).split())


def edit_hill(newsletter: Newsletter) -> None:
    """Mend a typo in a post."""
    newsletter.items[newsletter.items.index(HILL)] = replace(HILL, body="<p>A mended hour.</p>")
    newsletter.publish()


def test_a_draft_is_told_with_all_that_the_author_needs(told: Newsletter) -> None:
    quiet = quiet_run(told)

    (notice,) = told.notices()
    assert (quiet.code, quiet.err) == (0, ""), "a draft before its time needs nobody"
    assert notice["Subject"] == "Issue 1 waits for you: Sunday 07:00"
    assert notice["To"] == AUTHOR
    words = newest(told)
    for sentence in (
        "It is due Sunday, 11 October 2026 at 07:00. Nobody gets it until you approve it.",
        "In it: * Mud and more mud * A new hill",
        "If you do nothing: Nobody gets it. Not approved by Tuesday, 13 October 2026 at 07:00,",
        "its posts are for Sunday, 18 October 2026 at 07:00 instead.",
        "Approve it: newsletter approve 1",
        "Stop it: newsletter stop 1",
        "The issue as it stands, for a made-up reader",
        "An easy hour by the river",
    ):
        assert sentence in words


def test_a_notice_is_no_issue_and_no_reader_gets_it(told: Newsletter) -> None:
    quiet_run(told)

    (file,) = (told.folder / "outbox" / "notice").iterdir()
    (notice,) = told.notices()
    assert file.name == "1-1-jane@example.com.eml"
    assert notice["List-Unsubscribe"] is None
    assert notice["List-Id"] is None
    assert notice["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in parts_of(notice)] == ["text/plain", "text/html"]
    assert told.outbox() == {}
    assert told.run("issues", "--json").json["issues"][0]["planned"] == 0


def parts_of(message: EmailMessage) -> list[EmailMessage]:
    return [part for part in message.iter_parts() if isinstance(part, EmailMessage)]


def test_a_new_post_and_an_edit_are_told_and_nothing_else_is_twice(told: Newsletter) -> None:
    told.set("reminder = true ", "reminder = false")
    quiet_run(told)
    quiet_run(told)
    assert len(told.notices()) == 1
    edit_hill(told)
    told.publish(LATE)
    quiet_run(told, SATURDAY)
    assert len(told.notices()) == 1, "the edit has to settle first"
    quiet_run(told, "2026-10-10T21:01")
    quiet_run(told)

    assert subjects(told)[1:] == ["Issue 1 has changed: Sunday 07:00"]
    words = newest(told)
    assert "“Saturday by the lake” is new in it." in words
    assert "“A new hill” was edited." in words


def test_an_issue_that_nobody_approved_is_told_once_more_the_evening_before(
    told: Newsletter,
) -> None:
    for moment in (FRIDAY, SATURDAY, "2026-10-10T23:00"):
        assert quiet_run(told, moment).err == ""

    assert subjects(told) == [
        "Issue 1 waits for you: Sunday 07:00",
        "Issue 1 still waits for you: Sunday 07:00",
    ]


def test_held_past_its_time_is_said_once_and_mailed_once(told: Newsletter) -> None:
    quiet_run(told)
    first = quiet_run(told, SUNDAY)
    second = quiet_run(told, "2026-10-11T08:00")

    assert (first.code, second.code) == (3, 3)
    assert first.err == (
        "Issue 1 was due Sunday 2026-10-11 07:00 and is held: it is not approved. "
        "Approve it with `newsletter approve next`.\n"
    )
    assert second.err == ""
    assert subjects(told)[1:] == ["Issue 1 is held: it was due Sunday 07:00"]


def test_without_an_address_of_the_author_cron_still_hears_of_it(drafted: Newsletter) -> None:
    held = quiet_run(drafted, SUNDAY)
    again = quiet_run(drafted)

    assert "is held: it is not approved" in held.err
    assert again.err == ""
    assert drafted.notices() == []


def test_a_stopped_issue_is_told_when_it_is_stopped_and_when_it_was_due(told: Newsletter) -> None:
    told.run("stop", "next")
    errors = [quiet_run(told, moment).err for moment in (FRIDAY, SATURDAY, SUNDAY)]

    assert "Issue 1 is stopped; it is due Sunday 2026-10-11 07:00" in errors[0]
    assert errors[1] == ""
    assert "Issue 1 is stopped; it was due Sunday 2026-10-11 07:00" in errors[2]
    assert subjects(told) == [
        "Issue 1 is stopped: Sunday 07:00",
        "Issue 1 is stopped; it was due Sunday 07:00",
    ]
    assert "Let it go on: newsletter resume 1" in newest(told)


def test_after_a_stop_and_a_resume_nobody_claims_that_it_was_not_stopped(
    weekly: Newsletter,
) -> None:
    weekly.set('approval = "auto"', 'approval = "veto"')
    weekly.set(*AUTHOR_EMAIL)
    weekly.run("run")
    weekly.run("stop", "next")
    resumed = weekly.run("resume", "next")
    sent = weekly.at(SUNDAY).run("run")

    assert resumed.out == (
        "Issue 1 is a draft again. It goes to 2 readers on Sunday 07:00 unless you stop it.\n"
    )
    assert "the 12 hours for your veto are over" in sent.out
    assert "nobody stopped it" not in sent.out


def test_resume_says_what_the_issue_waits_for(drafted: Newsletter) -> None:
    drafted.run("stop", "next")
    unapproved = drafted.run("resume", "next")
    drafted.run("approve", "next")
    drafted.run("stop", "next")
    approved = drafted.run("resume", "next")

    assert "waits for your approval" in unapproved.out
    assert "is approved as before" in approved.out


def test_skipping_a_post_of_an_approved_issue_voids_it_at_once_and_until_approved(
    told: Newsletter,
) -> None:
    told.run("approve", "next")
    mud = next(post for post in told.run("posts", "--json").json["posts"] if "Mud" in post["title"])
    skipped = told.run("posts", "skip", str(mud["id"]))
    statuses = [issue["status"] for issue in told.run("issues", "--json").json["issues"]]
    first, second = quiet_run(told), quiet_run(told)
    drafted = told.run("draft")
    told.run("approve", "next")
    third = quiet_run(told)

    void = "The approval of issue 1 is void: “Mud and more mud” was skipped."
    assert f"{void} Look at it again, then `newsletter approve 1`." in skipped.out
    assert statuses == ["draft"]
    assert void in first.err
    assert [result.code for result in (first, second, third)] == [3, 3, 0]
    assert (second.err, third.err) == ("", "")
    assert void in drafted.out
    assert subjects(told) == ["Issue 1 lost its approval: Sunday 07:00"]


def test_a_void_approval_is_heard_of_though_another_command_saw_it_first(told: Newsletter) -> None:
    told.run("approve", "next")
    told.withdraw(MUD.number)
    told.run("collect")
    told.run("draft")
    heard = quiet_run(told)

    assert "is void: “Mud and more mud” was taken off the blog." in heard.err


def test_a_week_that_passes_unsent_is_told_with_the_new_day(told: Newsletter) -> None:
    quiet_run(told, SUNDAY)
    passed = quiet_run(told, "2026-10-13T08:00")
    later = quiet_run(told, "2026-10-13T09:00")

    assert passed.code == 3
    assert (
        "Issue 1 was due Sunday 2026-10-11 07:00 and did not go out in time; it is for Sunday "
        "2026-10-18 07:00 now. Look at it again, then `newsletter approve 1`."
    ) in passed.err
    assert later.err == ""
    assert subjects(told)[-1] == "Issue 1 did not go out: it was due Sunday 07:00"
    told.run("approve", "next")
    assert told.at(NEXT_SUNDAY).run("run", "--json").json["status"] == "sent"


def test_a_feed_that_fails_is_said_once_and_again_after_it_recovered(told: Newsletter) -> None:
    def run_with_broken_feed() -> str:
        told.blog.pages["/feed/"] = (500, "text/plain", b"")
        return quiet_run(told).err

    first, second = run_with_broken_feed(), run_with_broken_feed()
    told.publish()
    recovered = quiet_run(told)
    third = run_with_broken_feed()

    assert "HTTP 500" in first
    assert second == ""
    assert (recovered.code, recovered.err) == (0, "")
    assert third == first
    assert subjects(told).count("Your blog could not be read") == 2


def test_a_setting_changed_after_the_approval_is_told_as_held(told: Newsletter) -> None:
    told.run("approve", "next")
    told.set("1 Hill Road", "2 Hill Road")
    first, second = quiet_run(told), quiet_run(told, SUNDAY)

    assert "no longer reads as it did when it was approved" in first.err, "days before its time"
    assert (first.code, second.code, second.err) == (3, 3, "")
    assert subjects(told)[-1] == "Issue 1 cannot go out"


def test_an_edit_after_the_approval_is_told_everywhere_and_approve_takes_it(
    told: Newsletter,
) -> None:
    told.run("approve", "next")
    edit_hill(told)
    heard, silent = quiet_run(told), quiet_run(told)
    output = told.run("run").out
    drafted = told.run("draft")
    listed = told.run("posts").out
    approved = told.run("approve", "next")
    told.at(SUNDAY).run("run")

    sentence = "“A new hill” was edited after you approved issue 1: `newsletter approve 1` again"
    for text in (heard.err, output, drafted.out):
        assert sentence in text
    assert silent.err == ""
    assert "in issue 1, which you approved; edited since" in listed
    assert subjects(told) == ["“A new hill” was edited after you approved issue 1"]
    assert "is approved and pinned with the new text of “A new hill”" in approved.out
    assert "A mended hour." in text_of(told.outbox()["ann@example.com"])


def test_an_edit_that_nobody_approves_stays_out_and_the_run_says_so(told: Newsletter) -> None:
    told.run("approve", "next")
    edit_hill(told)
    sent = told.at(SUNDAY).run("run")

    assert "“A new hill” was edited since; it goes out as you approved it." in sent.out
    assert "A mended hour." not in text_of(told.outbox()["ann@example.com"])


def test_an_edit_told_as_the_issue_leaves_and_a_late_approval_speak_of_now(
    told: Newsletter,
) -> None:
    late = told.at(SUNDAY).run("approve", "next")
    edit_hill(told)
    told.at("2026-10-11T07:30").run("run")

    assert "it was due 2026-10-11 07:00 and goes out with the next run." in late.out
    assert "It goes out now with the text that you approved." in newest(told)


def test_run_and_posts_speak_of_an_approved_issue_as_approved(drafted: Newsletter) -> None:
    drafted.run("approve", "next")

    assert drafted.run("run").out == (
        "Issue 1 is approved with 2 posts and goes out Sunday 2026-10-11 07:00.\n"
    )
    posts = drafted.run("posts").out
    assert posts.count("in issue 1, which you approved") == 2
    assert "waits for the next issue" not in posts


def test_a_kind_of_notice_can_be_switched_off(told: Newsletter) -> None:
    told.set("draft = true ", "draft = false ")
    told.set("due = true ", "due = false ")
    held = quiet_run(told, SUNDAY)

    assert "is held: it is not approved" in held.err, "standard error is not a notice"
    assert told.notices() == []


def test_veto_without_an_address_is_a_wrong_setting(weekly: Newsletter) -> None:
    weekly.set('approval = "auto"', 'approval = "veto"')
    refused = weekly("run")
    weekly.set(*AUTHOR_EMAIL)
    weekly.set("draft = true ", "draft = false ")
    untold = weekly("run")

    assert (refused.code, untold.code) == (2, 2)
    assert 'approval = "veto" needs author_email' in refused.err
    assert 'Write author_email = "you@example.com" under [newsletter]' in refused.err
    assert "[notices] draft is false" in untold.err


def test_the_hours_for_a_veto_begin_once_the_notice_was_accepted(weekly: Newsletter) -> None:
    weekly.set('approval = "auto"', 'approval = "veto"')
    weekly.set(*AUTHOR_EMAIL)
    in_the_way = weekly.folder / "outbox"
    in_the_way.write_text("a file", "utf-8")
    unsent = quiet_run(weekly, SATURDAY)
    silent = quiet_run(weekly, "2026-10-10T21:00")
    held = quiet_run(weekly, SUNDAY)
    in_the_way.unlink()
    quiet_run(weekly, "2026-10-11T08:00")
    early = weekly.at("2026-10-11T19:59").run("run", "--json").json
    sent = weekly.at("2026-10-11T20:00").run("run", "--json").json

    problem = f"could not be sent to {AUTHOR}"
    assert problem in unsent.err
    assert (unsent.code, silent.err) == (3, "")
    assert "its notice has not been sent to you yet" in held.err
    assert (early["issue"], sent["status"]) == (None, "sent")
    assert subjects(weekly) == ["Issue 1 goes out Sunday 20:00 unless you stop it"]


def test_a_post_that_comes_within_the_hours_for_a_veto_begins_them_anew(weekly: Newsletter) -> None:
    weekly.set('approval = "auto"', 'approval = "veto"')
    weekly.set(*AUTHOR_EMAIL)
    quiet_run(weekly, FRIDAY)
    weekly.publish(LATE)
    quiet_run(weekly, "2026-10-11T00:00")
    waits = weekly.at(SUNDAY).run("run", "--json").json
    sent = weekly.at("2026-10-11T12:00").run("run", "--json").json

    assert subjects(weekly) == [
        "Issue 1 goes out Sunday 07:00 unless you stop it",
        "Issue 1 has changed and goes out Sunday 12:00 unless you stop it",
        "Issue 1 goes out Sunday 12:00 unless you stop it",
    ]
    assert "goes out at 2026-10-11 12:00 unless" in waits["reason"]
    assert sent["status"] == "sent"


def test_it_is_remembered_on_postgresql_too(on_postgresql: Newsletter) -> None:
    on_postgresql.set('approval = "auto"', 'approval = "required"')
    on_postgresql.set(*AUTHOR_EMAIL)
    quiet_run(on_postgresql, FRIDAY)
    first, second = quiet_run(on_postgresql, SUNDAY), quiet_run(on_postgresql)

    assert "is held: it is not approved" in first.err
    assert second.err == ""
    assert subjects(on_postgresql) == [
        "Issue 1 waits for you: Sunday 07:00",
        "Issue 1 is held: it was due Sunday 07:00",
    ]
