"""Findings inside a post are warnings and never hold the issue back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.models import Image, LeftOut, Post, SafeHtml
from tests.composer.checks.conftest import Check
from tests.support.sample_issue import ISSUE, POSTS

POST = POSTS[0]
assert POST.image is not None

_POSTS = [
    ("image-alt", replace(POST, image=replace(POST.image, alt=""))),
    ("image-alt", replace(POST, image=replace(POST.image, alt="IMG_2041"))),
    ("image-alt", replace(POST, image=replace(POST.image, alt="word " * 40))),
    ("image-format", replace(POST, image=Image(url="https://a.example/b.avif", alt="A hill"))),
    ("left-out", replace(POST, left_out=LeftOut(words=30, total=200, part="a table (“Lap…”)"))),
    ("leftover", replace(POST, title="TK: hills")),
    ("leftover", replace(POST, excerpt="Hello {{ name }}, {% for x %}")),
    ("https", replace(POST, url="http://blog.example/hills/")),
    (
        "link-text",
        replace(POST, html=SafeHtml('<p><a href="https://a.example/x?a=1&amp;b=2">here</a></p>')),
    ),
    (
        "link-same-text",
        replace(
            POST,
            html=SafeHtml(
                '<p><a href="https://a.example/1">our map</a> <a href="https://a.example/2">'
                "our map</a></p>"
            ),
        ),
    ),
]


@pytest.mark.parametrize(("rule", "post"), _POSTS)
def test_a_fault_in_a_post_is_a_warning_that_names_the_post(
    check: Check, rule: str, post: Post
) -> None:
    findings = check(replace(ISSUE, posts=(post,)), body="full")
    assert {finding.level for finding in findings} == {"warning"}
    assert f"in the post “{post.title}”" in {item.where for item in findings if item.rule == rule}


def test_the_words_that_are_left_out_are_counted_and_their_part_is_named(check: Check) -> None:
    missing = LeftOut(words=30, total=200, part="a table (“Lap 1, 5:10…”)")
    findings = check(replace(ISSUE, posts=(replace(POST, left_out=missing), *POSTS[1:])))
    assert [finding.problem for finding in findings if finding.rule == "left-out"] == [
        (
            "30 of its 200 words cannot be shown in a message, most of them in a table "
            "(“Lap 1, 5:10…”)."
        )
    ]


_HOSTILE = [
    "{{7*7}}",
    "{% for x in y %}",
    '<mj-include path="/etc/passwd" />',
    "<%name%> and -name-",
    "None",
    "word" * 1000,
    "مرحبا بالجري",
    "秋の山道を走る",
    "🏃🏽‍♀️" * 40,
]


@pytest.mark.parametrize("title", _HOSTILE)
@pytest.mark.parametrize("body", ["excerpt", "full"])
def test_no_title_can_hold_an_issue_back(check: Check, title: str, body: str) -> None:
    post = replace(POST, title=title, excerpt=title, html=SafeHtml(""), image=None)
    findings = check(replace(ISSUE, posts=(post, *POSTS[1:]), preheader=title[:80]), body=body)
    assert [finding for finding in findings if finding.level == "error"] == []


def test_two_posts_of_one_title_are_a_warning(check: Check) -> None:
    twin = replace(POSTS[1], title=POST.title)
    findings = check(replace(ISSUE, posts=(POST, twin)))
    assert {finding.rule for finding in findings} == {"link-same-text"}
    assert {finding.level for finding in findings} == {"warning"}


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "https://a.example/ü?q=1&b='"])
def test_an_odd_address_breaks_no_check(check: Check, url: str) -> None:
    findings = check(replace(ISSUE, posts=(replace(POST, url=url),)))
    assert [finding for finding in findings if finding.level == "error"] == []
