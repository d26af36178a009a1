"""What one command says, the others say too: check, approve, send, test and the timer."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import FRIDAY, HILL

SMTP = ('mailer = "outbox"', 'mailer = "smtp"')


@pytest.fixture
def by_smtp(drafted: Newsletter) -> Newsletter:
    """A draft of an issue that is to go out by a mail server on this machine."""
    drafted.set(*SMTP)
    return drafted


def test_what_send_refuses_check_finds_and_approve_refuses(by_smtp: Newsletter) -> None:
    by_smtp.set("news@example.com", "news@gmail.com")

    checked = by_smtp("check", "next", "--no-network", "--json")
    approved, sent = by_smtp("approve", "next"), by_smtp("send", "next")

    problems = " ".join(finding["problem"] for finding in checked.json["findings"])
    assert checked.code == 3
    assert checked.json["ok"] is False
    assert "needs [site] url" in problems
    assert "cannot come from gmail.com" in problems
    for refused in (approved, sent):
        assert refused.code == 2
        assert "needs [site] url" in refused.err
    assert by_smtp.run("issues", "--json").json["issues"][0]["status"] == "draft"


def test_check_names_a_missing_postal_address_once_and_offers_no_way_around_it(
    drafted: Newsletter,
) -> None:
    settings = drafted.folder / "newsletter.toml"
    lines = settings.read_text("utf-8").splitlines()
    blank = ['postal_address = ""' if line.startswith("postal_address") else line for line in lines]
    settings.write_text("\n".join(blank), "utf-8")

    checked = drafted("check", "next", "--no-network")

    assert checked.code == 3
    assert checked.out.count("postal address") == 1
    assert "errors hold it back." in checked.out
    assert "--force" not in checked.out


def test_a_broken_subject_template_is_found_by_check(drafted: Newsletter) -> None:
    drafted.set('# subject = "', 'subject = "{{ nothing.at.all }} {% if %}" # "')

    checked = drafted("check", "next", "--no-network")

    assert checked.code == 3
    assert "ERROR template" in checked.out


def test_send_next_during_a_delivery_leads_to_send_last(weekly: Newsletter) -> None:
    weekly.run("collect")
    weekly.run("draft")
    weekly.run("send", "next")
    with closing(sqlite3.connect(weekly.folder / "newsletter.db")) as database, database:
        database.execute("UPDATE issue SET status = 'sending', sent_at = NULL")

    answer = weekly("send", "next")

    assert answer.code == 1
    assert "issue 1 is on its way. `newsletter send last` goes on with it." in answer.err


def test_a_test_copy_goes_to_each_address_that_is_named(drafted: Newsletter) -> None:
    answer = drafted.run("test", "next", "--to", "ada@example.org", "--to", "bo@example.org")

    assert "ada@example.org: written" in answer.out
    assert "bo@example.org: written" in answer.out
    assert sorted(drafted.outbox("test")) == ["ada@example.org", "bo@example.org"]


@pytest.mark.parametrize(
    ("words", "name"),
    [(("pots",), "posts"), (("feeds", "lst"), "list"), (("aprove", "next"), "approve")],
)
def test_an_unknown_command_proposes_the_nearest(
    begun: Newsletter, words: tuple[str, ...], name: str
) -> None:
    answer = begun(*words)

    assert answer.code == 2
    assert f"Did you mean `{name}`?" in answer.err


def test_posts_speak_of_states_in_words(begun: Newsletter) -> None:
    begun.at(FRIDAY).publish(HILL)
    begun.run("collect")

    listed = begun.run("posts").out

    assert "seen before start" in listed
    assert "seen_before_start" not in listed


def test_the_timer_calls_at_the_issues_minute_where_the_author_lives(begun: Newsletter) -> None:
    begun.set('timezone = "America/Edmonton"', 'timezone = "Australia/Adelaide"')
    begun.program.env["TZ"] = "UTC"

    cron = begun.run("schedule", "print").out
    systemd = begun.run("schedule", "print", "--systemd").out

    assert "\n30 * * * * " in cron
    assert "OnCalendar=*-*-* *:30:00" in systemd
    begun.set('timezone = "Australia/Adelaide"', 'timezone = "Europe/Berlin"')
    assert "\n0 * * * * " in begun.run("schedule", "print").out


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (
            ("test", "--to", "you@example.com", "--to", "me@example.com"),
            "newsletter test next --to you@example.com --to me@example.com",
        ),
        (("approve",), "newsletter approve next"),
        (("send", "--force", "links"), "newsletter send next --force links"),
    ],
)
def test_a_command_without_its_issue_says_what_to_type(
    weekly: Newsletter, words: tuple[str, ...], typed: str
) -> None:
    answer = weekly(*words)
    assert answer.code == 2
    assert f"Which issue? A number, `next` or `last`, as in `{typed}`." in answer.err
