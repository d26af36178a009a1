"""`init` that fails: one clear sentence, the right exit code, and no changes."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import OLD
from tests.end_to_end.newsletter import files_in
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program

FEED = rss(*OLD)
# what the address answers: (status, type, body), the exit code, words of the sentence
ANSWERS = {
    "a page without a feed": ((200, "text/html", "<html>Hello</html>"), "No feed was found"),
    "an empty answer": ((200, "application/rss+xml", ""), "No feed was found"),
    "a feed cut off at its start": ((200, "application/rss+xml", FEED[:80]), "No feed was found"),
    "something broken": ((200, "application/rss+xml", "<rss><<<\0"), "holds no posts"),
    "an error of the server": ((500, "text/plain", "oops"), "a problem of its own (HTTP 500)"),
    "nothing there": ((404, "text/plain", "no"), "(HTTP 404)"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_address_without_a_usable_feed_changes_nothing(
    program: Program, blog: Blog, case: str
) -> None:
    (status, kind, body), sentence = ANSWERS[case]
    blog.pages["/blog"] = (status, kind, body.encode())

    answer = program.init(f"{blog.url}/blog")

    assert answer.code == 1
    assert sentence in answer.err
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert not program.folder.exists()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://127.0.0.1:9/", "127.0.0.1 could not be connected to"),
        ("ftp://blog.example/", "is not a web address"),
    ],
)
def test_an_address_that_leads_nowhere_changes_nothing(
    program: Program, address: str, sentence: str
) -> None:
    answer = program.init(address)

    assert answer.code == 1
    assert sentence in answer.err
    assert not program.folder.exists()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--from", "Nobody", "holds no e-mail address to send from"),
        ("--from", "Jörg <jörg@example.com>", "before the @ it holds more than plain letters"),
        ("--from", "Ada <ada@ä..de>", "has no ASCII form"),
        ("--postal-address", "  ", "needs a postal address"),
        ("--timezone", "Mars/Olympus", "there is no time zone called 'Mars/Olympus'"),
        ("--backfill", "-1", "-1 is not in the range"),
        ("--hemisphere", "east", "'east' is not one of"),
    ],
)
def test_an_impossible_option_is_wrong_usage(
    program: Program, blog: Blog, option: str, value: str, sentence: str
) -> None:
    blog.serve_feed(FEED)

    answer = program.init(blog.url, option, value)

    assert answer.code == 2
    assert sentence in answer.err
    assert not program.folder.exists()


@pytest.mark.parametrize("given", [(), ("--blog", "https://blog.example")])
def test_missing_options_are_named_without_a_terminal(
    program: Program, given: tuple[str, ...]
) -> None:
    answer = program("init", str(program.folder), *given)

    assert answer.code == 2
    assert ("--from is missing" if given else "--blog is missing") in answer.err
    assert not program.folder.exists()


def test_a_newsletter_is_never_overwritten(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED)
    program.init(blog.url)
    before = files_in(program.folder)

    answer = program.init(blog.url)

    assert answer.code == 2
    assert "holds a newsletter already" in answer.err
    assert files_in(program.folder) == before


def test_the_folder_is_unchanged_after_a_failure(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED)
    program.folder.mkdir()
    (program.folder / "notes.txt").write_text("buy shoes", "utf-8")
    (program.folder / ".env").write_text("SENDGRID_API_KEY=SG.mine\n", "utf-8")
    (program.folder / ".env").chmod(0o600)
    before = files_in(program.folder)

    answer = program.init(blog.url, "--timezone", "Mars/Olympus")

    assert answer.code == 2
    assert files_in(program.folder) == before


def test_a_file_is_no_folder(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED)
    program.folder.write_text("a file", "utf-8")

    answer = program.init(blog.url)

    assert answer.code == 2
    assert "is a file, not a folder" in answer.err


def test_a_blog_on_a_private_network_needs_an_option(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED)
    words = ("--blog", blog.url, "--from", "A <a@example.com>", "--postal-address", "1 Hill Road")

    answer = program("init", str(program.folder), *words)

    assert answer.code == 1
    assert "--allow-private-addresses" in answer.err
    assert not program.folder.exists()


def test_a_feed_of_comments_needs_yes(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED, "/comments/feed/")

    answer = program.init(f"{blog.url}/comments/feed/")

    assert answer.code == 2
    assert "holds comments on the blog, not the blog's newest posts" in answer.err
    assert "--yes" in answer.err
    assert not program.folder.exists()
    assert program.init(f"{blog.url}/comments/feed/", "--yes").code == 0


def test_a_real_mailer_needs_an_address_of_your_own(program: Program, blog: Blog) -> None:
    blog.serve_feed(FEED)

    answer = program.init(blog.url, "--from", "Ada <ada@gmail.com>", "--mailer", "smtp")

    assert answer.code == 2
    assert "cannot come from gmail.com" in answer.err
    tried = program.init(blog.url, "--from", "Ada <ada@gmail.com>")
    assert tried.code == 0
    assert "mail programs refuse newsletters from gmail.com" in tried.out
