"""Phrases in the newsletter's language: all of them, or English that is marked as English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.phrases import MailPhrases, Phrases, PluralPhrase
from newsletter.composer.public_copy import archive_nav
from newsletter.composer.subject_and_preheader import preheader_line, subject_line
from newsletter.composer.transactional import TransactionalContent, render_transactional
from newsletter.errors import ComposeError
from newsletter.models import Edition, Facts, Image, Issue, Post, Race, SafeHtml, Theme
from newsletter.resources import template_folders
from tests.composer.browser_page import open_page
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE

LANGUAGES = ("de", "fr", "es", "it", "nl", "pt", "pt-PT")
LAYOUTS = ("digest", "full", "letter")
FACTS = Facts(distance="53 km", time="7:11", pace="8:08", race="Nix", route="Via Alba")
POST = Post(
    feed="f",
    guid="g",
    url="https://nix.example.com/alba/",
    title="Nix alba",
    published=datetime(2026, 10, 3, 12, tzinfo=UTC),
    excerpt="Quis per silvam currit?",
    html=SafeHtml('<p>Quis currit?</p><img src="https://nix.example.com/b.jpg" alt="Nix">'),
    image=Image(url="https://nix.example.com/a.jpg", alt="", width=600),
    comment_count=2,
    reading_minutes=4,
    facts=FACTS,
)
LATIN = replace(
    ISSUE,
    subject="Nix alba",
    preheader="Quis per silvam currit?",
    note=SafeHtml("<p>Salvete.</p>"),
    greetings=tuple(replace(greeting, text="Salvete!") for greeting in ISSUE.greetings),
    posts=(POST, replace(POST, title="Silva", comment_count=1), replace(POST, title="Mons")),
    races=(Race(name="Nix", day=date(2027, 1, 10), place="Roma"),),
)


def _phrases(words: Phrases) -> Iterator[str]:
    for field in fields(words):
        value = getattr(words, field.name)
        if isinstance(value, PluralPhrase):
            yield from (text for _, text in value.forms)
        elif isinstance(value, MailPhrases):
            yield from (getattr(value, field.name) for field in fields(value))
        elif isinstance(value, str) and field.name not in ("language", "wanted"):
            yield value


def _pieces(words: Phrases) -> set[str]:
    """Return the phrases without their {names}, if they are words."""
    pieces = (
        piece.strip(" :!+,") for phrase in _phrases(words) for piece in re.split(r"\{\w+\}", phrase)
    )
    return {piece for piece in pieces if re.search(r"\w{3}", piece)}


def _english_left(text: str, words: Phrases) -> list[str]:
    foreign = _pieces(load_phrases("en")) - _pieces(words)
    return [piece for piece in foreign if re.search(rf"\b{re.escape(piece)}(?!\w)", text)]


def _latin(rendered: Renderer, language: str, layout: str, issue: Issue = LATIN) -> Edition:
    body = "full" if layout == "full" else "excerpt"
    own = {"language": language, "layout": layout, "body": body}
    return rendered(
        issue, title="Via", author="Ada", sign_off="Vale,", postal_address="Roma", **own
    )


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_left_in_english(rendered: Renderer, language: str, layout: str) -> None:
    edition, words = _latin(rendered, language, layout), load_phrases(language)
    for text in (unescape(edition.html), edition.text):
        assert _english_left(text, words) == []
        assert words.unsubscribe in text
        assert words.races in text
        assert words.format_count(words.comments, 2) in text
    assert f'<html lang="{language}"' in edition.html
    assert 'lang="en"' not in edition.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_inbox_lines_navigation_and_mails_are_in_the_language(language: str) -> None:
    words = load_phrases(language)
    spoken: set[str] = set()
    for _ in range(4):
        spoken.add(
            subject_line(
                LATIN.posts,
                phrases=words,
                template="",
                season_word=words.season("fall"),
                number=12,
                title="Via",
                earlier=frozenset(spoken),
            )
        )
    assert len(spoken) == 4
    lines = [
        preheader_line(LATIN.posts, "Quis", phrases=words),
        archive_nav(words, older=1, newer=3),
    ]
    text = " ".join((*spoken, *lines, *(words.season(name) for name in ("wet", "dry", "fall"))))
    assert _english_left(text, words) == []
    assert not re.search(r"\b(season|autumn|fall|more)\b", text)


def test_dates_and_plurals_follow_the_language(rendered: Renderer) -> None:
    assert "22. November 2026" in _latin(rendered, "de", "digest").text
    spanish = _latin(rendered, "es", "digest").text
    assert "22 de noviembre de 2026" in spanish
    assert "2 comentarios" in spanish
    assert "1 comentario\n" in spanish
    assert "domingo, 10 de enero de 2027 · Roma" in spanish


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["sv", "ar"])
def test_without_a_file_the_phrases_are_english_and_say_so(
    rendered: Renderer, language: str, layout: str
) -> None:
    edition = _latin(rendered, language, layout)
    page = LexborHTMLParser(edition.html)
    mapping = {
        text: _language_of(node)
        for node in page.css("p, h1, h2, h3, span, a")
        if (text := " ".join((node.text(deep=False) or "").split()))
    }
    for piece in ("Unsubscribe", "No. 12 · November 22, 2026", "Next races", "Distance"):
        assert mapping[piece] == "en"
    assert any(told == "en" for text, told in mapping.items() if "October 3 · 4 min read" in text)
    assert mapping["Sunday, January 10, 2027"] == "en"
    assert {mapping[title] for title in ("Silva", "Via", "Vale,", "Salvete!")} == {language}
    assert "No. 12 · November 22, 2026" in edition.text
    assert "October 3 · 4 min read · 2 comments" in edition.text
    assert 'alt="Nix alba"' in edition.html or layout != "digest"


def _language_of(node: LexborNode | None) -> str | None:
    while node is not None:
        if node.attributes.get("lang"):
            return node.attributes["lang"]
        node = node.parent
    return None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_message_read_from_right_to_left_is_laid_out_so(
    chromium: Browser, rendered: Renderer, layout: str
) -> None:
    own = tuple(replace(greeting, text="مرحبا!", language="ar") for greeting in ISSUE.greetings)
    edition = _latin(rendered, "ar", layout, replace(LATIN, greetings=own))
    page = open_page(chromium, edition.html, width=600, images=True)
    ways = page.eval_on_selector_all(
        ".opening, .hello, .author",
        "found => found.map(node => getComputedStyle(node).direction)",
    )
    title, link = (
        page.eval_on_selector(chosen, "node => node.getBoundingClientRect().right")
        for chosen in ("h1", ".cta a, .link")
    )
    page.close()
    assert set(ways) == {"rtl"}
    assert title == 600 - 36
    assert abs(link - title) <= 1


def test_a_greeting_in_another_language_is_marked(rendered: Renderer) -> None:
    greetings = tuple(
        replace(greeting, text="Hello!", language="en") for greeting in ISSUE.greetings
    )
    edition = _latin(rendered, "de", "digest", replace(LATIN, greetings=greetings))
    opening = LexborHTMLParser(edition.html).css_first("p.opening")
    assert opening is not None
    assert (opening.text(), opening.attributes["lang"]) == ("Hello!", "en")
    own = tuple(replace(greeting, text="Hallo!", language="de-AT") for greeting in ISSUE.greetings)
    assert (
        'lang="de-AT"' not in _latin(rendered, "de", "digest", replace(LATIN, greetings=own)).html
    )


def test_a_message_about_the_subscription_says_its_language() -> None:
    words = load_phrases("fr").confirm
    note = TransactionalContent(
        subject="Via",
        heading=words.heading,
        lines=(words.line,),
        button=words.button,
        language="fr",
    )
    edition = render_transactional(
        note,
        title="Via",
        theme=Theme(),
        season="fall",
        hemisphere="north",
        folders=template_folders("email", None),
    )
    assert '<html lang="fr" dir="ltr">' in edition.html
    assert _english_left(unescape(edition.html) + edition.text, load_phrases("fr")) == []


def _own_words(folder: Path, name: str, text: str) -> tuple[Path, ...]:
    home = folder / "templates" / "email" / "words"
    home.mkdir(parents=True)
    (home / name).write_text(text, encoding="utf-8")
    return template_folders("email", folder)


def test_the_author_may_change_one_phrase_and_keep_the_rest(tmp_path: Path) -> None:
    words = load_phrases("de-CH", _own_words(tmp_path, "de.toml", 'unsubscribe = "Abmelden"\n'))
    assert words.unsubscribe == "Abmelden"
    assert words.races == "Die nächsten Läufe"


def test_the_author_may_add_a_language_with_more_plurals(tmp_path: Path) -> None:
    english = (template_folders("email", None)[0] / "words" / "en.toml").read_text("utf-8")
    polish = re.sub(
        "comments = .*",
        'comments = { one = "{number} komentarz", few = "{number} komentarze", '
        'other = "{number} komentarzy" }',
        english,
    )
    words = load_phrases("pl", _own_words(tmp_path, "pl.toml", polish))
    format_counts = [words.format_count(words.comments, number) for number in (1, 3, 5)]
    assert format_counts == ["1 komentarz", "3 komentarze", "5 komentarzy"]
    assert not words.is_fallback


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("de.toml", 'unsubscibe = "Weg"', "“unsubscibe” is no phrase of the frame"),
        ("de.toml", 'read_on = "Mehr: {titel}"', "“read_on” is 'Mehr: {titel}'"),
        ("de.toml", 'read_on = "Mehr: {title"', "cannot be filled in"),
        ("de.toml", "read_on = 4", "“read_on” must be some text"),
        ("de.toml", "read_on = ", "cannot be read as words"),
        ("sv.toml", 'unsubscribe = "Avsluta"', "has no words for “issue”"),
    ],
)
def test_a_mistake_in_the_words_is_named_with_its_file(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    folders = _own_words(tmp_path, name, text)
    with pytest.raises(ComposeError, match=re.escape(told)) as caught:
        load_phrases(name.removesuffix(".toml"), folders)
    assert name in str(caught.value)
