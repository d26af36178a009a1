"""Salutations with a reader's first name, whatever the list holds as a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter import merge
from newsletter.addressing.envelope import first_name, salutation
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.render import render
from newsletter.config.settings import NewsletterSettings
from newsletter.models import Layout
from newsletter.resources import template_folders
from tests.composer.conftest import Renderer
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

OWN = NewsletterSettings(
    title="T", from_="a@example.com", salutation="Hello {name},", salutation_nameless="Hello you,"
)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ada Lovelace", "Ada"),
        ("ADA LOVELACE", "Ada"),
        ("ada", "Ada"),
        ("Lovelace, Ada", "Ada"),
        ("Dr. Ada Lovelace", "Ada"),
        ("McKenna Reyes", "McKenna"),
        ("Zoë", "Zoë"),
        ("李 明", ""),
        ("محمد علي", "محمد"),
        ("", ""),
        ("A.", ""),
        ("ada@example.com", ""),
        ("runner42", ""),
        ("{{name}}", ""),
        ("*|FNAME|*", ""),
        ("<b>Ada</b>", ""),
        ("https://a.example", ""),
        ("x" * 50, ""),
    ],
)
def test_the_first_name_is_found_or_nobody_is_named(name: str, first: str) -> None:
    assert first_name(name) == first
    line = salutation(name, OWN, load_phrases("en"))
    assert line == (f"Hello {first}," if first else "Hello you,")


@pytest.mark.parametrize(
    ("language", "by_name", "own", "said"),
    [
        ("en", "Hello {name},", None, "Hello runner,"),
        ("de", "Hallo {name},", None, "Hallo und guten Lauf,"),
        ("pt-PT", "Olá {name},", None, "Olá e boas corridas,"),
        ("sv", "Hej, {name}!", None, "Hej!"),
        ("de", "Hallo {name},", "Servus,", "Servus,"),
        ("de", "Hallo {name},", "", ""),
        ("fi", "{name}, moi!", None, "moi!"),
        ("ar", "مرحبا، {name}!", None, "مرحبا!"),
        ("zh", "你好，{name}：", None, "你好："),
    ],
)
def test_readers_without_a_name_are_greeted_in_the_newsletters_language(
    language: str, by_name: str, own: str | None, said: str
) -> None:
    settings = NewsletterSettings(
        title="T", from_="a@example.com", salutation=by_name, salutation_nameless=own
    )
    assert salutation("", settings, load_phrases(language)) == said


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
def test_a_layout_greets_by_name_in_both_parts(layout: Layout) -> None:
    letterhead = replace(LETTERHEAD, layout=layout, salutation="Hello {name},")
    edition = render(
        ISSUE, "north", letterhead, folders=template_folders("email", None), merge_key=MERGE_KEY
    )
    hostile = f"Hello O'Neil <b>{{{{7*7}}}} -nl{edition.nonce}.address-\r\nBcc: x,"
    fields = {
        "unsubscribe_url": "https://a.example/u",
        "preferences_url": "https://a.example/p",
        "address": "ada@example.com",
    }
    html = merge.fill(edition.html, edition.nonce, fields | {"salutation": hostile}, html=True)
    text = merge.fill(edition.text, edition.nonce, fields | {"salutation": hostile}, html=False)
    assert html.count("Hello O&#x27;Neil &lt;b&gt;{{7*7}}") == 1
    assert text.count("Hello O'Neil <b>{{7*7}}") == 1
    assert "\nBcc" not in text
    assert text.split("\n")[0].startswith("Hello fall running season")


def test_without_a_salutation_no_name_is_used(rendered: Renderer) -> None:
    edition = rendered()
    assert "salutation" not in edition.html + edition.text


def test_another_salutation_is_another_edition(rendered: Renderer) -> None:
    text = rendered(salutation="Hello {name},").content_hash
    assert text != rendered(salutation="Dear {name},").content_hash
    assert text != rendered(salutation="Hello {name},", salutation_nameless="Hi,").content_hash
