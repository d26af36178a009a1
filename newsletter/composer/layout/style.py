"""How an edition looks: its season's colours and landscape, with the author's theme."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from newsletter.composer.layout.masthead import ridge_cells
from newsletter.composer.layout.palette import Palette
from newsletter.composer.layout.theme import TEXT_FONT, themed
from newsletter.models import SeasonName, Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutStyle:
    """Colours and fonts; `ridge` is a row of table cells."""

    season: SeasonName
    theme: Theme
    text_font: str
    light: Palette
    dark: Palette
    ridge: Markup


def look(season: SeasonName, theme: Theme) -> LayoutStyle:
    """The look of a season, as far as the author's theme leaves it."""
    colours = themed(season, theme)
    return LayoutStyle(
        season=season,
        theme=theme,
        text_font=theme.text_font or TEXT_FONT,
        light=colours.light,
        dark=colours.dark,
        ridge=ridge_cells(season, colours.light),
    )
