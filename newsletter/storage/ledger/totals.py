"""The figures of one issue or of all: aggregates in SQL, whose memory does not grow with the list.

Issues of years ago are summed up (`retention`); their sums count like the rows they stand for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Connection, func, select, true

from newsletter.models import DeliveryStatus
from newsletter.storage.ledger.transitions import NOT_ACCEPTED
from newsletter.storage.tables import (
    click_summary,
    delivery,
    delivery_summary,
    event,
    event_summary,
    issue,
    issue_post,
    post,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLine:
    """A post in an issue, as figures name it."""

    id: int
    title: str
    url: str
    #: The number of comments that the blog's feed tells, None if it does not.
    comments: int | None


def deliveries_by_issue(
    connection: Connection, issue_id: int | None = None
) -> dict[int, Counter[tuple[DeliveryStatus, str]]]:
    """Return the deliveries in each status and of each fault, by issue; of one issue, or of all.

    What was accepted is what is left of all of them, so that no query looks at each delivery of
    an issue that was sent: two scans of indexes tell its figures.
    """
    counts: defaultdict[int, Counter[tuple[DeliveryStatus, str]]] = defaultdict(Counter)
    of_issue = _is_issue(delivery.c.issue_id, issue_id)
    others = select(delivery.c.issue_id, delivery.c.status, delivery.c.fault, func.count())
    queries = [others.where(of_issue, NOT_ACCEPTED)]
    if open_ids := _open_issues(connection, issue_id):
        is_pending = delivery.c.issue_id.in_(open_ids) & (delivery.c.status == "pending")
        queries.append(others.where(is_pending))
    for query in queries:
        grouped = query.group_by(delivery.c.issue_id, delivery.c.status, delivery.c.fault)
        for row in connection.execute(grouped):
            counts[row[0]][row[1], row[2] if row[1] == "failed" else ""] += int(row[3])
    for number, planned in _count_planned(connection, issue_id):
        counts[number]["accepted", ""] += planned - counts[number].total()
    sums = delivery_summary.c
    query = select(sums.issue_id, sums.status, sums.fault, sums.count)
    for row in connection.execute(query.where(_is_issue(sums.issue_id, issue_id))):
        counts[row[0]][row[1], row[2] if row[1] == "failed" else ""] += int(row[3])
    return dict(counts)


def _open_issues(connection: Connection, issue_id: int | None) -> tuple[int, ...]:
    """Return the frozen issues that were not sent to their end: others have nothing pending."""
    is_open = issue.c.frozen_at.is_not(None) & (issue.c.status != "sent")
    return tuple(
        connection.scalars(select(issue.c.id).where(_is_issue(issue.c.id, issue_id), is_open))
    )


def _count_planned(connection: Connection, issue_id: int | None) -> Iterator[tuple[int, int]]:
    """Yield the number of deliveries by issue, for those that have any."""
    if issue_id is not None:
        # Without a GROUP BY, SQLite counts the entries of the index in half the time.
        query = select(func.count()).select_from(delivery).where(delivery.c.issue_id == issue_id)
        if count := int(connection.scalar(query) or 0):
            yield issue_id, count
        return
    every = select(delivery.c.issue_id, func.count()).group_by(delivery.c.issue_id)
    for row in connection.execute(every):
        yield row[0], int(row[1])


def readers_by_kind(
    connection: Connection, issue_id: int | None = None
) -> dict[int, dict[str, int]]:
    """Return how many readers the events of each kind are about, by issue."""
    # The index holds them in this order, so that nothing is sorted and no set is kept.
    readers = (
        select(event.c.issue_id, event.c.kind, event.c.subscriber_id)
        .where(
            _is_issue(event.c.issue_id, issue_id) & event.c.issue_id.is_not(None),
            event.c.subscriber_id.is_not(None),
        )
        .distinct()
        .subquery()
    )
    query = select(readers.c.issue_id, readers.c.kind, func.count()).group_by(
        readers.c.issue_id, readers.c.kind
    )
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for row in connection.execute(query):
        counts[row[0]][row[1]] += int(row[2])
    sums = event_summary.c
    summed = select(sums.issue_id, sums.kind, sums.readers)
    for row in connection.execute(summed.where(_is_issue(sums.issue_id, issue_id))):
        counts[row[0]][row[1]] += int(row[2])
    return {number: dict(kinds) for number, kinds in counts.items()}


def clicks_by_post(connection: Connection, issue_id: int) -> Mapping[int, int]:
    """Return how many readers followed a link of the issue to each post, by the post's id."""
    query = (
        select(event.c.post_id, func.count(event.c.subscriber_id.distinct()))
        .where(event.c.issue_id == issue_id, event.c.kind == "click", event.c.post_id.is_not(None))
        .group_by(event.c.post_id)
    )
    clicks = Counter({int(row[0]): int(row[1]) for row in connection.execute(query)})
    sums = click_summary.c
    summed = select(sums.post_id, sums.readers).where(sums.issue_id == issue_id)
    clicks.update({int(row[0]): int(row[1]) for row in connection.execute(summed)})
    return clicks


def posts_by_issue(
    connection: Connection, issue_id: int | None = None
) -> dict[int, tuple[PostLine, ...]]:
    """Return the posts of issues in their order, by issue."""
    query = (
        select(issue_post.c.issue_id, post.c.id, post.c.title, post.c.url, post.c.comment_count)
        .join(post, post.c.id == issue_post.c.post_id)
        .where(_is_issue(issue_post.c.issue_id, issue_id))
        .order_by(issue_post.c.issue_id, issue_post.c.position)
    )
    lines: defaultdict[int, list[PostLine]] = defaultdict(list)
    for row in connection.execute(query):
        line = PostLine(id=row.id, title=row.title, url=row.url, comments=row.comment_count)
        lines[row.issue_id].append(line)
    return {number: tuple(posts) for number, posts in lines.items()}


def _is_issue(column: Column[int], issue_id: int | None) -> ColumnElement[bool]:
    """Return the condition that a row is of this issue, or none for all of them."""
    return true() if issue_id is None else column == issue_id
