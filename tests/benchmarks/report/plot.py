"""The report as a plot: each median against its floor, on a logarithmic scale, in SVG.

Every row is divided by its floor, so one line in the plot is the floor of all: what lies left of
it is reached. Marks differ in shape too, for readers who do not tell the colours apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from tests.benchmarks.report.comparison import (
    Measurement,
    Spread,
    is_reached,
    ratio_in_words,
    ratios,
    spread,
)

_WIDTH, _LABELS, _FIGURES = 960, 430, 96
_ROW, _HEAD, _FOOT = 26, 56, 34
#: Thirtieths to four times the floor; what lies beyond stands at the edge.
_LEAST, _MOST = 1 / 30, 4.0
_TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
_LONGEST_LABEL = 68
STYLE = """
.bench { --ink: #1d2a24; --faint: #5d6b64; --rule: #d9e0dc; --paper: #ffffff;
  --good: #1f7a4d; --bad: #b3470e; font: 12px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .bench { --ink: #e6ece8; --faint: #9fb0a7; --rule: #34403a; --paper: #151b18;
    --good: #5cc795; --bad: #f39a5f; }
}
.bench .back { fill: var(--paper) } .bench text { fill: var(--ink) }
.bench .faint { fill: var(--faint) } .bench .rule { stroke: var(--rule) }
.bench .floor { stroke: var(--ink); stroke-width: 1.5 }
.bench .good { fill: var(--good); stroke: var(--good) }
.bench .bad { fill: var(--paper); stroke: var(--bad); stroke-width: 2 }
.bench .range { stroke-width: 2 } .bench .bad.range { stroke: var(--bad) }
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """A measurement at its height in the plot."""

    measurement: Measurement
    middle: float


def plot(measurements: Sequence[Measurement]) -> str:
    """Return the plot as an SVG image that follows the light or dark scheme of its reader."""
    height = _HEAD + _ROW * len(measurements) + _FOOT
    rows = [
        _Row(measurement, _HEAD + _ROW * (place + 0.5))
        for place, measurement in enumerate(measurements)
    ]
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"'
    label = f"Ratios of {len(rows)} benchmarks against their floors"
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="bench" {size}',
            f' role="img" aria-label="{label}">',
            f"<style>{STYLE}</style>",
            f'<rect class="back" width="{_WIDTH}" height="{height}"/>',
            _scale(height),
            *map(_draw, rows),
            "</svg>",
        )
    )


def _place(share: float) -> float:
    """Return where a share of the floor stands, in pixels from the left."""
    inside = min(max(share, _LEAST), _MOST)
    part = math.log(inside / _LEAST) / math.log(_MOST / _LEAST)
    return round(_LABELS + part * (_WIDTH - _LABELS - _FIGURES), 1)


def _scale(height: int) -> str:
    lines = []
    for tick in _TICKS:
        x, kind = _place(tick), "floor" if tick == 1 else "rule"
        word = "the floor" if tick == 1 else f"{tick:g}"
        lines.append(
            f'<line class="{kind}" x1="{x}" x2="{x}" y1="{_HEAD - 8}" y2="{height - _FOOT + 4}"/>'
            f'<text class="faint" x="{x}" y="{_HEAD - 16}" text-anchor="middle">{word}</text>'
        )
    title = (
        '<text x="12" y="22" font-weight="600">Cost as a share of the floor: left is better</text>'
    )
    foot = (
        f'<text class="faint" x="12" y="{height - 12}">Dot: median, reached. Diamond: not reached. '
        "Line: the middle half of the rounds.</text>"
    )
    return title + "".join(lines) + foot


def _draw(row: _Row) -> str:
    measurement, y = row.measurement, row.middle
    comparison, found = measurement.comparison, spread(ratios(measurement))
    shares = Spread(
        *(
            number / comparison.floor
            for number in (found.least, found.lower, found.median, found.upper, found.most)
        )
    )
    kind = "good" if is_reached(measurement) else "bad"
    words = f"{comparison.what} : {comparison.against}"
    short = words if len(words) <= _LONGEST_LABEL else f"{words[: _LONGEST_LABEL - 1].rstrip()}…"
    ratio = ratio_in_words(comparison, found.median)
    return (
        f"<g><title>{escape(words)}: {ratio}</title>"
        f'<text x="12" y="{y + 4}">{escape(short)}</text>'
        f'<line class="{kind} range" x1="{_place(shares.lower)}" x2="{_place(shares.upper)}" '
        f'y1="{y}" y2="{y}"/>{_mark(_place(shares.median), y, kind)}'
        f'<text x="{_WIDTH - 10}" y="{y + 4}" text-anchor="end">{ratio}</text></g>'
    )


def _mark(x: float, y: float, kind: str) -> str:
    if kind == "good":
        return f'<circle class="good" cx="{x}" cy="{y}" r="5"/>'
    return f'<path class="bad" d="M{x} {y - 6}L{x + 6} {y}L{x} {y + 6}L{x - 6} {y}Z"/>'
