"""What `doctor` says of the way readers unsubscribe, and of SendGrid's groups."""

from __future__ import annotations

import pytest

from newsletter.config.settings import (
    FeedSettings,
    NewsletterSettings,
    SenderSettings,
    SendGridSettings,
    Settings,
    SiteSettings,
)
from newsletter.doctor.configuration import judge_way_out
from newsletter.doctor.sendgrid import judge_groups
from newsletter.models import UnsubscribeWay
from newsletter.sender.mailers.sendgrid.account import SendGridAccount

LISTS = (
    "suppression.bounces.read",
    "suppression.invalid_emails.read",
    "suppression.spam_reports.read",
    "suppression.unsubscribes.read",
    "asm.suppressions.global.create",
    "asm.suppressions.global.delete",
)
GROUPS = (
    "asm.groups.read",
    "asm.groups.suppressions.create",
    "asm.groups.suppressions.delete",
    "asm.groups.suppressions.read",
)


def settings(way: UnsubscribeWay, *, url: str = "", group: int = 0) -> Settings:
    return Settings(
        newsletter=NewsletterSettings(title="T", from_="news@example.com"),
        feeds=(FeedSettings(url="https://blog.example.com/feed/"),),
        sender=SenderSettings(sendgrid=SendGridSettings(unsubscribe_group=group)),
        site=SiteSettings(url=url, unsubscribe=way),
    )


def account(*scopes: str, name: str | None = None) -> SendGridAccount:
    return SendGridAccount(
        scopes=frozenset(scopes), domains=None, verified_senders=None, group_name=name
    )


@pytest.mark.parametrize(
    ("way", "url", "found"),
    [
        ("own", "https://news.example.com", []),
        ("mailto", "https://news.example.com", [("warning", "one-click")]),
        ("mailto", "", [("warning", "one-click"), ("note", "no-site")]),
        ("sendgrid", "", [("note", "one-click"), ("note", "no-site")]),
    ],
)
def test_a_way_that_is_not_ours_is_said(
    way: UnsubscribeWay, url: str, found: list[tuple[str, str]]
) -> None:
    assert [(d.verdict, d.rule) for d in judge_way_out(settings(way, url=url))] == found


@pytest.mark.parametrize(
    ("asked", "group", "verdict", "words"),
    [
        (account(*LISTS), 0, "note", "Subscription Tracking"),
        (account(*LISTS[:-1]), 0, "error", LISTS[-1]),
        (account(*LISTS), 7, "error", "asm.groups.read"),
        (account(*LISTS, *GROUPS), 7, "error", "no unsubscribe group 7"),
        (account(*LISTS, *GROUPS, name="Weekly"), 7, "ok", "group 7 (Weekly)"),
    ],
)
def test_what_the_key_may_do_with_groups_is_judged(
    asked: SendGridAccount, group: int, verdict: str, words: str
) -> None:
    (diagnosis,) = judge_groups(asked, settings("sendgrid", group=group))

    assert diagnosis.verdict == verdict
    assert words in diagnosis.text


def test_no_group_is_asked_for_where_our_own_link_unsubscribes() -> None:
    assert list(judge_groups(account(), settings("own"))) == []
