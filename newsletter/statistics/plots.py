"""Plots of figures as the geometry of SVGs. Pure.

Every plot has its figures as text in it, a description, and a table beside it on the page: nothing
is told by colour or length alone. Widths are those of a phone, and each plot scales.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.statistics.figures import (
    FAULT_WORDS,
    IssueFigures,
    PostFigures,
    WeekdayFigures,
    format_share,
)
from newsletter.statistics.growth_plot import short_count
from newsletter.text import shorten

#: As many columns as stand on a phone with readable figures.
MOST_COLUMNS = 12
#: As many bars as one looks at.
MOST_BARS = 8
WIDTH = 360
_HEIGHT, _TOP, _FOOT = 156, 18, 20
_COLUMN_SHARE = 0.62
_ROW, _BAR, _FIGURE_WIDTH = 38, 12, 56
_LONGEST_LABEL = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotColumn:
    """A column with its figure above and its name below."""

    x: float
    middle: float
    y: float
    width: float
    height: float
    figure: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlot:
    """Columns side by side, the oldest first."""

    title: str
    #: What the plot shows, in words.
    description: str
    columns: tuple[PlotColumn, ...]
    baseline: float
    width: int = WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotBar:
    """A bar with its label above and its figure at the end."""

    label: str
    figure: str
    label_y: float
    y: float
    width: float
    #: Where the figure begins.
    figure_x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPlot:
    """Bars below each other."""

    title: str
    description: str
    bars: tuple[PlotBar, ...]
    height: int
    bar_height: int = _BAR
    width: int = WIDTH


def draw_columns(
    title: str, description: str, values: Sequence[tuple[str, float, str]]
) -> ColumnPlot:
    """Return a plot of the newest of `values`: label, value and its figure."""
    shown = values[-MOST_COLUMNS:]
    most = max((value for _, value, _ in shown), default=0) or 1
    baseline = _HEIGHT - _FOOT
    step = WIDTH / MOST_COLUMNS
    columns = []
    for place, (label, value, figure) in enumerate(shown):
        middle = step * (place + 0.5)
        height = value / most * (baseline - _TOP)
        columns.append(
            PlotColumn(
                x=round(middle - step * _COLUMN_SHARE / 2, 1),
                middle=round(middle, 1),
                y=round(baseline - height, 1),
                width=round(step * _COLUMN_SHARE, 1),
                height=round(height, 1),
                figure=figure,
                label=label,
            )
        )
    return ColumnPlot(
        title=title, description=description, columns=tuple(columns), baseline=baseline
    )


def draw_bars(title: str, description: str, values: Sequence[tuple[str, float, str]]) -> BarPlot:
    """Return a plot of the first of `values`: label, value and its figure."""
    shown = values[:MOST_BARS]
    most = max((value for _, value, _ in shown), default=0) or 1
    room = WIDTH - _FIGURE_WIDTH
    bars = []
    for place, (label, value, figure) in enumerate(shown):
        width = max(1.0, round(value / most * room, 1)) if value else 0.0
        bars.append(
            PlotBar(
                label=shorten(label, _LONGEST_LABEL),
                figure=figure,
                label_y=place * _ROW + 13,
                y=place * _ROW + 18,
                width=width,
                figure_x=round(width + 5, 1),
            )
        )
    return BarPlot(
        title=title, description=description, bars=tuple(bars), height=max(1, len(bars)) * _ROW
    )


def plot_reach(issues: Sequence[IssueFigures]) -> ColumnPlot:
    """Return how many messages of the newest issues were accepted."""
    shown = issues[-MOST_COLUMNS:]
    newest = shown[-1]
    return draw_columns(
        "Messages that were accepted, by issue",
        f"Issue {newest.number} was accepted for {newest.deliveries.accepted:,} readers.",
        [
            (
                f"{issue.number}",
                float(issue.deliveries.accepted),
                short_count(issue.deliveries.accepted),
            )
            for issue in shown
        ],
    )


def plot_clicks(issues: Sequence[IssueFigures]) -> ColumnPlot | None:
    """Return which share of readers followed a link, by issue; None if that is not known."""
    known = [issue for issue in issues if issue.click_share is not None][-MOST_COLUMNS:]
    if not known:
        return None
    best = max(known, key=lambda issue: issue.click_share or 0)
    return draw_columns(
        "Readers who followed a link, by issue",
        f"The most were {format_share(best.click_share)}, of issue {best.number}.",
        [
            (
                f"{issue.number}",
                issue.click_share or 0.0,
                format_share(issue.click_share).replace(" ", ""),
            )
            for issue in known
        ],
    )


def plot_leavers(issues: Sequence[IssueFigures]) -> ColumnPlot:
    """Return who unsubscribed in the week after the newest issues."""
    shown = issues[-MOST_COLUMNS:]
    total = sum(issue.unsubscribed for issue in shown)
    return draw_columns(
        "Who unsubscribed after an issue",
        f"{total:,} in all, within a week of {'it' if len(shown) == 1 else 'them'}.",
        [
            (f"{issue.number}", float(issue.unsubscribed), short_count(issue.unsubscribed))
            for issue in shown
        ],
    )


def plot_posts(posts: Sequence[PostFigures]) -> BarPlot | None:
    """Return the first posts by clicks, or by comments; None if there are none."""
    if not posts:
        return None
    by_clicks = posts[0].clicked is not None
    values = [
        (post.title or post.url, (post.clicked if by_clicks else post.comments) or 0)
        for post in posts
    ]
    word = "clicks" if by_clicks else "comments"
    return draw_bars(
        f"The posts with the most {word}",
        f"“{values[0][0]}” has the most {word}: {values[0][1]:,}.",
        [(label, float(value), short_count(value)) for label, value in values],
    )


def plot_weekdays(days: Sequence[WeekdayFigures]) -> BarPlot | None:
    """Return how the days of the week compare; None where there is nothing to compare."""
    if len(days) < 2:  # noqa: PLR2004  # a day alone is compared with none
        return None
    known = [day for day in days if day.click_share is not None]
    if known:
        best = max(known, key=lambda day: day.click_share or 0)
        return draw_bars(
            "Readers who followed a link, by the day it went out",
            f"{best.name} has the most: {format_share(best.click_share)}.",
            [(day.name, day.click_share or 0.0, format_share(day.click_share)) for day in known],
        )
    most = max(days, key=lambda day: day.unsubscribed_share or 0)
    return draw_bars(
        "Who unsubscribed, by the day it went out",
        f"After {most.name}'s issues the most left: {format_share(most.unsubscribed_share)}.",
        [
            (day.name, day.unsubscribed_share or 0.0, format_share(day.unsubscribed_share))
            for day in days
        ],
    )


def plot_failures(failed_by: Sequence[tuple[str, int]]) -> BarPlot | None:
    """Return why deliveries failed, the most frequent fault first; None if none failed."""
    if not failed_by:
        return None
    total = sum(count for _, count in failed_by)
    values = [(FAULT_WORDS.get(fault, fault), count) for fault, count in failed_by]
    return draw_bars(
        "Why messages failed",
        f"{total:,} failed. Most often: {values[0][0]}.",
        [(words, float(count), short_count(count)) for words, count in values],
    )
