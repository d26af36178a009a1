"""Issues too long for an inbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter import merge
from newsletter.composer.checks.lint import lint
from newsletter.composer.render import FitResult, fit
from newsletter.models import Issue, Layout, SafeHtml
from newsletter.resources import template_folders
from tests.composer.checks.conftest import FIELDS
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY, POSTS

BUDGET = 80 * 1024
LONG = SafeHtml("<p>Up the hill, and down the hill, and up the hill again.</p>" * 350)
FULL = replace(LETTERHEAD, body="full")


def _fit(issue: Issue, body: str = "excerpt", budget: int = BUDGET) -> FitResult:
    return fit(
        issue,
        "north",
        replace(LETTERHEAD, body=body),  # type: ignore[arg-type]  # a field of Letterhead
        folders=template_folders("email", None),
        merge_key=MERGE_KEY,
        fields=FIELDS,
        budget=budget,
    )


def _size(fitted: FitResult) -> int:
    edition = fitted.edition
    return len(merge.fill(edition.html, edition.nonce, FIELDS, html=True).encode())


def _many(number: int) -> Issue:
    posts = tuple(
        replace(
            POSTS[place % 8], id=place, url=f"https://b.example/{place}/", excerpt="Mud. " * 120
        )
        for place in range(number)
    )
    return replace(ISSUE, posts=posts)


def test_an_issue_that_fits_is_left_alone() -> None:
    fit_result = _fit(ISSUE)
    assert fit_result.notes == ()
    assert fit_result.edition.html.count("<h2") == len(POSTS) + 1


def test_only_the_longest_posts_lose_their_text() -> None:
    posts = (POSTS[0], replace(POSTS[1], html=LONG), *POSTS[2:4], replace(POSTS[4], html=LONG))
    fit_result = _fit(replace(ISSUE, posts=posts), body="full")
    assert _size(fit_result) <= BUDGET
    assert len(fit_result.notes) == 1
    assert "shown by its excerpt" in fit_result.notes[0]
    assert "ten dull minutes" not in fit_result.edition.html  # the first post is whole, no excerpt
    assert "Single-leg bridges" in fit_result.edition.html
    assert "Single-leg bridges" in fit_result.edition.text


@pytest.mark.parametrize("number", [14, 20, 40])
def test_a_long_list_ends_in_titles(number: int) -> None:
    fit_result = _fit(_many(number))
    assert _size(fit_result) <= BUDGET
    assert fit_result.notes
    for place in range(number):
        assert f"https://b.example/{place}/" in fit_result.edition.html
        assert f"https://b.example/{place}/" in fit_result.edition.text


def test_as_little_is_cut_as_the_budget_allows() -> None:
    roomy, tight = _fit(_many(10), budget=70_000), _fit(_many(10), budget=50_000)
    assert _size(roomy) <= 70_000
    assert _size(tight) <= 50_000
    assert roomy.edition.html.count("Mud.") > tight.edition.html.count("Mud.")


def test_a_cut_issue_passes_the_checks_and_keeps_the_unsubscribe_link() -> None:
    issue = _many(40)
    findings = lint(_fit(issue).edition, issue, LETTERHEAD, fields=FIELDS)
    assert [finding for finding in findings if finding.level == "error"] == []


def test_an_issue_that_cannot_fit_is_cut_as_far_as_possible_and_reported() -> None:
    wordy, crowded = replace(ISSUE, note=SafeHtml(f"<p>{'Mud. ' * 40_000}</p>")), _many(300)
    cures = []
    for issue in (wordy, crowded):
        edition = _fit(issue).edition
        findings = lint(edition, issue, LETTERHEAD, fields=FIELDS, limit="monthly_max_posts")
        cures += [
            finding.cure
            for finding in findings
            if (finding.level, finding.rule) == ("error", "html-size")
        ]
    lower = 'Lower monthly_max_posts, or set body = "excerpt" under [issue].'
    assert cures == ["Shorten your note.", lower]


def test_the_same_issue_is_cut_in_the_same_way() -> None:
    assert _fit(_many(30)).edition.content_hash == _fit(_many(30)).edition.content_hash


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
def test_eight_posts_with_the_longest_values_fit_whole_in_every_layout(layout: Layout) -> None:
    address = f"{'a' * 64}@{'.'.join(['b' * 60] * 3)}.example"
    longest = {
        **{name: f"https://news.example.com/{'t' * 200}" for name in FIELDS if "url" in name},
        "address": address,
        "salutation": f"Hello {'W' * 200},",
    }
    own = replace(LETTERHEAD, layout=layout, salutation="Hello {name},")
    own = replace(own, body="full" if layout == "full" else "excerpt")
    folders = template_folders("email", None)
    fit_result = fit(ISSUE, "north", own, folders=folders, merge_key=MERGE_KEY, fields=longest)
    assert fit_result.notes == ()
    html = merge.fill(fit_result.edition.html, fit_result.edition.nonce, longest, html=True)
    assert "W" * 200 in html
    assert len(html.encode()) <= BUDGET
    assert (
        len(merge.fill(fit_result.edition.text, fit_result.edition.nonce, longest, html=False))
        <= BUDGET / 4
    )
