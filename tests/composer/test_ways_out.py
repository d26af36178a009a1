"""How a message is left, by whose link: ours, SendGrid's or a letter, in every language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from newsletter import merge
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.render import render
from newsletter.models import Edition, Layout, PreferencesPlace, UnsubscribeWay
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

FOLDERS = template_folders("email", None)
LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pt", "pt-PT")


def _render(
    way: UnsubscribeWay, place: PreferencesPlace = "", layout: Layout = "digest", language: str = ""
) -> Edition:
    letterhead = replace(
        LETTERHEAD,
        unsubscribe=way,
        preferences=place,
        layout=layout,
        site="",
        language=language or LETTERHEAD.language,
    )
    return render(ISSUE, "north", letterhead, folders=FOLDERS, merge_key=MERGE_KEY)


def _names(edition: Edition, part: str) -> set[str]:
    return set(merge.count_tags(part, edition.nonce)) - {"address", "salutation"}


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
@pytest.mark.parametrize(
    ("way", "place", "names"),
    [
        ("own", "site", {"unsubscribe_url", "preferences_url"}),
        ("sendgrid", "", {"sendgrid_unsubscribe"}),
        ("sendgrid", "sendgrid", {"sendgrid_unsubscribe", "sendgrid_preferences"}),
        ("mailto", "", {"unsubscribe_mailto"}),
        ("mailto", "site", {"unsubscribe_mailto", "preferences_url"}),
    ],
)
def test_both_parts_hold_the_same_links_and_no_empty_one(
    layout: Layout, way: UnsubscribeWay, place: PreferencesPlace, names: set[str]
) -> None:
    edition = _render(way, place, layout)

    assert _names(edition, edition.html) == _names(edition, edition.text) == names
    assert 'href=""' not in edition.html
    assert merge.unsubscribe_way(names) == way


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_is_explained_in_the_language_of_the_frame(language: str) -> None:
    words = load_phrases(language, FOLDERS).by_mail
    by_letter, by_page = _render("mailto", language=language), _render("own", language=language)

    assert language.startswith("en") or words != load_phrases("en", FOLDERS).by_mail
    for part in (by_letter.text, re.sub(r"<[^>]*>", " ", by_letter.html)):
        assert " ".join(words.split()) in " ".join(part.split()).replace("&#39;", "'")
    assert words not in by_page.text


def test_each_way_out_is_another_content_so_that_an_approval_ends() -> None:
    ways: tuple[UnsubscribeWay, ...] = ("own", "sendgrid", "mailto")

    assert len({_render(way).content_hash for way in ways}) == len(ways)
