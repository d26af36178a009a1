"""An author's own colours, fonts and logo pass the same checks as the shipped ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletter.composer.layout.palette import check_theme
from newsletter.models import Layout, Theme
from tests.composer.checks.conftest import Check
from tests.support.sample_issue import LETTERHEAD

THEMES = {
    "a logo, fonts and one colour": Theme(
        light=(("accent", "#7a1f5c"),),
        dark=(("accent", "#f2b6de"),),
        text_font="Verdana, sans-serif",
        heading_font="'Trebuchet MS', Tahoma, sans-serif",
        logo="https://mudandmiles.example.com/logo.png",
        logo_alt="A muddy shoe",
        logo_width=528,
    ),
    "a whole palette": Theme(
        light=(
            ("page", "#eeeeee"),
            ("sheet", "#fdfdfd"),
            ("ink", "#222222"),
            ("soft", "#555555"),
            ("rule", "#cccccc"),
            ("accent", "#003366"),
            ("button", "#003366"),
            ("on_button", "#ffeeff"),
            ("sky", "#ddeeff"),
            ("on_sky", "#112233"),
            ("near", "#112244"),
            ("on_near", "#eeeeff"),
        ),
        dark=(
            ("page", "#111111"),
            ("sheet", "#1b1b1b"),
            ("ink", "#eeeeee"),
            ("soft", "#bbbbbb"),
            ("accent", "#99ccff"),
            ("button", "#99ccff"),
            ("on_button", "#001122"),
            ("near", "#112244"),
            ("on_near", "#eeeeff"),
        ),
    ),
}
_WANTED = {"client-support", "contrast", "contrast-turned", "css-size", "image-width", "html-size"}


@pytest.mark.parametrize("layout", ["digest", "full", "letter"])
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_a_theme_causes_no_support_or_contrast_finding(
    check: Check, theme: Theme, layout: Layout
) -> None:
    check_theme(theme)
    own = replace(LETTERHEAD, theme=theme, layout=layout)
    own = replace(own, body="full") if layout == "full" else own
    assert [finding for finding in check(letterhead=own) if finding.rule in _WANTED] == []


def test_a_colour_that_no_reader_can_read_is_found_in_the_message_too(check: Check) -> None:
    """The settings refuse such a colour, but an author's own template could bring it in."""
    own = replace(LETTERHEAD, theme=Theme(light=(("soft", "#bbbbbb"),)))
    findings = [finding for finding in check(letterhead=own) if finding.rule == "contrast"]
    assert findings
    assert all(finding.level == "error" for finding in findings)
