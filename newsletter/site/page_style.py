"""The style sheet and the security headers of the public pages.

The colours are the author's, or those of the season. Nothing is loaded from elsewhere, no
script runs, no page may be framed, and no page's address (it holds a token) is sent to the
next one as a referrer.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from newsletter.composer.layout.palette import Palette, parse_colour, theme_colours
from newsletter.composer.seasons import calendar_of, season_name
from newsletter.context import NewsletterConfig
from newsletter.models import SeasonName, Theme
from newsletter.resources import template_folders

_FILES = ("trail.css", "site/site.css")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStyle:
    """A style sheet, and the headers of a page that uses it."""

    style: str
    #: The Content-Security-Policy allows this style sheet by its hash, and nothing else.
    headers: tuple[tuple[str, str], ...]


def page_style(config: NewsletterConfig, today: dt.date) -> PageStyle:
    """Return the style of a day: the season where the author runs, then the author's colours."""
    newsletter = config.settings.newsletter
    season = season_name(today, newsletter.hemisphere, calendar=calendar_of(newsletter))
    folders = template_folders("web", config.folder)
    return _build_style(season, config.settings.theme.theme(), folders)


@lru_cache(maxsize=16)
def _build_style(season: SeasonName, theme: Theme, folders: tuple[Path, ...]) -> PageStyle:
    colours = theme_colours(season, theme)
    fonts = (("text", theme.text_font), ("display", theme.heading_font))
    families = "".join(f"--{name}: {font.replace('<', '')};" for name, font in fonts if font)
    parts = [
        *(_read_sheet(name, folders) for name in _FILES),
        f":root {{ {_variables(colours.light)}{families} }}",
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(colours.dark)} }} }}",
    ]
    style = "\n".join(parts)
    return PageStyle(style=style, headers=_security_headers(style))


def _security_headers(style: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a page whose only style element holds exactly `style`."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        # No page of another site may open, load or keep hold of one with a reader's data.
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("X-Robots-Tag", "noindex"),
        ("Cache-Control", "no-store"),
    )


def _read_sheet(name: str, folders: tuple[Path, ...]) -> str:
    path = next(folder / name for folder in folders if (folder / name).is_file())
    # Browsers normalise line ends before they hash: with others the policy would not match.
    return path.read_text("utf-8").replace("\r\n", "\n")


def _variables(palette: Palette) -> str:
    variables = {
        "paper": palette.page,
        "sheet": palette.sheet,
        "ink": palette.ink,
        "soft": palette.soft,
        "rule": palette.rule,
        "accent": palette.accent,
        "accent-deep": _mix(palette.accent, palette.ink, 0.35),
        "button": palette.button,
        "button-deep": _mix(palette.button, palette.ink, 0.25),
        "on-accent": palette.on_button,
        "tint": _mix(palette.sheet, palette.accent, 0.08),
        "warm": palette.accent,
        "warm-tint": _mix(palette.sheet, palette.sun, 0.2),
        "sky": palette.sky,
        "sun": palette.sun,
        "far": palette.far,
        "middle": _mix(palette.far, palette.near, 0.5),
        "near": palette.near,
        "path": palette.sky,
    }
    return " ".join(f"--{name}: {colour};" for name, colour in variables.items())


def _mix(base: str, other: str, share: float) -> str:
    """Return `base` with a share of `other` in it, as #rrggbb."""
    first, second = parse_colour(base), parse_colour(other)
    if first is None or second is None:
        return base
    parts = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
