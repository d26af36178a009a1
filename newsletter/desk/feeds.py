"""The page of the feeds: how each is doing, and which are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from newsletter.collecting.collect import collect
from newsletter.collecting.feed_admin import AddedFeed, add_feeds, all_feeds, remove_feed
from newsletter.config.settings import FeedSettings
from newsletter.desk.current import current_context
from newsletter.desk.dates import format_day_and_time
from newsletter.desk.issue.actions import report_feeds
from newsletter.desk.navigation import report_back, report_errors
from newsletter.models import Feed
from newsletter.reader.feed_status import gone_sentence, moved_sentence

Health = Literal["well", "new", "failing", "paused", "gone"]
HEALTH_LABELS: Mapping[Health, str] = {
    "well": "Read well",
    "new": "Not read yet",
    "failing": "Failing",
    "paused": "Paused",
    "gone": "Gone",
}
blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")
report_errors(blueprint, "feeds.index")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """A feed and how it is doing."""

    feed: Feed
    health: Health
    #: What the author should know of it, as sentences.
    remarks: tuple[str, ...]
    #: Which of its posts are taken, "" for all.
    rules: str

    @property
    def label(self) -> str:
        """The health in words."""
        return HEALTH_LABELS[self.health]


@blueprint.get("/")
def index() -> str:
    """Show the list of feeds."""
    context = current_context()
    rules = {feed.url: feed for feed in context.settings.feeds}
    rows = tuple(
        describe_feed(feed, rules.get(feed.url), now=context.clock(), zone=context.zone)
        for feed in all_feeds(context)
    )
    return render_template("desk/feeds.html", rows=rows, partial=request.args.get("partial"))


@blueprint.post("/read")
def read() -> Response:
    """Read every feed now."""
    report = report_feeds(collect(current_context(), conditional=False))
    return report_back(report.sentence, "feeds.index", report.tone)


@blueprint.post("/add")
def add() -> Response:
    """Add the feed of a blog."""
    address = request.form.get("address", "").strip()
    if not address:
        return report_back("Which blog? Give its address.", "feeds.index", "look")
    (added,) = add_feeds(current_context(), (address,), accept_partial="partial" in request.form)
    sentence = describe_added(added)
    if added.status == "partial":
        return report_back(sentence, "feeds.index", "look", partial=added.url)
    return report_back(sentence, "feeds.index", "look" if added.status == "failed" else "good")


@blueprint.post("/remove")
def remove() -> Response:
    """Stop reading a feed."""
    url, skipped = remove_feed(current_context(), request.form.get("url", ""))
    remark = f" {skipped} of its posts waited and are skipped." if skipped else ""
    return report_back(f"{url} is not read any more.{remark}", "feeds.index")


def describe_feed(
    feed: Feed, rules: FeedSettings | None, *, now: dt.datetime, zone: ZoneInfo
) -> FeedRow:
    """Return how a feed is doing at `now`, in sentences."""
    remarks = []
    if feed.state == "gone":
        remarks.append(gone_sentence(feed).partition(" Give the blog's")[0])
    elif feed.trouble:
        remarks.append(feed.trouble)
    if feed.failures > 1 and feed.state != "gone":
        remarks.append(f"It has failed {feed.failures} times in a row.")
    if feed.wait_until is not None and feed.wait_until > now and feed.state != "gone":
        remarks.append(f"It is asked again after {format_day_and_time(feed.wait_until, zone)}.")
    if moved := moved_sentence(feed):
        remarks.append(moved)
    return FeedRow(
        feed=feed, health=health_of(feed), remarks=tuple(remarks), rules=_describe_rules(rules)
    )


def health_of(feed: Feed) -> Health:
    """Return how a feed is doing, in a word."""
    if feed.state != "active":
        return feed.state
    if feed.trouble:
        return "failing"
    return "well" if feed.checked_at else "new"


def describe_added(added: AddedFeed) -> str:
    """Return what became of an address that was added, as a sentence."""
    if added.status == "failed":
        names_address = added.address in added.error
        return added.error if names_address else f"{added.address}: {added.error}"
    if added.status == "partial":
        return f"{added.url} holds {added.kind}, not the blog's newest posts. Take it all the same?"
    if added.status == "there":
        return f"{added.url} is read already."
    posts = "1 post" if added.posts == 1 else f"{added.posts} posts"
    counted = f"its {posts} count as seen" if added.posts else "it holds no posts yet"
    return f"{added.url} is read from now on; {counted}."


def _describe_rules(rules: FeedSettings | None) -> str:
    if rules is None:
        return ""
    parts = (
        f"only posts of {', '.join(rules.include)}" if rules.include else "",
        f"no posts of {', '.join(rules.exclude)}" if rules.exclude else "",
    )
    return "; ".join(filter(None, parts))
