"""The settings that a reader sees in every issue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Layout = Literal["digest", "full", "letter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How issues look. The season decides on everything left out."""

    #: Colours by name of the palette, as #rrggbb.
    light: tuple[tuple[str, str], ...] = ()
    dark: tuple[tuple[str, str], ...] = ()
    #: A CSS list of fonts.
    text_font: str = ""
    heading_font: str = ""
    #: The URL of the picture.
    logo: str = ""
    logo_alt: str = ""
    #: In CSS pixels.
    logo_width: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The settings that a reader sees in every issue."""

    title: str
    author: str
    blog: str
    postal_address: str
    sign_off: str
    #: With {name} for the reader's first name; "" for no salutation.
    salutation: str = ""
    #: For readers without a name; None for the default.
    salutation_nameless: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    body: Literal["excerpt", "full", "title"] = "excerpt"
    layout: Layout = "digest"
    theme: Theme = Theme()
    #: The public site's address without a slash at its end, "" if there is no site.
    site: str = ""
