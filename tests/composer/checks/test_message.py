"""Findings in the message's template: each case breaks the finished message in one place."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from newsletter.composer.checks.first_lines import check_from_name
from newsletter.composer.checks.proof import Finding
from newsletter.models import GreetingOverride, SafeHtml
from tests.composer.checks.conftest import Check
from tests.support.sample_issue import ISSUE, POSTS, SOUTH

Change = Callable[[str], str]


def _errors(found: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in found if finding.level == "error"}


def _warnings(found: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in found if finding.level == "warning"}


@pytest.mark.parametrize("body", ["excerpt", "full", "title"])
def test_the_shipped_templates_have_no_findings(check: Check, body: str) -> None:
    assert [finding.where for finding in check(body=body)] == [f"in the post “{POSTS[2].title}”"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Hello spring running!!", True),
        ("Hello fall running!!", False),
        ("Fall here, spring for my friends in Melbourne.", False),
        ("Hello runners!!", False),
    ],
)
def test_a_greeting_of_the_others_season_is_told(check: Check, words: str, found: bool) -> None:
    own = replace(ISSUE.own_edits, greeting=GreetingOverride(kind="text", words=words))
    assert ("season" in _warnings(check(replace(ISSUE, own_edits=own)))) is found


def test_own_words_for_these_readers_are_theirs(check: Check) -> None:
    greeting = GreetingOverride(
        kind="text", words="Hello spring!!", by_hemisphere=(("north", "Hello fall!!"),)
    )
    own = replace(ISSUE.own_edits, greeting=greeting)
    assert "season" not in _warnings(check(replace(ISSUE, own_edits=own)))


def _swap(old: str, new: str) -> Change:
    def change(html: str) -> str:
        assert old in html
        return html.replace(old, new)

    return change


def _sub(pattern: str, new: str, count: int = 1) -> Change:
    def change(html: str) -> str:
        changed, times = re.subn(pattern, new, html, count=count)
        assert times
        return changed

    return change


def _into_body(more: str) -> Change:
    return _swap("</h1>", f"</h1>{more}")


_BROKEN: list[tuple[str, Change]] = [
    ("language", _sub(r'<html lang="en"', "<html")),
    ("language", _sub(r' role="article" lang="en" dir="ltr"', ' role="article"')),
    ("title", _sub(r"<title>[^<]*</title>", "<title></title>")),
    ("table-role", _sub(r' role="presentation"', "", 0)),
    ("image-alt", _sub(r'<img alt="[^"]*"', "<img")),
    ("headings", _swap("h1", "h2")),
    ("headings", _into_body("<h4>Deep</h4>")),
    ("headings", _into_body("<h2></h2>")),
    ("active-content", _into_body("<script>alert(1)</script>")),
    ("active-content", _into_body('<p onclick="x()">Press</p>')),
    ("address", _into_body('<a href="/about">About us</a>')),
    ("address", _into_body('<a href="javascript:x()">About us</a>')),
    ("address", _into_body('<img src="data:image/png;base64,AA" alt="A dot" width="1">')),
    ("image-width", _into_body('<img src="https://a.example/b.png" alt="A dot">')),
    ("link-text", _into_body('<a href="https://a.example/">Click here</a>')),
    ("link-text", _into_body('<a href="https://a.example/">Read more →</a>')),
    ("link-text", _into_body('<a href="https://a.example/"></a>')),
    (
        "link-same-text",
        _into_body(
            '<a href="https://a.example/">Our map</a><a href="https://b.example/">Our map</a>'
        ),
    ),
    ("contrast", _into_body('<p style="color:#bbbbbb;background-color:#fff">Pale</p>')),
    ("leftover", _into_body("<p>Hello {{ name }}</p>")),
    ("leftover", _into_body("<p>-nl000000.address-</p>")),
    ("leftover", _into_body("<p>None</p>")),
    ("leftover", _into_body("<p>Lorem ipsum dolor</p>")),
    ("html-size", _into_body(f"<p>{'word ' * 20_000}</p>")),
    ("css-size", _swap("</head>", f"<style>{'.a { color: red }' * 1000}</style></head>")),
    ("unsubscribe", _sub(r'href="-nl[0-9a-f]{10}\.unsubscribe_url-"', 'href="#"', 0)),
    ("unsubscribe", _sub(r">Unsubscribe<", "><", 0)),
    ("postal-address", _swap("12 Larch Lane", "")),
]


@pytest.mark.parametrize(("rule", "change"), _BROKEN)
def test_an_error_in_the_template_is_named(check: Check, rule: str, change: Change) -> None:
    findings = check(html=change)
    assert rule in _errors(findings)
    assert all(finding.where and finding.problem and finding.cure for finding in findings)


_DOUBTFUL: list[tuple[str, Change]] = [
    ("font-size", _into_body('<p class="issue-line" style="font-size:11px">Tiny print</p>')),
    ("target-size", _sub(r"display:inline-block;padding:10px 0", "display:inline-block", 0)),
    ("contrast-turned", _into_body('<p style="color:#7f7f7f;background-color:#000000">Loud</p>')),
    ("client-support", _into_body('<p class="issue-line" style="display:flex">Row</p>')),
    ("client-support", _into_body('<p class="issue-line" style="margin-inline:1rem">Row</p>')),
    ("client-support", _into_body("<picture></picture>")),
    ("client-support", _swap("</head>", "<style>p:hover { color: red }</style></head>")),
    ("https", _into_body('<a class="title" href="http://a.example/">An old page</a>')),
    ("image-format", _into_body('<img src="https://a.example/b.webp" alt="A dot" width="1">')),
    ("html-size", _into_body(f'<p class="title">{"word " * 6_500}</p>')),
    ("unsubscribe-late", _sub(r'<a class="quiet" href="-nl[^"]*"[^>]*>Unsubscribe</a>', "")),
]


@pytest.mark.parametrize(("rule", "change"), _DOUBTFUL)
def test_a_weakness_of_the_template_is_a_warning(check: Check, rule: str, change: Change) -> None:
    findings = check(html=change)
    assert rule in _warnings(findings)
    assert not _errors(findings)


def test_dark_colours_are_checked_as_dark_mode_shows_them(check: Check) -> None:
    findings = check(
        html=_sub(r"\.facts(, [^{]*)\{ color: #[0-9a-f]{6}", r".facts\1{ color: #332211")
    )
    assert {finding.rule for finding in findings if "dark mode" in finding.problem} == {"contrast"}


_TEXTS: list[tuple[str, str, Change]] = [
    ("error", "text", lambda _: ""),
    ("error", "unsubscribe", _sub(r"-nl[0-9a-f]{10}\.unsubscribe_url-", "")),
    ("error", "postal-address", _swap("12 Larch Lane", "")),
    ("error", "leftover", _swap("* * *", "{% if %}")),
    ("warning", "text-start", lambda text: f"https://a.example/view\n{text}"),
    ("warning", "text-lines", _swap("* * *", "word " * 30)),
    ("warning", "text-lines", _swap("* * *", "\n\n\n\n")),
    ("warning", "text-marks", _swap("* * *", "a\u00a0b")),
    ("warning", "text-marks", _swap("* * *", "<br>")),
    ("warning", "text-links", _swap(POSTS[3].url, "")),
]


@pytest.mark.parametrize(("level", "rule", "change"), _TEXTS)
def test_the_text_part_is_held_to_its_rules(
    check: Check, level: str, rule: str, change: Change
) -> None:
    findings = check(text=change)
    assert rule in (_errors(findings) if level == "error" else _warnings(findings))


_SUBJECTS = [
    ("subject-length", "A long walk home through the rain, the mud and all the rest"),
    ("subject", "Re: your race"),
    ("subject-emoji", "🏃 Hills"),
    ("subject-emoji", "Hills 🏃 and more hills 🏔"),
    ("subject-shouting", "RUN LIKE THE WIND"),
    ("subject-shouting", "Hills!!!"),
    ("spam-phrase", "Act now: new shoes"),
]


@pytest.mark.parametrize(("rule", "subject"), _SUBJECTS)
def test_a_subject_that_reads_badly_is_a_warning(check: Check, rule: str, subject: str) -> None:
    findings = check(subject=subject)
    assert rule in _warnings(findings)
    assert not _errors(findings)


def test_an_emoji_in_the_senders_name_is_found() -> None:
    (finding,) = check_from_name("Trail News 🏃‍♀️ <news@example.com>")
    assert (finding.rule, finding.level) == ("from-name", "warning")
    assert list(check_from_name("Mud & Miles – Zoë <news@example.com>")) == []


def test_a_placeholder_in_the_note_holds_the_issue_back(check: Check) -> None:
    findings = check(replace(ISSUE, note=SafeHtml("<p>TK: say something about the race.</p>")))
    assert _errors(findings) == {"leftover"}


def test_a_preheader_says_more_than_the_subject(check: Check) -> None:
    assert "preheader" in _warnings(check(replace(ISSUE, preheader=ISSUE.subject)))
    assert "preheader" in _warnings(check(replace(ISSUE, preheader="")))


def test_no_postal_address_at_all_is_an_error(check: Check) -> None:
    assert "postal-address" in _errors(check(postal_address=" "))


def test_words_that_only_sound_like_leftovers_pass(check: Check) -> None:
    note = f"None of us ran. {SOUTH} We read “Null and Void”, nan bread after."
    assert not _errors(check(replace(ISSUE, note=SafeHtml(f"<p>{note}</p>"))))
