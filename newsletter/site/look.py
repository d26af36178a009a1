"""How the public pages look: in the newsletter's own colours, those of the season."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.composer.layout.colour import parse_colour
from newsletter.composer.layout.palette import Palette
from newsletter.composer.layout.theme import theme_colours
from newsletter.composer.seasons import season_name
from newsletter.context import Context
from newsletter.models import SeasonName, Theme
from newsletter.resources import template_folders
from newsletter.site.security_headers import page_headers

_SHEETS = ("trail.css", "site/site.css")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStyle:
    """A style sheet, and the header lines that let a page use this one and nothing else."""

    style: str
    headers: tuple[tuple[str, str], ...]


def look_of(context: Context) -> PageStyle:
    """The look of today: the season where the author runs, over it the author's colours."""
    own = context.settings.newsletter
    today = context.clock().astimezone(context.zone).date()
    season = season_name(today, own.hemisphere, wet_months=own.wet_months)
    folders = template_folders("web", context.folder)
    return _look(season, context.settings.theme.theme(), folders)


@lru_cache(maxsize=16)
def _look(season: SeasonName, theme: Theme, folders: tuple[Path, ...]) -> PageStyle:
    colours = theme_colours(season, theme)
    fonts = (("text", theme.text_font), ("display", theme.heading_font))
    chosen = "".join(f"--{name}: {font.replace('<', '')};" for name, font in fonts if font)
    parts = [
        *(_sheet(name, folders) for name in _SHEETS),
        f":root {{ {_variables(colours.light)}{chosen} }}",
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(colours.dark)} }} }}",
    ]
    style = "\n".join(parts)
    return PageStyle(style=style, headers=page_headers(style))


def _sheet(name: str, folders: tuple[Path, ...]) -> str:
    found = next(folder / name for folder in folders if (folder / name).is_file())
    # Line ends as a browser reads them, else the hash of the policy would not fit.
    return found.read_text("utf-8").replace("\r\n", "\n")


def _variables(palette: Palette) -> str:
    given = {
        "paper": palette.page,
        "sheet": palette.sheet,
        "ink": palette.ink,
        "soft": palette.soft,
        "rule": palette.rule,
        "accent": palette.accent,
        "accent-deep": _mixed(palette.accent, palette.ink, 0.35),
        "button": palette.button,
        "button-deep": _mixed(palette.button, palette.ink, 0.25),
        "on-accent": palette.on_button,
        "tint": _mixed(palette.sheet, palette.accent, 0.08),
        "warm": palette.accent,
        "warm-tint": _mixed(palette.sheet, palette.sun, 0.2),
        "sky": palette.sky,
        "sun": palette.sun,
        "far": palette.far,
        "middle": _mixed(palette.far, palette.near, 0.5),
        "near": palette.near,
        "path": palette.sky,
    }
    return " ".join(f"--{name}: {colour};" for name, colour in given.items())


def _mixed(one: str, other: str, share: float) -> str:
    """`one` with a share of `other` in it, as #rrggbb."""
    first, second = parse_colour(one), parse_colour(other)
    if first is None or second is None:
        return one
    parts = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
