"""The plot of how the list grows, as the geometry of an SVG. Pure.

Bars above the line are who came, those below it who left: the direction tells them apart
without colour. The page has a table of the same figures beside it.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from newsletter.subscriptions.growth import GrowthMonth

#: As many months as bars of readable figures fit on a phone; the table has all of them.
MONTHS_SHOWN = 12
WIDTH, HEIGHT = 360, 222
_TOP, _BOTTOM, _LABELS = 18, 30, 20
_BAR_SHARE = 0.62


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthBar:
    """A bar, in units of the SVG."""

    kind: Literal["came", "left", "bounced"]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthLabel:
    """A word or a figure at a place of the SVG; the text is centred on `x`."""

    text: str
    x: float
    y: float
    kind: Literal["figure", "month", "year"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrowthPlot:
    """The plot of the newest months."""

    bars: tuple[GrowthBar, ...]
    labels: tuple[GrowthLabel, ...]
    #: The height of the line between who came and who left.
    baseline: float
    #: What the plot shows, in words.
    description: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_growth(months: Sequence[GrowthMonth]) -> GrowthPlot:
    """Return the plot of the newest of `months`, which are in order."""
    shown = months[-MONTHS_SHOWN:]
    most_came = max((month.came for month in shown), default=0)
    most_gone = max((month.left + month.bounced for month in shown), default=0)
    # The month's name stands on the line, between both.
    room = HEIGHT - _TOP - _BOTTOM - _LABELS
    unit = room / max(1, most_came + most_gone)
    baseline = _TOP + most_came * unit if most_came + most_gone else HEIGHT / 2
    bars: list[GrowthBar] = []
    labels: list[GrowthLabel] = []
    step = WIDTH / MONTHS_SHOWN
    for place, month in enumerate(shown):
        middle = step * (place + 0.5)
        left, width = middle - step * _BAR_SHARE / 2, step * _BAR_SHARE
        below = baseline + _LABELS
        for kind, count, y in (
            ("came", month.came, baseline - month.came * unit),
            ("left", month.left, below),
            ("bounced", month.bounced, below + month.left * unit),
        ):
            if count:
                bars.append(
                    GrowthBar(
                        kind=kind,  # type: ignore[arg-type]  # the words of the tuple above
                        x=round(left, 1),
                        y=round(y, 1),
                        width=round(width, 1),
                        height=round(count * unit, 1),
                    )
                )
        labels.extend(_month_labels(month, middle, baseline, unit, is_first=place == 0))
    return GrowthPlot(
        bars=tuple(bars),
        labels=tuple(labels),
        baseline=round(baseline, 1),
        description=describe_growth(shown),
    )


def describe_growth(months: Sequence[GrowthMonth]) -> str:
    """Return `In the last 12 months 1,240 came, 100 left, and 33 bounced or complained.`

    Where none did, nothing may be known of them.
    """
    if not months:
        return "Nobody has come yet."
    came, left = sum(month.came for month in months), sum(month.left for month in months)
    bounced = sum(month.bounced for month in months)
    span = "this month" if len(months) == 1 else f"in the last {len(months)} months"
    gone = (
        f", {left:,} left, and {bounced:,} bounced or complained"
        if bounced
        else f" and {left:,} left"
    )
    return f"{span[:1].upper()}{span[1:]} {came:,} came{gone}."


def short_count(count: int) -> str:
    """Return a count in four characters at most: `950`, `1.2k`, `38k`, `1.1m`."""
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if count >= size:
            figure = f"{count / size:.1f}" if count < 10 * size else f"{count // size}"
            return f"{figure.removesuffix('.0')}{letter}"
    return str(count)


def _month_labels(
    month: GrowthMonth, middle: float, baseline: float, unit: float, *, is_first: bool
) -> list[GrowthLabel]:
    x = round(middle, 1)
    labels = [
        GrowthLabel(
            text=calendar.month_abbr[month.month], x=x, y=round(baseline + 14, 1), kind="month"
        )
    ]
    if is_first or month.month == 1:
        labels.append(GrowthLabel(text=str(month.year), x=x, y=HEIGHT - 3, kind="year"))
    if month.came:
        y = baseline - month.came * unit - 4
        labels.append(GrowthLabel(text=short_count(month.came), x=x, y=round(y, 1), kind="figure"))
    gone = month.left + month.bounced
    if gone:
        y = baseline + _LABELS + gone * unit + 11
        labels.append(GrowthLabel(text=short_count(gone), x=x, y=round(y, 1), kind="figure"))
    return labels
