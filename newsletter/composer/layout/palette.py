"""The colours of an edition: a palette for each season, light and dark.

Every pair of text and ground meets WCAG 2.2 AA (a test checks it), also after a mail program
inverts the lightness of all colours. No pure black or white: dark modes change those most.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.models import SeasonName


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """Colours as #rrggbb, named by where they are used.

    The page is behind the sheet. The masthead is a landscape: sky with a sun, a far ridge
    and a near hill, whose colour is also the ground of the greeting.
    """

    page: str
    sheet: str
    ink: str
    soft: str
    rule: str
    accent: str
    button: str
    on_button: str
    sky: str
    on_sky: str
    sun: str
    far: str
    near: str
    on_near: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """The two palettes of a season."""

    light: Palette
    dark: Palette


# One line each for paper, text, button, sky and hills.
# fmt: off
COLOURS: dict[SeasonName, Colours] = {
    "spring": Colours(
        light=Palette(
            page="#eff0e3", sheet="#fdfcf5",
            ink="#273020", soft="#586049", rule="#cdd2b9", accent="#37691f",
            button="#3c6b24", on_button="#f8faef",
            sky="#fae4df", on_sky="#3a4620", sun="#ee9b85",
            far="#a3c077", near="#3b6429", on_near="#f4f8e6",
        ),
        dark=Palette(
            page="#141810", sheet="#1d2318",
            ink="#e6ebd9", soft="#a9b398", rule="#465039", accent="#b3da93",
            button="#b3da93", on_button="#182410",
            sky="#35262a", on_sky="#f0e3d6", sun="#efc3b0",
            far="#47683a", near="#2c4a22", on_near="#ebf4da",
        ),
    ),
    "summer": Colours(
        light=Palette(
            page="#f5f0dc", sheet="#fefcf3",
            ink="#23302c", soft="#54635b", rule="#d6d3b6", accent="#0e6660",
            button="#0f6b64", on_button="#effaf6",
            sky="#fdeab0", on_sky="#4b3a0c", sun="#f0a81e",
            far="#7fb79a", near="#175750", on_near="#eefaf3",
        ),
        dark=Palette(
            page="#101614", sheet="#18211e",
            ink="#e4ede6", soft="#a3b5ab", rule="#3f4f48", accent="#90d8c8",
            button="#90d8c8", on_button="#08231f",
            sky="#33321a", on_sky="#f6e9bd", sun="#f3d27a",
            far="#2f6d5d", near="#14463f", on_near="#e6f6ee",
        ),
    ),
    "fall": Colours(
        light=Palette(
            page="#f3ebdd", sheet="#fdf9f1",
            ink="#2e241b", soft="#6a5948", rule="#dccdb4", accent="#9a3f12",
            button="#a3440f", on_button="#fff6ea",
            sky="#f8dfb5", on_sky="#4d2410", sun="#e2711d",
            far="#d2934a", near="#6d3216", on_near="#fdf0dc",
        ),
        dark=Palette(
            page="#16110c", sheet="#211a13",
            ink="#f0e5d6", soft="#b9a58f", rule="#4e3f30", accent="#f0a366",
            button="#f0a366", on_button="#2b1606",
            sky="#3a2415", on_sky="#f7dcb6", sun="#f0c98a",
            far="#7d4a22", near="#4f2712", on_near="#fbead3",
        ),
    ),
    "winter": Colours(
        light=Palette(
            page="#e9eef2", sheet="#fafcfd",
            ink="#1f2b35", soft="#51616f", rule="#c6d2db", accent="#1c5a86",
            button="#1f5d89", on_button="#f3f9fd",
            sky="#d7e6f0", on_sky="#1b3a52", sun="#fdf6dc",
            far="#9dbbd0", near="#274a66", on_near="#eef6fb",
        ),
        dark=Palette(
            page="#0f1419", sheet="#182028",
            ink="#e2eaf0", soft="#a2b2bf", rule="#3e4d59", accent="#8fc6ee",
            button="#8fc6ee", on_button="#0e2233",
            sky="#1a2b3a", on_sky="#dcebf6", sun="#e9edf0",
            far="#3d5d77", near="#21405a", on_near="#e7f2fa",
        ),
    ),
    "wet": Colours(
        light=Palette(
            page="#e5eeeb", sheet="#f9fcfa",
            ink="#1b2c27", soft="#4b6259", rule="#bdd1c8", accent="#0f6350",
            button="#106653", on_button="#effaf5",
            sky="#cddedf", on_sky="#1a3f3d", sun="#eef3ea",
            far="#6fa692", near="#174a3d", on_near="#eaf7f0",
        ),
        dark=Palette(
            page="#0d1513", sheet="#15201c",
            ink="#dfebe5", soft="#9db3a9", rule="#384d45", accent="#8fd9bf",
            button="#8fd9bf", on_button="#06231a",
            sky="#1b2f30", on_sky="#d7ebe6", sun="#cfdcd6",
            far="#2d5f50", near="#133d32", on_near="#e1f4eb",
        ),
    ),
    "dry": Colours(
        light=Palette(
            page="#f4ecd9", sheet="#fdf9ef",
            ink="#30281a", soft="#665a42", rule="#dacdab", accent="#745607",
            button="#785908", on_button="#fff8e6",
            sky="#f5e4bb", on_sky="#4a3a0e", sun="#d9622b",
            far="#c9a85e", near="#655019", on_near="#fdf4dc",
        ),
        dark=Palette(
            page="#15120b", sheet="#201b11",
            ink="#eee5d2", soft="#baad8e", rule="#4d432c", accent="#e4c67f",
            button="#e4c67f", on_button="#241a04",
            sky="#352a14", on_sky="#f4e4bb", sun="#eeb07a",
            far="#735c26", near="#473810", on_near="#f7ecd0",
        ),
    ),
}
# fmt: on
# Where nothing changes, the year has the green of the rainy season.
COLOURS["year-round"] = COLOURS["wet"]
