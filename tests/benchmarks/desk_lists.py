"""How long the desk's pages take with a million readers and two issues that went to all."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from newsletter.context import Context
from newsletter.desk.server import listen
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import in_unit, wall_time
from tests.support.newsletter_folder import create_newsletter, publish
from tests.support.visitor import Visitor, run_server

READERS = 1_000_000
ISSUES = 2
_ROUNDS = 7
_PAGE_MS = 150
#: Each page, with its key and what it shows.
_PAGES = {
    "/": ("issue-page", "the issue page with 8 posts"),
    "/readers/": ("readers", "readers"),
    "/readers/?q=reader77": ("search", "readers, by how an address begins"),
    "/readers/?q=nobody": ("search-none", "readers, a word that nobody has"),
    "/readers/?status=bounced": ("bounced", "readers, those that bounced"),
    "/readers/4711": ("reader", "one reader"),
    "/issues/": ("issues", "issues"),
    "/issues/1": ("issue", "one issue that went to all"),
    "/schedule/": ("schedule", "the schedule"),
}
_BY_PATH = {
    path: Comparison(
        key=f"desk_lists.{key}",
        what=f"the desk with {READERS:,} readers: {what}",
        against=f"{_PAGE_MS} ms",
        unit="ms",
        floor=1.0,
        clock="wall",
        explanation="By a profile the database counts or searches a million rows.",
        is_limit=True,
    )
    for path, (key, what) in _PAGES.items()
}
COMPARISONS = tuple(_BY_PATH.values())
_LIST = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :readers)
INSERT INTO subscribers (id, address, address_key, name, status, source, created_at, link_id)
SELECT n, 'reader' || n || '@example.org', 'reader' || n || '@example.org', 'Runner ' || n,
       CASE n % 40 WHEN 0 THEN 'bounced' WHEN 20 THEN 'unsubscribed' ELSE 'active' END,
       'benchmark', '2026-01-01 00:00:00.000000', printf('%016d', n)
FROM numbers
"""
_ISSUE = """
INSERT INTO issue (id, number, key, rhythm, status, subject, preheader, greetings, wish, races,
                   note, planned_for, created_at, pinned_posts, approved_hash, frozen_at, sent_at)
VALUES (:id, :id, :key, 'weekly', 'sent', 'Up the hill', '', '[]', '{"kind": "auto"}', '[]', '',
        :at, :at, '[]', '', :at, :at)
"""
_BATCH = """
INSERT INTO batch (id, issue_id, edition, status, fence, attempt_id, holder, mailer, hold_id,
                   provider_id, detail, updated_at)
VALUES (:id, :id, 'north', 'accepted', 1, '', '', 'smtp', '', '', '', :at)
"""
_DELIVERIES = """
INSERT INTO delivery (issue_id, batch_id, subscriber_id, address, status, detail, fault, tries)
SELECT :id, :id, id, address, CASE WHEN id % 1000 = 0 THEN 'failed' ELSE 'accepted' END,
       CASE WHEN id % 1000 = 0 THEN '550 5.1.1 no such user' ELSE '' END,
       CASE WHEN id % 1000 = 0 THEN 'reader_gone' ELSE '' END, 0
FROM subscribers WHERE status <> 'unsubscribed'
"""


def measure() -> Iterator[Measurement]:
    """Load each page as a browser does, the first time left out: it fills the disk's cache."""
    with tempfile.TemporaryDirectory() as name:
        context = create_newsletter(Path(name) / "newsletter")
        publish(context, *(f"Post number {place} about hills" for place in range(8)))
        _fill(context)
        desk = listen(context, 0)
        with run_server(desk.server):
            author = Visitor(desk.port)
            author.get(desk.start_url.partition(str(desk.port))[2])
            for path, comparison in _BY_PATH.items():
                yield Measurement(
                    comparison=comparison,
                    ours=in_unit(_times(author, path), 1e3),
                    theirs=(float(_PAGE_MS),),
                )
        context.engine.dispose()


def _fill(context: Context) -> None:
    with closing(context.engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(_LIST, {"readers": READERS})
        for number in range(1, ISSUES + 1):
            values = {
                "id": number,
                "key": f"2026-W{40 + number}",
                "at": f"2026-10-{10 + 7 * (number - 1)} 07:00:00.000000",
            }
            for statement in (_ISSUE, _BATCH, _DELIVERIES):
                cursor.execute(statement, values)
        connection.commit()


def _times(author: Visitor, path: str) -> tuple[float, ...]:
    def load() -> None:
        page = author.get(path)
        if page.status != 200:  # OK
            raise RuntimeError(page.words)

    load()
    return tuple(wall_time(load) for _ in range(_ROUNDS))
