"""What a page of figures shows: the values, the plots and the notes. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from newsletter.statistics.figures import (
    FAULT_WORDS,
    IssueFigures,
    NewsletterFigures,
    PostFigures,
    Totals,
    WeekdayFigures,
    format_share,
    group_by_weekday,
    rank_posts,
    sum_issues,
)
from newsletter.statistics.growth_plot import GrowthPlot, draw_growth
from newsletter.statistics.notes import notes_on
from newsletter.statistics.plots import (
    BarPlot,
    ColumnPlot,
    plot_clicks,
    plot_failures,
    plot_leavers,
    plot_posts,
    plot_reach,
    plot_weekdays,
)
from newsletter.subscriptions.growth import GrowthMonth

_MOST_POSTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresPage:
    """The page of all issues and the list."""

    figures: NewsletterFigures
    totals: Totals
    #: None if nobody has ever come.
    growth: GrowthPlot | None
    #: The newest month first.
    months: tuple[GrowthMonth, ...]
    #: The newest issue first.
    issues: tuple[IssueFigures, ...]
    #: None as long as no issue has gone out.
    reach: ColumnPlot | None
    clicks: ColumnPlot | None
    #: None also if nobody left.
    leavers: ColumnPlot | None
    posts: tuple[PostFigures, ...]
    posts_plot: BarPlot | None
    weekdays: tuple[WeekdayFigures, ...]
    weekdays_plot: BarPlot | None
    failures_plot: BarPlot | None
    notes: tuple[str, ...]

    def knows(self, name: str) -> bool:
        """Whether any issue knows the figure of this name; a column of nothing is left out."""
        return any(getattr(issue, name) is not None for issue in self.issues)


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFiguresPage:
    """The page of one issue."""

    issue: IssueFigures
    #: The newsletter's title.
    title: str
    posts_plot: BarPlot | None
    failures_plot: BarPlot | None
    notes: tuple[str, ...]


#: What the templates of figures call.
TEMPLATE_NAMES: Mapping[str, Mapping[str, str] | Callable[[float | None], str]] = {
    "failure_words": FAULT_WORDS,
    "share_words": format_share,
}


def view_newsletter(figures: NewsletterFigures) -> FiguresPage:
    """Return what the page of all issues shows."""
    counted = figures.counted
    totals = sum_issues(counted)
    posts = rank_posts(counted, _MOST_POSTS)
    weekdays = group_by_weekday(counted, figures.zone)
    return FiguresPage(
        figures=figures,
        totals=totals,
        growth=draw_growth(figures.months) if figures.months else None,
        months=tuple(reversed(figures.months)),
        issues=tuple(reversed(figures.issues)),
        reach=plot_reach(counted) if counted else None,
        clicks=plot_clicks(counted),
        leavers=plot_leavers(counted) if totals.unsubscribed else None,
        posts=posts,
        posts_plot=plot_posts(posts),
        weekdays=weekdays,
        weekdays_plot=plot_weekdays(weekdays),
        failures_plot=plot_failures(totals.failed_by),
        notes=notes_on(figures.issues),
    )


def view_issue(issue: IssueFigures, title: str) -> IssueFiguresPage:
    """Return what the page of one issue shows."""
    return IssueFiguresPage(
        issue=issue,
        title=title,
        posts_plot=plot_posts(rank_posts((issue,))),
        failures_plot=plot_failures(issue.failed_by),
        notes=notes_on((issue,)),
    )
