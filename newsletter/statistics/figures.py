"""The figures of issues and of the list, as values, and what follows from them. Pure.

None stands for what nobody can know. It is never shown as 0.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from zoneinfo import ZoneInfo

from newsletter.delivery.engagement import Engagement
from newsletter.models import Figures, IssueStatus, Rhythm
from newsletter.models.delivery_state import IN_DELIVERY
from newsletter.schedule import WEEKDAYS
from newsletter.subscriptions.growth import GrowthMonth
from subscribers.models import Status

# Who leaves within a week of an issue may do so because of it.
_EFFECT = dt.timedelta(days=7)
#: Why deliveries failed, by fault (`Fault` of models/deliveries.py), in words.
FAULT_WORDS: Mapping[str, str] = {
    "reader_gone": "Their mailbox is gone",
    "reader_later": "Their mailbox said “later” for too long",
    "reader_refuses": "They, or their server, refuse your mail",
    "server_later": "Their server said “later” for too long",
    "account": "Your account was refused",
    "message": "The message was refused",
    "session": "The connection broke",
    "": "Nobody was asked, or nobody can say",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFigures:
    """A post in an issue."""

    id: int
    title: str
    url: str
    #: The number of the issue that it was in.
    issue: int
    #: How many readers followed a link to it.
    clicked: int | None
    #: How many comments the blog's feed told last.
    comments: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFigures:
    """What became of an issue that was frozen."""

    number: int
    key: str
    rhythm: Rhythm
    status: IssueStatus
    subject: str
    frozen_at: dt.datetime
    sent_at: dt.datetime | None
    #: Whether only the outbox took it, so that nobody was mailed.
    is_rehearsal: bool
    deliveries: Figures
    #: The failed deliveries by fault, the most first.
    failed_by: tuple[tuple[str, int], ...]
    #: How many readers' servers have the message, as they reported.
    delivered: int | None
    #: How many messages came back after they were accepted.
    bounced: int | None
    #: How many readers reported the issue as spam.
    complained: int | None
    #: How many people unsubscribed, by whatever way, from the freeze until `effect_until`.
    unsubscribed: int
    #: A week after the freeze, or when the next issue was frozen, or now.
    effect_until: dt.datetime
    engagement: Engagement
    posts: tuple[PostFigures, ...]

    @property
    def is_under_way(self) -> bool:
        """Whether its delivery has not ended, so that the figures change."""
        return self.status in IN_DELIVERY or self.status == "stopped"

    @property
    def opened(self) -> int | None:
        """How many readers opened it."""
        return self.engagement.opened if self.engagement.knows_opens else None

    @property
    def clicked(self) -> int | None:
        """How many readers followed a link."""
        return self.engagement.clicked if self.engagement.knows_clicks else None

    @property
    def click_share(self) -> float | None:
        """Clicks by readers in the messages that were accepted, from 0 to 1."""
        return share(self.clicked, self.deliveries.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekdayFigures:
    """The issues that went out on one day of the week."""

    #: The day's English name.
    name: str
    issues: int
    accepted: int
    #: Of the issues whose clicks are known; None if there are none.
    clicked: int | None
    #: The share of those issues' readers who followed a link.
    click_share: float | None
    unsubscribed: int

    @property
    def unsubscribed_share(self) -> float | None:
        """Who left in the messages that were accepted."""
        return share(self.unsubscribed, self.accepted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums of several issues."""

    issues: int
    deliveries: Figures
    failed_by: tuple[tuple[str, int], ...]
    #: None if no issue knows it.
    delivered: int | None
    bounced: int | None
    complained: int | None
    unsubscribed: int
    opened: int | None
    clicked: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterFigures:
    """All issues and the list."""

    title: str
    #: When the figures were read.
    at: dt.datetime
    zone: ZoneInfo
    #: Every issue that was frozen, the oldest first.
    issues: tuple[IssueFigures, ...]
    #: How many people of each status are on the list.
    readers: Mapping[Status, int]
    #: Who came and left, each month since the first, the oldest first.
    months: tuple[GrowthMonth, ...]

    @property
    def counted(self) -> tuple[IssueFigures, ...]:
        """The issues that sums are made of: the real ones, or rehearsals as long as none is."""
        real = tuple(issue for issue in self.issues if not issue.is_rehearsal)
        return real or self.issues


def share(part: int | None, whole: int) -> float | None:
    """Return a part of a whole from 0 to 1, None if either is not known or there is no whole.

    A message may be passed on, so that more people follow a link than got it; that counts as 1.
    """
    return None if part is None or whole <= 0 else min(1.0, part / whole)


def effect_end(
    frozen_at: dt.datetime, next_at: dt.datetime | None, now: dt.datetime
) -> dt.datetime:
    """Return until when an unsubscribe may be due to an issue; `next_at` is the next's freeze."""
    return min(now, next_at or now, frozen_at + _EFFECT)


def sum_issues(issues: Sequence[IssueFigures]) -> Totals:
    """Return the sums of issues."""
    faults: Counter[str] = Counter()
    for issue in issues:
        faults.update(dict(issue.failed_by))
    return Totals(
        issues=len(issues),
        deliveries=Figures(
            **{
                field.name: sum(getattr(issue.deliveries, field.name) for issue in issues)
                for field in fields(Figures)
            }
        ),
        failed_by=tuple(faults.most_common()),
        delivered=_sum_known(issue.delivered for issue in issues),
        bounced=_sum_known(issue.bounced for issue in issues),
        complained=_sum_known(issue.complained for issue in issues),
        unsubscribed=sum(issue.unsubscribed for issue in issues),
        opened=_sum_known(issue.opened for issue in issues),
        clicked=_sum_known(issue.clicked for issue in issues),
    )


def rank_posts(issues: Iterable[IssueFigures], most: int | None = None) -> tuple[PostFigures, ...]:
    """Return the posts with the most clicks first; where none are known, the most comments.

    A post that was in an issue of each rhythm is named once for each. Posts of which neither is
    known are left out.
    """
    posts = [post for issue in issues for post in issue.posts]
    clicked = [(post.clicked, post) for post in posts if post.clicked is not None]
    ranked = clicked or [(post.comments, post) for post in posts if post.comments]
    ranked.sort(key=lambda pair: -pair[0])
    return tuple(post for _, post in ranked[:most])


def group_by_weekday(issues: Iterable[IssueFigures], zone: ZoneInfo) -> tuple[WeekdayFigures, ...]:
    """Return the days of the week on which issues went out by the author's calendar, in order."""
    by_day: dict[int, list[IssueFigures]] = {}
    for issue in issues:
        by_day.setdefault(issue.frozen_at.astimezone(zone).weekday(), []).append(issue)
    days = []
    for day in sorted(by_day):
        of_day = by_day[day]
        known = [issue for issue in of_day if issue.clicked is not None]
        clicked = _sum_known(issue.clicked for issue in known)
        days.append(
            WeekdayFigures(
                name=WEEKDAYS[day].capitalize(),
                issues=len(of_day),
                accepted=sum(issue.deliveries.accepted for issue in of_day),
                clicked=clicked,
                click_share=share(clicked, sum(issue.deliveries.accepted for issue in known)),
                unsubscribed=sum(issue.unsubscribed for issue in of_day),
            )
        )
    return tuple(days)


def format_share(value: float | None) -> str:
    """Return `17 %`, `0.4 %` or, for what is not known, ""."""
    if value is None:
        return ""
    percent = value * 100
    return f"{percent:.0f} %" if percent == 0 or percent >= 10 else f"{percent:.1f} %"  # noqa: PLR2004  # two digits are enough


def _sum_known(values: Iterable[int | None]) -> int | None:
    """Return the sum of what is known, None if nothing is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
