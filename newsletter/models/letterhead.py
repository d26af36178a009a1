"""What a reader sees of the settings in every issue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layout = Literal["digest", "full", "letter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How the author wants issues to look; everything left out is the season's own.

    `light` and `dark` are colours by the palette's names, as #rrggbb; fonts are CSS font
    lists; `logo_width` is in CSS pixels.
    """

    light: tuple[tuple[str, str], ...] = ()
    dark: tuple[tuple[str, str], ...] = ()
    text_font: str = ""
    heading_font: str = ""
    logo: str = ""
    logo_alt: str = ""
    logo_width: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What of the settings a reader sees in every issue.

    `salutation` has {name} where the reader's first name goes, "" for none at all;
    `salutation_nameless` is for readers whose name nobody knows, None for ours. `site` is
    the public site's address without a slash at its end, "" where there is none.
    """

    title: str
    author: str
    blog: str
    postal_address: str
    sign_off: str
    salutation: str = ""
    salutation_nameless: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    body: Literal["excerpt", "full", "title"] = "excerpt"
    layout: Layout = "digest"
    theme: Theme = Theme()
    site: str = ""
