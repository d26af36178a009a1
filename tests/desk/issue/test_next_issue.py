"""What the desk shows of the next issue."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from newsletter.context import Context
from newsletter.desk.issue.mail import fill_mail, render_edition
from newsletter.editorial.approval import approve
from newsletter.editorial.preview import render_preview
from newsletter.pipeline.send import send
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger.events import add_missing_issue
from tests.desk.conftest import OpenDesk
from tests.support.newsletter_folder import (
    create_newsletter,
    open_issue,
    publish,
    retitle,
    subscribe,
)
from tests.support.visitor import Visitor


def test_it_shows_the_issue_as_an_inbox_does(context: Context, author: Visitor) -> None:
    words = author.get("/").words
    issue = open_issue(context)
    for expected in ("Issue 1", "Draft", "Pine & Pace", issue.subject, issue.preheader):
        assert expected in words
    assert "Then it goes to 2 readers on Sunday 07:00." in words
    assert "Larch week" in words
    assert "16 November 2026" in words
    assert "Gmail" in words


def test_a_rehearsal_is_called_one_before_and_after_it(context: Context, author: Visitor) -> None:
    assert (
        "A rehearsal: its messages are written to outbox/1, and nobody is mailed "
        '(mailer = "outbox").'
    ) in author.get("/").words
    approve(context, "next")
    send(context, "next")
    assert (
        "there is no issue yet No new posts are waiting. Issue 1: 2 messages written to outbox/1; "
        'nobody was mailed (mailer = "outbox").'
    ) in author.get("/").words


def test_each_hemisphere_is_greeted_with_its_reason(context: Context, author: Visitor) -> None:
    words = author.get("/").words
    for greeting in open_issue(context).greetings:
        assert greeting.text in words
        assert f"Why: {greeting.reason}" in words
    assert "Tropics no readers yet" in words


def test_posts_left_out_are_named_with_the_reason(context: Context, author: Visitor) -> None:
    publish(context, "From the old blog", state="held")
    publish(context, "Not about running", state="excluded")
    page = author.get("/")
    assert "One post is left out by rule" in page.words
    assert "From the old blog many old posts came at once" in page.words
    assert "Release" in page.words


def test_a_corrected_post_comes_into_the_draft(context: Context, author: Visitor) -> None:
    author.get("/")
    retitle(context, "Larch week", "Golden larch week")
    assert "Golden larch week" in author.get("/").words


def test_the_untouched_mail_is_what_delivery_would_send(context: Context, author: Visitor) -> None:
    author.get("/")
    for edition in ("north", "south"):
        sent = render_preview(context, "next", edition=edition)
        assert author.get(f"/mail/{edition}/as-sent").text == sent.html
    assert author.get("/mail/tropics/as-sent").status == 200


def test_the_iframe_differs_by_the_colours_answer_and_where_links_open(
    context: Context, author: Visitor
) -> None:
    author.get("/")
    issue = open_issue(context)
    with snapshot(context.engine) as connection:
        fitted = render_edition(connection, context.config, issue, "north")
    sent = fill_mail(fitted.edition, context.config).html
    shown = author.get("/mail/north?scheme=dark").text
    assert shown != sent
    head, _, body = shown.partition("</head>")
    places = r' id="(greeting|note)"|<span id="post-\d+"></span>'
    assert re.sub(places, "", body) == sent.partition("</head>")[2]
    assert 'id="greeting"' in body
    assert all(body.count(f'id="post-{post.id}"') == 1 for post in open_issue(context).posts)
    undone = (
        head.replace('<base target="_blank">', "")
        .replace("(min-width: 0)", "(prefers-color-scheme: dark)")
        .replace("color-scheme: dark }", "color-scheme: light dark }")
        .replace("color-scheme: dark;", "color-scheme: light dark;")
        .replace('content="dark"', 'content="light dark"')
    )
    assert undone == sent.partition("</head>")[0]


def test_the_mail_can_run_nothing_and_send_nothing(author: Visitor) -> None:
    author.get("/")
    for path in ("/mail/north", "/mail/north/as-sent"):
        policy = author.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "img-src https: http: data:" in policy
        assert re.search(r"sandbox (?!.*allow-(scripts|same-origin|forms))", policy)
    assert (
        "img-src 'none'" in author.get("/mail/north?images=off").headers["Content-Security-Policy"]
    )
    iframe = re.search(r"<iframe[^>]*>", author.get("/").text)
    assert iframe
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in iframe[0]


def test_switches_are_links_and_keep_each_other(author: Visitor) -> None:
    page = author.get("/?edition=south&scheme=dark&images=off").text
    assert "/mail/south?scheme=dark&amp;images=off" in page
    links = re.findall(r'<a href="(/\?[^"]*)#look"', page)
    assert len(links) == 14
    assert sum("scheme=dark" in link for link in links) == 13


def test_plain_text_is_shown_as_sent(context: Context, author: Visitor) -> None:
    page = author.get("/?part=text&edition=south")
    assert "<iframe" not in page.text
    text = render_preview(context, "next", edition="south").text
    assert " ".join(text.split()[:8]) in page.words
    source = unescape(author.get("/?part=source&edition=south").text)
    assert render_preview(context, "next", edition="south").html in source


def test_nonsense_in_the_url_is_ignored(author: Visitor) -> None:
    assert author.get("/?edition=moon&part=%3Cscript%3E&scheme=blue").status == 200
    assert author.get("/mail/moon").status == 404


def test_markup_in_a_title_is_only_text(context: Context, author: Visitor) -> None:
    publish(context, "<script>alert(1)</script>")
    assert "<script>alert" not in author.get("/").text


def test_with_nothing_to_send_it_says_why_and_when(tmp_path: Path, open_desk: OpenDesk) -> None:
    words = open_desk(create_newsletter(tmp_path / "empty")).get("/").words
    assert "No new posts are waiting." in words
    assert "due Sunday, 22 November 2026 at 07:00" in words


@pytest.mark.parametrize(
    ("approval", "now", "expected"),
    [
        ("required", "2026-11-22T15:00:00+00:00", "Held It was due Sunday 07:00 and is held."),
        ("auto", "2026-11-20T12:00:00+00:00", "It goes to 1 reader on Sunday 07:00"),
        ("veto", "2026-11-20T12:00:00+00:00", "unless you stop it"),
    ],
)
def test_the_status_follows_the_authors_policy(
    tmp_path: Path, open_desk: OpenDesk, approval: str, now: str, expected: str
) -> None:
    context = create_newsletter(tmp_path / "other", approval=approval, now=now)
    publish(context, "Larch week")
    subscribe(context, "ada@example.com")
    assert expected in open_desk(context).get("/").words


def test_obstacles_to_sending_are_reported_beforehand(tmp_path: Path, open_desk: OpenDesk) -> None:
    context = create_newsletter(tmp_path / "other", postal_address=False)
    publish(context, "Larch week")
    assert "Before it can go out: No issue can go out without a postal address" in (
        open_desk(context).get("/").words
    )


def test_a_stale_backup_that_blocks_it_is_reported(context: Context, author: Visitor) -> None:
    author.get("/")
    with transaction(context.engine) as connection:
        add_missing_issue(connection, "2026-W46", context.clock())
    words = author.get("/").words
    assert "Deliveries of 2026-W46 went out that the database knows nothing of" in words
    assert "`newsletter resume 1` goes on" in words


def test_a_broken_template_is_reported_with_its_cure(context: Context, author: Visitor) -> None:
    own = context.folder / "templates" / "email"
    own.mkdir(parents=True)
    (own / "digest.mjml").write_text("{% if %}", "utf-8")
    page = author.get("/")
    assert page.status == 200
    assert "digest.mjml, line 1" in page.words
    assert "Correct that line" in page.words
    assert "Nothing can be shown before it is mended" in page.words


def test_the_last_good_rendering_stays_while_a_template_is_broken(
    context: Context, author: Visitor
) -> None:
    author.get("/")
    good = author.get("/mail/north").text
    own = context.folder / "templates" / "email"
    own.mkdir(parents=True)
    (own / "digest.mjml").write_text("{% if %}", "utf-8")
    page = author.get("/")
    assert "digest.mjml, line 1" in page.words
    assert "the last rendering that worked" in page.words
    assert author.get("/mail/north").text == good
    seen = page.hidden_field("seen")
    assert "digest.mjml" in author.press("/approve/1", seen=seen).words
    assert "Before it can go out: A template is broken." in page.words
    assert open_issue(context).status == "draft"
    (own / "digest.mjml").unlink()
    assert "A template is broken" not in author.get("/").words
