"""Formats of pictures that some mail programs cannot show, named once an issue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.composer.checks.lint import lint
from newsletter.composer.checks.proof import Finding
from newsletter.composer.render import render
from newsletter.models import Image, SafeHtml
from newsletter.resources import template_folders
from tests.composer.checks.conftest import FIELDS, Check
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY, POSTS


def _formats(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == "image-format"]


def _picture(url: str) -> Image:
    return Image(url=url, alt="A hill in the mist", width=1200, height=800)


def test_many_pictures_of_a_format_are_one_finding_with_its_cure(check: Check) -> None:
    posts = tuple(
        replace(post, image=_picture(f"https://blog.example/{number}.webp"))
        for number, post in enumerate(POSTS)
    )
    (finding,) = _formats(check(replace(ISSUE, posts=posts)))
    assert finding.where == "in the pictures"
    assert finding.problem == (
        f"{len(POSTS)} pictures are WebP files (0.webp, 1.webp, 2.webp and {len(POSTS) - 3} more), "
        "which Outlook for Windows cannot show."
    )
    assert 'host = "site"' in finding.cure
    assert "Gmail" not in finding.problem, "it shows WebP"


@pytest.mark.parametrize(
    ("ending", "programs"),
    [
        ("avif", "Outlook for Windows"),
        ("heic", "Outlook for Windows and Outlook.com"),
        ("svg?v=2", "Gmail"),
    ],
)
def test_the_programs_are_those_of_the_support_data(
    check: Check, ending: str, programs: str
) -> None:
    post = replace(POSTS[0], image=_picture(f"https://blog.example/hill.{ending}"))
    (finding,) = _formats(check(replace(ISSUE, posts=(post,))))
    assert finding.where == f"in the post “{post.title}”"
    assert f"which {programs} cannot show" in finding.problem


def test_pictures_inside_a_whole_post_count_too(check: Check) -> None:
    html = SafeHtml('<p><img src="https://blog.example/in.webp" alt="In" width="560"></p>')
    post = replace(POSTS[0], html=html, image=None)
    (finding,) = _formats(check(replace(ISSUE, posts=(post,)), body="full"))
    assert finding.problem.startswith("in.webp is a WebP file")


def test_where_copies_are_shown_the_cure_is_another_file() -> None:
    post = replace(POSTS[0], image=_picture("https://blog.example/hill.webp"))
    issue = replace(ISSUE, posts=(post,))
    edition = render(
        issue, "north", LETTERHEAD, folders=template_folders("email", None), merge_key=MERGE_KEY
    )
    (finding,) = _formats(lint(edition, issue, LETTERHEAD, fields=FIELDS, copied=True))
    assert finding.cure.startswith("It has no copy yet. `newsletter collect` makes it, or says")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.gif", "a", "a.webp.jpg", "webp"])
def test_other_pictures_are_shown_everywhere(check: Check, name: str) -> None:
    post = replace(POSTS[0], image=_picture(f"https://blog.example/{name}"))
    assert _formats(check(replace(ISSUE, posts=(post,)))) == []
