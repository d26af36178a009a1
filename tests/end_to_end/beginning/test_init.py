"""`init`: from an empty folder and a blog's address to a newsletter."""

from __future__ import annotations

import re
import stat
import tomllib

import pytest

from tests.end_to_end.conftest import OLD
from tests.end_to_end.newsletter import Newsletter
from tests.end_to_end.posts import HILL
from tests.support.blog import Blog
from tests.support.feeds import rss
from tests.support.program import Program


@pytest.fixture
def running_blog(blog: Blog) -> Blog:
    blog.serve_feed(rss(*OLD))
    return blog


@pytest.mark.parametrize("address", ["", "/", "/feed/"])
def test_takes_the_blogs_page_or_the_feed_itself(
    program: Program, running_blog: Blog, address: str
) -> None:
    answer = program.init(running_blog.url + address, "--json")

    assert answer.code == 0, answer
    assert answer.json["feed"] == f"{running_blog.url}/feed/"
    assert answer.json["posts"] == 3


def test_writes_settings_with_every_answer_in_its_place(
    program: Program, running_blog: Blog
) -> None:
    answer = program.init(running_blog.url, "--title", 'Hills "and" more')

    settings = tomllib.loads((program.folder / "newsletter.toml").read_text("utf-8"))
    assert answer.code == 0, answer
    assert settings["newsletter"]["title"] == 'Hills "and" more'
    assert settings["newsletter"]["from"] == "Trail News <news@example.com>"
    assert settings["newsletter"]["postal_address"] == "1 Hill Road, Alder Creek"
    assert settings["newsletter"]["timezone"] == "America/Edmonton"
    assert settings["newsletter"]["hemisphere"] == "north"
    assert settings["feeds"][0]["url"] == f"{running_blog.url}/feed/"
    assert settings["sender"]["mailer"] == "outbox"
    assert (program.folder / "newsletter.db").is_file()


@pytest.mark.parametrize(
    ("sender", "link", "name"),
    [
        ("news@example.com", "https://trails.example", r"newsletter\.example\.com"),
        ("ada.trails@gmail.com", "https://www.trails.example", r"newsletter\.trails\.example"),
        ("ada@gmx.de", "https://läufe.example/blog", r"newsletter\.xn--lufe-loa\.example"),
        ("ada@yahoo.co.uk", "http://127.0.0.1:8000", r"newsletter\.[0-9a-f]{32}\.localhost"),
    ],
)
def test_the_list_is_named_below_a_domain_of_the_authors(
    program: Program, blog: Blog, sender: str, link: str, name: str
) -> None:
    blog.serve_feed(
        rss(*OLD).replace("<link>https://trails.example</link>", f"<link>{link}</link>")
    )

    assert program.init(blog.url, "--from", f"Ada <{sender}>").code == 0

    settings = tomllib.loads((program.folder / "newsletter.toml").read_text("utf-8"))
    assert re.fullmatch(name, settings["newsletter"]["list_id"])


def test_learns_the_hemisphere_from_the_time_zone(program: Program, running_blog: Blog) -> None:
    program.init(running_blog.url, "--timezone", "Australia/Sydney")

    settings = tomllib.loads((program.folder / "newsletter.toml").read_text("utf-8"))
    assert settings["newsletter"]["hemisphere"] == "south"


def test_names_the_newsletter_after_the_blog(program: Program, running_blog: Blog) -> None:
    assert program.init(running_blog.url, "--json").json["title"] == "Test Trails"


def test_takes_what_the_blog_holds_as_already_seen(program: Program, running_blog: Blog) -> None:
    program.init(running_blog.url)

    posts = program("posts", "--json").json["posts"]
    assert {post["state"] for post in posts} == {"seen_before_start"}
    assert program("draft").out == "No new posts are waiting.\n"


def test_backfill_keeps_the_newest_posts_for_the_first_issue(
    program: Program, running_blog: Blog
) -> None:
    program.now = "2026-10-05T12:00:00-06:00"
    answer = program.init(running_blog.url, "--backfill", "2")

    draft = program("draft", "--json").json
    assert "the newest 2 kept for the first issue" in answer.out
    assert {post["title"] for post in draft["posts"]} == {"Old post 3", "Old post 2"}
    # Begun on a Monday: the Sunday before, whose posts these are, is not its first issue's.
    program.set('approval = "required"', 'approval = "auto"')
    report = program("run", "--json").json
    assert report["issue"] is None
    assert "due Sunday 2026-10-11 07:00" in report["reason"]


def test_says_that_the_secret_must_be_kept_and_guards_it(
    program: Program, running_blog: Blog
) -> None:
    answer = program.init(running_blog.url)

    secret = program.folder / ".env"
    assert "signs every unsubscribe link for ever" in answer.out
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert "NEWSLETTER_SECRET=" in secret.read_text("utf-8")


def test_adds_the_secret_to_an_env_file_that_is_there(program: Program, running_blog: Blog) -> None:
    program.folder.mkdir()
    secret = program.folder / ".env"
    secret.write_text("SENDGRID_API_KEY=SG.mine", "utf-8")
    secret.chmod(0o600)

    answer = program.init(running_blog.url)

    lines = secret.read_text("utf-8").splitlines()
    assert answer.code == 0, answer
    assert lines[0] == "SENDGRID_API_KEY=SG.mine"
    assert any(line.startswith("NEWSLETTER_SECRET=") for line in lines)
    assert program("subscribers", "add", "reader@example.com").code == 0


def test_every_message_comes_from_the_domain_in_ascii_under_the_authors_name(
    program: Program, blog: Blog
) -> None:
    blog.serve_feed(rss(*OLD))
    sender = ("--from", "Läufer, am Berg <post@läuferblog.de>", "--backfill", "2")
    assert program.init(blog.url, *sender).code == 0
    program.set('approval = "required"', 'approval = "auto"')
    program.set('author_email = ""', 'author_email = "ich@läuferblog.de"')
    program.set('reply_to = ""', 'reply_to = "ich@läuferblog.de"')
    assert program("subscribers", "add", "ann@example.com").code == 0

    assert program("draft").code == 0
    assert "From" not in program("check", "next", "--no-network").out
    assert program("test", "next", "--to", "ich@läuferblog.de").code == 0
    sent = program("send", "next")

    assert sent.code == 0, sent
    outbox = Newsletter(program, blog).outbox
    assert list(outbox("test")) == ["ich@xn--luferblog-v2a.de"]
    for message in (*outbox("1").values(), *outbox("test").values()):
        (sender_address,) = message["From"].addresses
        assert sender_address.display_name == "Läufer, am Berg"
        assert sender_address.addr_spec == "post@xn--luferblog-v2a.de"
        assert message["Reply-To"].addresses[0].addr_spec == "ich@xn--luferblog-v2a.de"
        assert message["Message-ID"].endswith("@xn--luferblog-v2a.de>")
        assert "<newsletter.xn--luferblog-v2a.de>" in message["List-Id"]


def test_a_blog_without_posts_is_a_beginning(program: Program, blog: Blog) -> None:
    blog.serve_feed(rss())
    program.now = "2026-10-05T12:00:00-06:00"

    answer = program.init(blog.url)

    assert answer.code == 0, answer
    assert "none yet: the first one goes into your first issue" in answer.out
    blog.serve_feed(rss(HILL, *OLD))
    program.now = "2026-10-09T12:00:00-06:00"
    assert program("collect").code == 0
    draft = program("draft", "--json").json
    assert [post["title"] for post in draft["posts"]] == ["A new hill"]


def test_every_question_has_an_option(program: Program, running_blog: Blog) -> None:
    options = ("--author", "Ada Hill", "--author-email", "ada@example.org", "--language", "nl")
    place = (
        "--hemisphere",
        "tropics",
        "--wet-months",
        "5-10",
        "--day",
        "friday",
        "--time",
        "18:30",
    )

    answer = program.init(running_blog.url, *options, *place)

    settings = tomllib.loads((program.folder / "newsletter.toml").read_text("utf-8"))
    own = settings["newsletter"]
    assert answer.code == 0, answer
    assert (own["author"], own["author_email"]) == ("Ada Hill", "ada@example.org")
    assert (own["language"], own["wet_months"]) == ("nl", [5, 6, 7, 8, 9, 10])
    assert (settings["issue"]["day"], settings["issue"]["time"]) == ("friday", "18:30")


def test_the_author_is_the_person_and_not_the_blog(program: Program, running_blog: Blog) -> None:
    program.init(running_blog.url, "--from", "Ada Hill <news@example.com>")

    settings = tomllib.loads((program.folder / "newsletter.toml").read_text("utf-8"))
    assert settings["newsletter"]["author"] == "Ada Hill"
