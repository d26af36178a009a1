"""`init` on a real terminal: it checks each answer at once, proposes what it can, loses nothing."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.beginning.terminal import Terminal
from tests.end_to_end.conftest import OLD
from tests.end_to_end.newsletter import files_in
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program

PRIVATE = "--allow-private-addresses"
# Every question after those about the blog, its author and the postal address, and an answer.
THE_REST = (
    ("newsletter's title [Test Trails]:", ""),
    ("Your name", "Ada Hill"),
    ("Messages come from", "news@example.com"),
    ("Your time zone", "Europe/Berlin"),
    ("north, south or tropics [north]:", ""),
    ("The blog's language [en]:", ""),
    ("Issues go out on [sunday]:", ""),
    ("at [07:00]:", ""),
    ("own or sendgrid [own]:", "send"),
    ("wait for the first issue [0]:", ""),
)


@pytest.fixture
def running_blog(blog: Blog) -> Blog:
    blog.serve_feed(rss(*OLD))
    return blog


def sit_down(program: Program, *words: str, **env: str) -> Terminal:
    """Call `init` from the folder above the new one, on a machine that knows no place."""
    program.now = program.now or "2026-10-05T12:00:00-06:00"
    environment = program.environment() | {"TZ": "UTC", **env}
    words = ("init", program.folder.name, *words)
    return Terminal(*words, env=environment, folder=program.folder.parent)


def required_options(blog: Blog) -> tuple[str, ...]:
    """The options that no proposal can stand for."""
    return "--blog", blog.url, "--from", "A <a@example.com>", "--postal-address", "1 Hill"


def settings(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "newsletter.toml").read_text("utf-8"))


def test_asks_for_all_of_it_and_tells_what_will_happen(
    program: Program, running_blog: Blog
) -> None:
    with sit_down(program, PRIVATE) as terminal:
        terminal.answer("Your blog's address:", running_blog.url)
        terminal.answer("Your own e-mail address", "ada@example.org")
        terminal.answer("A postal address", "1 Hill Road")
        output = terminal.answer(*THE_REST[0])
        for question, words in THE_REST[1:]:
            terminal.answer(question, words)
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "Found 'Test Trails': 3 posts, the newest “Old post 3” of 3 September 2026." in output
    assert "the first issue is due Sunday 11 October 2026 at 07:00" in terminal.screen
    assert "cd newsletter\n" in terminal.screen
    assert "newsletter subscribers add ada@example.org" in terminal.screen
    assert settings(program.folder)["site"]["unsubscribe"] == "sendgrid"
    own = settings(program.folder)["newsletter"]
    assert own["title"] == "Test Trails"
    assert own["author"] == "Ada Hill"
    assert own["from"] == "Test Trails <news@example.com>"
    assert own["author_email"] == "ada@example.org"
    assert (own["timezone"], own["hemisphere"], own["language"]) == ("Europe/Berlin", "north", "en")


def test_each_wrong_answer_is_refused_at_once_and_only_it_is_asked_again(
    program: Program, running_blog: Blog
) -> None:
    mistakes = (
        ("Your blog's address:", "nonsense words", "is not a web address"),
        ("Your own e-mail address", "ada", "is no e-mail address"),
        ("A postal address", "  ", "the law asks for one"),
        ("Messages come from", "Nobody", "holds no e-mail address to send from"),
        ("Your time zone", "melborne", "Did you mean Australia/Melbourne?"),
        ("north, south or tropics [south]:", "east", "is none of north, south and tropics"),
        ("The blog's language [en-AU]:", "?", "is no language's tag"),
        ("Issues go out on [sunday]:", "someday", "is no day of the week"),
        ("at [07:00]:", "25:00", "is no time of day"),
        ("own or sendgrid [own]:", "mailto", "is neither own nor sendgrid"),
        ("wait for the first issue [0]:", "many", "is no number of posts"),
    )
    right = {
        "Your blog's address:": running_blog.url,
        "Messages come from": "Ada <news@example.com>",
        "A postal address": "1 Hill Road",
        "Your time zone": "Melbourne",
        "Issues go out on [sunday]:": "sat",
        "at [07:00]:": "6.30 am",
        "wait for the first issue [0]:": "2",
    }
    between = {"Messages come from": (("title [Test Trails]:", "Hill News"), ("Your name", ""))}
    with sit_down(program, PRIVATE) as terminal:
        for question, wrong, sentence in mistakes:
            for other, words in between.get(question, ()):
                terminal.answer(other, words)
            terminal.answer(question, wrong)
            assert sentence in terminal.answer(question, right.get(question, ""))
        code = terminal.end()

    assert code == 0, terminal.screen
    written = settings(program.folder)
    assert written["newsletter"]["timezone"] == "Australia/Melbourne"
    assert written["newsletter"]["hemisphere"] == "south"
    assert (written["issue"]["day"], written["issue"]["time"]) == ("saturday", "06:30")
    assert "the newest 2 kept for the first issue" in terminal.screen
    assert "where it is spring now" in terminal.screen


def test_a_blog_that_cannot_be_read_is_asked_for_again_and_nothing_else(
    program: Program, running_blog: Blog
) -> None:
    running_blog.pages["/down"] = (500, "text/plain", b"oops")
    words = ("--author-email", "ada@example.org", "--postal-address", "1 Hill")
    with sit_down(program, PRIVATE, *words) as terminal:
        terminal.answer("Your blog's address:", f"{running_blog.url}/down")
        output = terminal.answer("Your blog's address:", running_blog.url)
        for question, answer in THE_REST:
            terminal.answer(question, answer)
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "has a problem of its own (HTTP 500)" in output
    assert settings(program.folder)["newsletter"]["author_email"] == "ada@example.org"


def test_the_blog_is_looked_for_while_the_author_types_on(
    program: Program, running_blog: Blog
) -> None:
    with sit_down(program, PRIVATE) as terminal:
        terminal.answer("Your blog's address:", running_blog.url)
        terminal.wait_for("Your own e-mail address")
        while "/feed/" not in running_blog.requests:
            time.sleep(0.02)
        assert "A postal address" not in terminal.screen
        terminal.answer("Your own e-mail address")
        terminal.wait_for("A postal address")


def test_comments_are_recognised_and_asked_about(program: Program, running_blog: Blog) -> None:
    running_blog.serve_feed(rss(*OLD), "/comments/feed/")
    with sit_down(program, PRIVATE, "--author-email", "", "--postal-address", "1 Hill") as terminal:
        terminal.answer("Your blog's address:", f"{running_blog.url}/comments/feed/")
        output = terminal.answer("Take it all the same? [y/N]:", "n")
        terminal.answer("Your blog's address:", running_blog.url)
        for question, words in THE_REST:
            terminal.answer(question, words)
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "holds comments on the blog, not the blog's newest posts" in output
    assert settings(program.folder)["feeds"][0]["url"] == f"{running_blog.url}/feed/"


def test_in_the_tropics_the_wet_months_are_proposed_by_the_place(
    program: Program, running_blog: Blog
) -> None:
    words = (
        "--blog",
        running_blog.url,
        "--from",
        "A <a@example.com>",
        "--postal-address",
        "1 Hill",
    )
    with sit_down(program, PRIVATE, *words) as terminal:
        terminal.answer("Your own e-mail address")
        terminal.answer("title [Test Trails]:")
        terminal.answer("Your name")
        terminal.answer("Your time zone", "Lagos")
        terminal.answer("north, south or tropics [tropics]:")
        terminal.answer("The wet months there [April to October]:", "Apr - Sep")
        output = terminal.answer("The blog's language [en-NG]:")
        for question, answer in THE_REST[6:]:
            terminal.answer(question, answer)
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "It is the dry season there now." in output
    assert settings(program.folder)["newsletter"]["wet_months"] == [4, 5, 6, 7, 8, 9]


def test_the_language_is_the_blogs_and_what_stays_english_is_named(
    program: Program, blog: Blog
) -> None:
    german = "<title>Test Trails</title><language>de-DE</language>"
    blog.serve_feed(rss(*OLD).replace("<title>Test Trails</title>", german, 1))
    words = required_options(blog)
    with sit_down(program, PRIVATE, *words, "--timezone", "Berlin", TZ="UTC") as terminal:
        terminal.answer("Your own e-mail address")
        terminal.answer("title [Test Trails]:")
        terminal.answer("Your name")
        terminal.answer("north, south or tropics [north]:")
        terminal.answer("The blog's language [de-DE]:")
        output = terminal.answer("Issues go out on [sunday]:")
        terminal.answer("at [07:00]:")
        terminal.answer("own or sendgrid [own]:")
        terminal.answer("wait for the first issue [0]:")
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "Everything else around your posts is German." in output
    assert "The greeting that opens each issue, the sign-off" in output
    assert settings(program.folder)["newsletter"]["language"] == "de-DE"


def test_the_machines_time_zone_is_proposed(program: Program, running_blog: Blog) -> None:
    words = (
        "--blog",
        running_blog.url,
        "--from",
        "A <a@example.com>",
        "--postal-address",
        "1 Hill",
    )
    with sit_down(program, PRIVATE, *words, TZ="America/Edmonton") as terminal:
        terminal.answer("Your own e-mail address")
        terminal.answer("title [Test Trails]:")
        terminal.answer("Your name")
        terminal.answer("Your time zone (a city will do) [America/Edmonton]:")
        terminal.answer("north, south or tropics [north]:")
        output = terminal.answer("The blog's language [en-CA]:")
    assert "there now." in output


def test_yes_takes_every_proposal(program: Program, running_blog: Blog) -> None:
    words = (
        "--blog",
        running_blog.url,
        "--from",
        "A <a@example.com>",
        "--postal-address",
        "1 Hill",
    )
    with sit_down(program, PRIVATE, *words, "--timezone", "Lagos", "--yes") as terminal:
        code = terminal.end()

    assert code == 0, terminal.screen
    assert "?" not in terminal.screen
    assert settings(program.folder)["newsletter"]["timezone"] == "Africa/Lagos"


def test_a_folder_that_holds_a_newsletter_is_refused_before_any_question(
    program: Program, running_blog: Blog
) -> None:
    assert program.init(running_blog.url).code == 0
    before = files_in(program.folder)
    with sit_down(program) as terminal:
        code = terminal.end()

    assert code == 2
    assert terminal.screen == (
        "newsletter: newsletter holds a newsletter already. Choose another folder; nothing was "
        "changed.\n"
    )
    assert files_in(program.folder) == before


def test_who_stops_half_way_can_go_on_from_there(program: Program, running_blog: Blog) -> None:
    with sit_down(program, PRIVATE) as terminal:
        terminal.answer("Your blog's address:", running_blog.url)
        terminal.answer("Your own e-mail address", "ada@example.org")
        terminal.leave("A postal address")
        code = terminal.end()

    assert code == 1
    assert (
        f"newsletter init newsletter --blog {running_blog.url} --author-email ada@example.org "
        "--allow-private-addresses"
    ) in terminal.screen
    assert not program.folder.exists()
