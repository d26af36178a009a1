"""The author's own colours, fonts and logo."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.composer.layout.palette import check_theme
from newsletter.composer.render import render
from newsletter.config.load import load_settings
from newsletter.errors import SettingsError
from newsletter.models import Layout, Theme
from newsletter.resources import template_folders
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

OWN = Theme(
    light=(("accent", "#7a1f5c"),),
    dark=(("accent", "#f2b6de"),),
    text_font="Verdana, sans-serif",
    heading_font="'Trebuchet MS', sans-serif",
    logo="https://mudandmiles.example.com/logo.png",
    logo_alt="A muddy shoe",
    logo_width=120,
)


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
def test_every_layout_uses_the_theme(layout: Layout) -> None:
    letterhead = replace(LETTERHEAD, theme=OWN, layout=layout)
    html = render(
        ISSUE, "north", letterhead, folders=template_folders("email", None), merge_key=MERGE_KEY
    ).html
    assert "#7a1f5c" in html
    assert "#f2b6de" in html
    assert "Verdana" in html
    assert "Trebuchet MS" in html
    assert "Georgia" not in html
    logo = re.search(r'<img[^>]*class="logo"[^>]*>', html)
    assert logo is not None
    for attribute in (f'src="{OWN.logo}"', 'alt="A muddy shoe"', 'width="120"'):
        assert attribute in logo[0]


def test_no_theme_and_the_seasons_own_colours_are_always_readable() -> None:
    check_theme(Theme())
    check_theme(OWN)


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        (Theme(light=(("accent", "#ff9900"),)), "[theme.light] cannot be read: accent (#ff9900)"),
        (Theme(dark=(("ink", "#333333"),)), "[theme.dark] cannot be read: ink (#333333)"),
        (Theme(light=(("near", "#fbead3"),)), "on near (#fbead3, in"),
        (
            Theme(dark=(("sheet", "#000000"), ("accent", "#7f7f7f"), ("ink", "#eeeeee"))),
            "where a mail program turns the colours over",
        ),
    ],
)
def test_colours_that_cannot_be_read_are_refused(theme: Theme, words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_theme(theme)
    assert words in caught.value.message
    assert caught.value.cure


def _settings(folder: Path, theme: str) -> None:
    (folder / "newsletter.toml").write_text(
        '[newsletter]\ntitle = "T"\nfrom = "T <a@example.com>"\n'
        f'[[feeds]]\nurl = "https://a.example/feed/"\n{theme}\n',
        "utf-8",
    )


@pytest.mark.parametrize(
    ("theme", "words"),
    [
        ('[theme.light]\naccent = "red"', "which is not a colour"),
        ("[theme]\ntext_font = 'a\"; color: red'", "which is no list of fonts"),
        ('[theme]\nlogo = "logo.png"', "which is not a web address"),
        ('[theme.light]\nacent = "#000000"', "Did you mean `accent`?"),
        ('[issue]\nlayout = "leter"', "letter"),
    ],
)
def test_a_mistake_in_the_theme_is_reported(tmp_path: Path, theme: str, words: str) -> None:
    _settings(tmp_path, theme)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert words in str(caught.value)


def test_the_full_layout_shows_whole_posts(tmp_path: Path) -> None:
    _settings(tmp_path, '[issue]\nlayout = "full"')
    assert load_settings(tmp_path).letterhead().body == "full"
