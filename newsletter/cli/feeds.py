"""`feeds`: which blogs the newsletter reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.invocation import (
    Invocation,
    command,
    exit_with,
    global_options,
    pass_invocation,
)
from newsletter.cli.output import columns, local, moment

if TYPE_CHECKING:
    from newsletter.collecting.feed_admin import Added
    from newsletter.models import Feed


@click.group()
@global_options
def feeds() -> None:
    """The blogs the newsletter reads: list, add, remove, import, export."""


@command("list")
@pass_invocation
def list_feeds(frame: Invocation) -> None:
    """List the feeds, each with how its last reading went."""
    from newsletter.collecting.feed_admin import all_feeds
    from newsletter.reader.feed_status import moved

    context = frame.open()
    found = all_feeds(context)
    rows = [
        (feed.state, local(feed.checked_at, context.zone), feed.url, feed.trouble or moved(feed))
        for feed in found
    ]
    text = columns(rows, ("state", "last read", "feed", ""))
    frame.result(text, {"feeds": [_feed_json(feed) for feed in found]})


@command("add")
@click.argument("address", metavar="URL")
@pass_invocation
def add_feed(frame: Invocation, address: str) -> None:
    """Add a blog by its address, or its feed's. What it holds counts as seen."""
    from newsletter.collecting.feed_admin import add

    _tell(frame, add(frame.open(), (address,)))


@command("remove")
@click.argument("address", metavar="URL")
@pass_invocation
def remove_feed(frame: Invocation, address: str) -> None:
    """Take a feed out; its posts that wait are skipped."""
    from newsletter.collecting.feed_admin import remove

    url, skipped = remove(frame.open(), address)
    waited = f" {skipped} of its posts waited and are skipped." if skipped else ""
    frame.result(f"{url} is not read any more.{waited}", {"removed": url, "skipped": skipped})


@command("import")
@click.argument("file", metavar="FILE", type=click.File("rb"))
@pass_invocation
def import_feeds(frame: Invocation, file: BinaryIO) -> None:
    """Add every feed of an OPML file, as other feed readers export it."""
    from newsletter.collecting.feed_admin import add
    from newsletter.reader.opml import read_opml

    _tell(frame, add(frame.open(), read_opml(file.read(), name=file.name)))


@command("export")
@click.option("--to", "path", metavar="FILE", type=click.Path(dir_okay=False, writable=True))
@pass_invocation
def export_feeds(frame: Invocation, path: str | None) -> None:
    """Write the feeds as OPML, for other feed readers."""
    from pathlib import Path

    from newsletter.collecting.feed_admin import all_feeds
    from newsletter.reader.opml import write_opml

    context = frame.open()
    found = all_feeds(context)
    text = write_opml(context.settings.newsletter.title, found)
    document: dict[str, Any] = {"feeds": [_feed_json(feed) for feed in found]}
    if path is None:
        frame.result(text.rstrip("\n"), document | {"opml": text})
        return
    Path(path).write_text(text, "utf-8")
    frame.result(f"Wrote {len(found)} feeds to {path}.", document)


def _tell(frame: Invocation, results: tuple[Added, ...]) -> None:
    """A line for each address; 3 where some could not be added, 1 where none could."""
    lines = [_line(one) for one in results]
    document = {"feeds": [_added_json(one) for one in results]}
    frame.result("\n".join(lines), document)
    failed = sum(one.status == "failed" for one in results)
    exit_with(1 if failed == len(results) else 3 if failed else 0)


def _line(one: Added) -> str:
    if one.status == "failed":
        return one.error if one.asked in one.error else f"{one.asked}: {one.error}"
    if one.status == "there":
        return f"{one.url} is read already."
    held = "1 post" if one.posts == 1 else f"{one.posts} posts"
    return f"{one.url} is read from now on; its {held} count as seen."


def _added_json(one: Added) -> dict[str, Any]:
    return {
        "asked": one.asked,
        "url": one.url or None,
        "status": one.status,
        "posts": one.posts,
        "error": one.error or None,
    }


def _feed_json(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "site_url": feed.site_url or None,
        "state": feed.state,
        "checked_at": moment(feed.checked_at),
        "failures": feed.failures,
        "moved_to": feed.moved_to or None,
        "error": feed.trouble or None,
    }


for one in (list_feeds, add_feed, remove_feed, import_feeds, export_feeds):
    feeds.add_command(one)
