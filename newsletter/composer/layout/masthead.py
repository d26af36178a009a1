"""The landscape of the masthead, drawn with table cells instead of a picture.

It resembles the elevation profile of a run. It shows with images turned off, because it
uses only what every mail program draws: top and bottom borders of a row of cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from markupsafe import Markup

from newsletter.composer.layout.palette import Palette
from newsletter.models import SeasonName

# Outlook renders with Word: at most 63 columns in a table, and no table-layout: fixed, so
# each cell states its width.
WIDTH = 60
HEIGHT = 104
_Outline = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One cell: the heights of sky, far ridge and near hill, in CSS pixels."""

    sky: int
    far: int
    near: int


# Corners of the two outlines, (column, height): the far ridge, then the near hill.
_OUTLINES: dict[SeasonName, tuple[_Outline, _Outline]] = {
    "spring": (
        ((0, 34), (9, 60), (16, 44), (27, 81), (37, 52), (46, 70), (59, 39)),
        ((0, 22), (12, 12), (24, 24), (34, 30), (47, 14), (59, 26)),
    ),
    "summer": (
        ((0, 52), (8, 68), (17, 49), (29, 91), (34, 75), (41, 62), (50, 73), (59, 57)),
        ((0, 12), (14, 26), (26, 14), (40, 10), (52, 30), (59, 24)),
    ),
    "fall": (
        ((0, 39), (7, 52), (13, 44), (22, 75), (29, 60), (38, 88), (47, 55), (59, 65)),
        ((0, 30), (10, 20), (20, 10), (33, 22), (44, 34), (52, 24), (59, 16)),
    ),
    "winter": (
        ((0, 31), (6, 62), (10, 49), (19, 99), (25, 68), (31, 81), (42, 44), (49, 73), (59, 42)),
        ((0, 16), (11, 30), (19, 18), (30, 12), (43, 26), (59, 14)),
    ),
    "wet": (
        ((0, 57), (10, 78), (18, 65), (26, 86), (36, 62), (45, 75), (59, 52)),
        ((0, 10), (9, 22), (17, 14), (26, 28), (35, 16), (46, 30), (59, 18)),
    ),
    "dry": (
        ((0, 29), (14, 39), (22, 60), (33, 60), (39, 39), (52, 47), (59, 36)),
        ((0, 18), (16, 12), (31, 22), (45, 14), (59, 20)),
    ),
}
_OUTLINES["year-round"] = _OUTLINES["wet"]


@cache
def ridge_cells(season: SeasonName, light: Palette) -> Markup:
    """Return the row of cells that draws a season's landscape in its light colours."""
    cell = Markup(
        '<td style="border-top:{}px solid {};border-bottom:{}px solid {}" '
        'width="10" height="{}"></td>'
    )
    return Markup("").join(
        cell.format(column.sky, light.sky, column.near, light.near, column.far)
        for column in ridge(season)
    )


def ridge(season: SeasonName) -> tuple[Column, ...]:
    """Return a season's landscape: WIDTH columns, each HEIGHT pixels high."""
    far, near = (_heights(outline) for outline in _OUTLINES[season])
    return tuple(
        Column(sky=HEIGHT - max(f, n + 2), far=max(f - n, 2), near=n)
        for f, n in zip(far, near, strict=True)
    )


def _heights(outline: _Outline) -> tuple[int, ...]:
    """Return the outline's height in each column, eased so that peaks are rounded."""
    heights = [outline[0][1]]
    for (left, low), (right, high) in pairwise(outline):
        span = right - left
        for step in range(1, span + 1):
            share = step / span
            eased = share * share * (3 - 2 * share)
            heights.append(round(low + (high - low) * eased))
    return tuple(heights)
