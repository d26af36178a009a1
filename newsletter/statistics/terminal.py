"""Figures as text for a terminal: tables with small plots, 80 columns wide, with or without colour.

Where the output's encoding lacks the blocks that bars are drawn with, they are drawn in ASCII.
"""

from __future__ import annotations

import calendar
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from newsletter.statistics.figures import (
    FAULT_WORDS,
    IssueFigures,
    NewsletterFigures,
    PostFigures,
    WeekdayFigures,
    format_share,
    group_by_weekday,
    rank_posts,
    sum_issues,
)
from newsletter.statistics.growth_plot import describe_growth
from newsletter.statistics.notes import notes_on
from newsletter.subscriptions.growth import GrowthMonth
from newsletter.text import one_line, printable

_WIDTH, _MOST_WIDTH, _LEAST_WIDTH = 80, 100, 50
_BLOCKS = "█▏▎▍▌▋▊▉░–…“”’"
_MONTHS, _ISSUES, _POSTS = 12, 12, 8
_BAR_WIDTH, _SMALL_BAR_WIDTH = 30, 20
_EIGHTHS = 8
_GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """How a stream shows text."""

    width: int = _WIDTH
    has_colour: bool = False
    #: Whether bars may be drawn with block characters.
    has_blocks: bool = True

    def bar(self, value: float, most: float, width: int) -> str:
        """Return a bar for a value, where `most` fills the width. What is not 0 is seen."""
        if value <= 0 or most <= 0:
            return ""
        eighths = max(1, round(value / most * width * _EIGHTHS))
        if not self.has_blocks:
            return "#" * max(1, round(eighths / _EIGHTHS))
        whole, rest = divmod(eighths, _EIGHTHS)
        return "█" * whole + (_BLOCKS[rest] if rest else "")

    def words(self, text: str) -> str:
        """Return a stranger's words on one line, without what could act on a terminal."""
        return printable(one_line(text))


def style_of(stream: TextIO) -> TextStyle:
    """Return the style for a stream: its width, its colours and its encoding."""
    console = Console(file=stream)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        _BLOCKS.encode(encoding)
        has_blocks = True
    except (UnicodeEncodeError, LookupError):
        has_blocks = False
    is_terminal = console.is_terminal and not console.is_dumb_terminal
    return TextStyle(
        width=max(_LEAST_WIDTH, min(console.width, _MOST_WIDTH)) if is_terminal else _WIDTH,
        has_colour=is_terminal and not console.no_color,
        has_blocks=has_blocks,
    )


def render_text(figures: NewsletterFigures | IssueFigures, style: TextStyle) -> str:
    """Return the figures of all issues and of the list, or of one issue."""
    if isinstance(figures, IssueFigures):
        return _issue_text(figures, style)
    page = _Page(style)
    counted = figures.counted
    totals = sum_issues(counted)
    active = figures.readers["active"]
    readers = "1 reader" if active == 1 else f"{active:,} readers"
    number = "1 issue" if totals.issues == 1 else f"{totals.issues:,} issues"
    page.head(f"{style.words(figures.title)}: {readers}, {number} so far")
    page.growth(figures.months)
    if not figures.issues:
        page.say("No issue has gone out yet. The figures begin with the first.")
        return page.text()
    page.issues(figures.issues, figures)
    shares = [
        (f"{issue.number}", issue.click_share, format_share(issue.click_share))
        for issue in counted[-_ISSUES:]
        if issue.click_share is not None
    ]
    page.bars("Readers who followed a link, by issue", shares)
    page.posts(rank_posts(counted, _POSTS))
    page.weekdays(group_by_weekday(counted, figures.zone))
    page.failures(totals.failed_by)
    page.notes(notes_on(figures.issues))
    return page.text()


def _issue_text(issue: IssueFigures, style: TextStyle) -> str:
    page = _Page(style)
    page.head(f"Issue {issue.number}: {style.words(issue.subject)}")
    counts = issue.deliveries
    page.facts(
        (
            ("planned", counts.planned),
            ("written to the outbox" if issue.is_rehearsal else "accepted", counts.accepted),
            ("delivered, as servers say", issue.delivered),
            ("had left before", counts.suppressed),
            ("failed", counts.failed),
            ("unknown", counts.unknown or None),
            ("still to go", counts.pending or None),
            ("bounced later", issue.bounced),
            ("complained", issue.complained),
            ("unsubscribed", issue.unsubscribed),
            ("opened, by readers", issue.opened),
            ("opened, by programs", issue.engagement.opened_by_machine or None),
            ("clicked, by readers", issue.clicked),
            ("clicked, by programs", issue.engagement.clicked_by_machine or None),
        ),
        whole=counts.planned,
    )
    page.posts(issue.posts)
    page.failures(issue.failed_by)
    page.notes(notes_on((issue,)))
    return page.text()


class _Page:
    """Draws one section below the other."""

    def __init__(self, style: TextStyle) -> None:
        self._style = style
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=style.width,
            force_terminal=style.has_colour,
            no_color=not style.has_colour,
            color_system="standard" if style.has_colour else None,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def text(self) -> str:
        """Return the page, without blanks at the ends of lines."""
        lines = self._file.getvalue().strip("\n").split("\n")
        return "\n".join(line.rstrip() for line in lines)

    def head(self, words: str) -> None:
        self._console.print(Text(words, style="bold"))

    def say(self, words: str) -> None:
        self._console.print()
        self._console.print(Text(self._plain(words)))

    def notes(self, notes: Iterable[str]) -> None:
        for note in notes:
            self._console.print()
            self._console.print(Text(self._plain(note), style="dim"))

    def facts(self, facts: Iterable[tuple[str, int | None]], *, whole: int) -> None:
        table = self._table(("", "left"), ("", "right"), ("", "left"))
        for name, count in facts:
            if count is not None:
                bar = Text(self._style.bar(count, whole, _BAR_WIDTH), style="green")
                table.add_row(name, f"{count:,}", bar)
        self._console.print()
        self._console.print(table)

    def growth(self, months: Sequence[GrowthMonth]) -> None:
        shown = months[-_MONTHS:]
        self._section("How the list grows")
        self._console.print(Text(describe_growth(shown)))
        if not shown:
            return
        most = max(month.came + month.left + month.bounced for month in shown)
        table = self._table(
            ("", "left"), ("came", "right"), ("left", "right"), ("bounced", "right"), ("", "left")
        )
        for month in shown:
            bar = Text(self._style.bar(month.came, most, _BAR_WIDTH), style="green")
            gone = round((month.left + month.bounced) / max(1, most) * _BAR_WIDTH)
            bar.append(("░" if self._style.has_blocks else "-") * gone, style="yellow")
            table.add_row(
                f"{calendar.month_abbr[month.month]} {month.year}",
                f"{month.came:,}",
                f"{month.left:,}",
                f"{month.bounced:,}",
                bar,
            )
        self._console.print(table)

    def issues(self, issues: Sequence[IssueFigures], figures: NewsletterFigures) -> None:
        shown = issues[-_ISSUES:]
        self._section("Issues" if len(shown) == len(issues) else f"The newest {len(shown)} issues")
        knows_reports = any(issue.bounced is not None for issue in shown)
        knows_clicks = any(issue.clicked is not None for issue in shown)
        heads = [("no", "right"), ("went out", "left"), ("accepted", "right"), ("failed", "right")]
        if knows_reports:
            heads += [("bounced", "right"), ("spam", "right")]
        heads.append(("left", "right"))
        if knows_clicks:
            heads.append(("clicked", "right"))
        rows = []
        for issue in shown:
            row = [
                f"{issue.number}",
                f"{issue.frozen_at.astimezone(figures.zone):%Y-%m-%d}",
                f"{issue.deliveries.accepted:,}",
                f"{issue.deliveries.failed:,}",
            ]
            if knows_reports:
                row += [self._count_or_dash(issue.bounced), self._count_or_dash(issue.complained)]
            row.append(f"{issue.unsubscribed:,}")
            if knows_clicks:
                row.append(self._count_or_dash(issue.clicked))
            rows.append(row)
        widths = [
            max(map(len, (head[0], *cells)))
            for head, cells in zip(heads, zip(*rows, strict=True), strict=True)
        ]
        # The subject takes what the figures leave.
        room = self._style.width - sum(widths) - len(_GAP) * len(widths)
        table = self._table(*heads, ("subject", "left"))
        for row, issue in zip(rows, shown, strict=True):
            table.add_row(*row, self._cut(issue.subject, room))
        self._console.print(table)

    def posts(self, posts: Sequence[PostFigures]) -> None:
        if not posts:
            return
        by_clicks = any(post.clicked is not None for post in posts)
        word = "clicks" if by_clicks else "comments"
        self._section(f"Posts, by {word}")
        counts = [(post.clicked if by_clicks else post.comments) or 0 for post in posts]
        self._bar_table(
            [
                (post.title or post.url, count, f"{count:,}")
                for post, count in zip(posts, counts, strict=True)
            ]
        )

    def weekdays(self, days: Sequence[WeekdayFigures]) -> None:
        if len(days) < 2:  # noqa: PLR2004  # a day alone is compared with none
            return
        known = [day for day in days if day.click_share is not None]
        if known:
            values = [(day.name, day.click_share, format_share(day.click_share)) for day in known]
            self.bars("Readers who followed a link, by the day it went out", values)
        else:
            values = [
                (day.name, day.unsubscribed_share, format_share(day.unsubscribed_share))
                for day in days
            ]
            self.bars("Who unsubscribed, by the day it went out", values)

    def failures(self, failed_by: Sequence[tuple[str, int]]) -> None:
        values = [
            (self._plain(FAULT_WORDS.get(fault, fault)), float(count), f"{count:,}")
            for fault, count in failed_by
        ]
        self.bars("Why messages failed", values)

    def bars(self, title: str, values: Sequence[tuple[str, float | None, str]]) -> None:
        if values:
            self._section(title)
            self._bar_table([(label, value or 0, figure) for label, value, figure in values])

    def _bar_table(self, values: Sequence[tuple[str, float, str]]) -> None:
        most = max(value for _, value, _ in values)
        side = "right" if all(label.isdigit() for label, _, _ in values) else "left"
        table = self._table(("", side), ("", "right"), ("", "left"))
        figure_width = max(len(figure) for _, _, figure in values)
        room = self._style.width - _SMALL_BAR_WIDTH - figure_width - 2 * len(_GAP)
        for name, value, figure in values:
            bar = Text(self._style.bar(value, most, _SMALL_BAR_WIDTH), style="green")
            table.add_row(self._cut(name, room), figure, bar)
        self._console.print(table)

    def _cut(self, words: str, room: int) -> Text:
        """Return a stranger's words in at most this many columns."""
        cut = Text(self._style.words(words))
        cut.truncate(room, overflow="ellipsis" if self._style.has_blocks else "crop")
        return cut

    def _section(self, title: str) -> None:
        self._console.print()
        self._console.print(Text(title, style="bold"))

    def _table(self, *heads: tuple[str, str]) -> Table:
        has_header = any(name for name, _ in heads)
        table = Table(
            box=None,
            show_header=has_header,
            pad_edge=False,
            padding=(0, len(_GAP), 0, 0),
            header_style="dim",
        )
        for name, side in heads:
            table.add_column(name, justify="right" if side == "right" else "left", no_wrap=True)
        return table

    def _count_or_dash(self, count: int | None) -> str:
        if count is None:
            return "–" if self._style.has_blocks else "-"
        return f"{count:,}"

    def _plain(self, words: str) -> str:
        """Return our own words in the quotation marks that the stream can show."""
        if self._style.has_blocks:
            return words
        return words.translate({0x201C: '"', 0x201D: '"', 0x2019: "'"})
