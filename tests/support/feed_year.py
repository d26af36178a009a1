"""A newsletter run week by week against a blog whose feed changes over time."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from newsletter.app import open_newsletter
from newsletter.collecting.collect import collect
from newsletter.collecting.post_decisions import all_posts
from newsletter.context import Context
from newsletter.models import Post
from newsletter.pipeline.run import run
from newsletter.storage.database.engine import snapshot
from tests.support.program import Program
from tests.support.web_server import WebServer

FeedAt = Callable[[dt.datetime], bytes]


class FeedYear:
    """A newsletter that starts at `start` with the posts its feed holds then.

    A test asserts that each later post is sent exactly once.
    """

    def __init__(
        self, program: Program, web: WebServer, feed_at: FeedAt, start: dt.datetime
    ) -> None:
        self.program, self.web, self.feed_at = program, web, feed_at
        web.answer("/feed/", feed_at(start))
        program.now = start.isoformat()
        answer = program.init(f"{web.url}/feed/")
        assert answer.code == 0, answer
        program.set('approval = "required"', 'approval = "auto"')
        assert program("subscribers", "add", "reader@example.com").code == 0
        self.context = open_newsletter(program.folder, os.environ)

    def run_week(self, now: dt.datetime) -> int:
        """Run a week that ends at `now` and return how many posts were sent; on some days only
        poll."""
        if now.day % 4 == 0:
            collect(self._at(now - dt.timedelta(days=2)))
        report = run(self._at(now), yes=True)
        return len(report.issue.posts) if report.issue is not None else 0

    def _at(self, now: dt.datetime) -> Context:
        self.web.answer("/feed/", self.feed_at(now))
        return replace(self.context, clock=lambda: now)

    def posts(self) -> tuple[Post, ...]:
        context = self.context
        with snapshot(context.engine) as connection:
            return all_posts(connection, context.config, context.clock())

    def count_titles(self) -> Counter[str]:
        """Return how often each title was sent."""
        sent = [post.title for post in self.posts() if post.state == "issued"]
        return Counter(sent)

    def end(self) -> None:
        self.context.engine.dispose()
