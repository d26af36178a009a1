"""The running desk follows newsletter.toml, whoever changes it."""

from __future__ import annotations

from pathlib import Path

from newsletter.context import Context
from newsletter.pipeline.send import send
from tests.desk.conftest import OpenDesk
from tests.support.delivery_folder import create_outbox_newsletter, freeze_next_issue
from tests.support.visitor import Visitor


def change(context: Context, old: str, new: str) -> None:
    path = context.folder / "newsletter.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_change_by_hand_is_used_at_once(context: Context, author: Visitor) -> None:
    assert "Pine & Pace the desk" in author.get("/posts/").words
    change(context, 'title = "Pine & Pace"', 'title = "Larch Letter"')
    assert "Larch Letter the desk" in author.get("/posts/").words


def test_topics_and_rules_of_feeds_are_those_of_the_file(context: Context, author: Visitor) -> None:
    assert "Only posts of these topics" not in author.get("/readers/add").words
    assert "only posts of trails" not in author.get("/feeds/").words
    change(context, "[issue]", '[[topics]]\nname = "Mud"\n[issue]')
    change(context, '/feed/"', '/feed/"\ninclude = ["trails"]')
    assert "Only posts of these topics none: all posts Mud" in author.get("/readers/add").words
    assert "only posts of trails" in author.get("/feeds/").words


def test_what_is_kept_of_a_delivery_is_written_by_the_settings_of_now(
    tmp_path: Path, open_desk: OpenDesk
) -> None:
    sent = create_outbox_newsletter(tmp_path / "sent")
    freeze_next_issue(sent)
    send(sent, "last")
    author = open_desk(sent)
    assert "6 messages written to outbox/1" in author.get("/delivery/1").words
    change(sent, "[sender]", '[sender.outbox]\nfolder = "letters"\n[sender]')
    assert "6 messages written to letters/1" in author.get("/delivery/1").words


def test_the_author_stays_signed_in(context: Context, author: Visitor) -> None:
    token = author.get("/posts/").hidden_field("csrf_token")
    change(context, 'timezone = "America/Edmonton"', 'timezone = "Asia/Tokyo"')
    assert "Sunday, 22 November 2026 at 07:00" in author.get("/schedule/").words
    assert "(Asia/Tokyo)" in author.get("/schedule/").words
    assert author.submit("/readers/suppress", {"csrf_token": token, "address": "x"}).status == 303


def test_a_broken_file_is_told_and_nothing_is_done_meanwhile(
    context: Context, author: Visitor
) -> None:
    token = author.get("/").hidden_field("csrf_token")
    change(context, "[issue]", "[isue]")
    page = author.get("/posts/")
    assert page.status == 200
    assert "unknown key `isue` at its top. Did you mean `issue`?" in page.words
    assert "Until then the settings of before are used." in page.words
    refused = author.submit("/posts/1", {"csrf_token": token, "decision": "skip"})
    assert refused.status == 409
    assert "Nothing was done: newsletter.toml has an unknown key `isue`" in refused.words
    change(context, "[isue]", "[issue]")
    assert author.submit("/posts/1", {"csrf_token": token, "decision": "skip"}).status == 303


def test_another_database_needs_the_desk_to_be_opened_again(
    context: Context, author: Visitor
) -> None:
    path = context.folder / "newsletter.toml"
    path.write_text(path.read_text("utf-8") + '[database]\nurl = "sqlite:///b.db"\n', "utf-8")
    assert "Close the desk and open it again" in author.get("/posts/").words


def test_a_file_that_is_gone_is_told_on_the_page_of_settings_too(
    context: Context, author: Visitor
) -> None:
    path = context.folder / "newsletter.toml"
    path.rename(context.folder / "elsewhere.toml")
    for page in ("/settings/newsletter", "/settings/file"):
        assert "it holds no newsletter.toml" in author.get(page).words.partition("This needs")[2]
    path.with_name("elsewhere.toml").rename(path)
    assert author.get("/settings/newsletter").status == 200
