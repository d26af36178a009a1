"""`feeds`: which blogs the newsletter reads."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)
from newsletter.cli.output import format_columns, format_local_time, isoformat
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.collecting.feed_admin import AddedFeed
    from newsletter.models import Feed


@click.group(cls=CommandGroup)
@global_options
def feeds() -> None:
    """The blogs the newsletter reads: list, add, remove, import, export."""


@command("list")
@pass_invocation
def list_feeds(invocation: Invocation) -> None:
    """List the feeds, each with how its last reading went."""
    from newsletter.collecting.feed_admin import all_feeds
    from newsletter.reader.feed_status import moved_sentence

    context = invocation.open()
    every_feed = all_feeds(context)
    rows = [
        (
            "failing" if _is_failing(feed) else feed.state,
            format_local_time(feed.checked_at, context.zone),
            feed.url,
            _without_url(feed.trouble, feed.url) or moved_sentence(feed),
        )
        for feed in every_feed
    ]
    text = format_columns(rows, ("state", "last read", "feed", ""))
    invocation.print_result(text, {"feeds": [_feed_json(feed) for feed in every_feed]})


def _is_failing(feed: Feed) -> bool:
    return bool(feed.trouble) and feed.state == "active"


def _without_url(sentence: str, url: str) -> str:
    """Call the feed's URL "the server": the row shows it in another column."""
    return f"The server{sentence.removeprefix(url)}" if sentence.startswith(url) else sentence


@command("add")
@click.argument("address", metavar="URL")
@click.option("--yes", is_flag=True, help="Take the feed though it holds no newest posts.")
@pass_invocation
def add_feed(invocation: Invocation, address: str, yes: bool) -> None:
    """Add a blog by its address, or its feed's. What it holds counts as seen."""
    from newsletter.collecting.feed_admin import add_feeds

    context = invocation.open()
    results = add_feeds(context, (address,), accept_partial=yes)
    if results[0].status == "partial":
        sentence = f"{results[0].url} holds {results[0].kind}, not the blog's newest posts."
        if not sys.stdin.isatty():
            raise UsageError(
                sentence, cure="Give the blog's own address, or add --yes to take it all the same."
            )
        invocation.say(sentence)
        if not click.confirm("Take it all the same?", err=True):
            invocation.print_result("Nothing was changed.", {"feeds": []})
            return
        results = add_feeds(context, (address,), accept_partial=True)
    _print_added(invocation, results)


@command("remove")
@click.argument("address", metavar="URL")
@pass_invocation
def remove_feed(invocation: Invocation, address: str) -> None:
    """Take a feed out; its posts that wait are skipped."""
    from newsletter.collecting.feed_admin import remove_feed as remove

    url, skipped = remove(invocation.open(), address)
    remark = f" {skipped} of its posts waited and are skipped." if skipped else ""
    document = {"removed": url, "skipped": skipped}
    invocation.print_result(f"{url} is not read any more.{remark}", document)


@command("import")
@click.argument("file", metavar="FILE", type=click.File("rb"))
@pass_invocation
def import_feeds(invocation: Invocation, file: BinaryIO) -> None:
    """Add every feed of an OPML file, as other feed readers export it."""
    from newsletter.collecting.feed_admin import add_feeds
    from newsletter.reader.opml import MAX_BYTES
    from newsletter.reader.workers.pool import ParserPool

    context = invocation.open()
    with ParserPool(size=1) as pool:
        urls = pool.opml(file.read(MAX_BYTES + 1), name=file.name)
    _print_added(invocation, add_feeds(context, urls))


@command("export")
@click.option(
    "--to",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True),
    help="A file; else the screen.",
)
@pass_invocation
def export_feeds(invocation: Invocation, path: str | None) -> None:
    """Write the feeds as OPML, for other feed readers."""
    from pathlib import Path

    from newsletter.collecting.feed_admin import all_feeds
    from newsletter.reader.opml import write_opml

    context = invocation.open()
    every_feed = all_feeds(context)
    opml = write_opml(context.settings.newsletter.title, every_feed)
    document: dict[str, Any] = {"feeds": [_feed_json(feed) for feed in every_feed]}
    if path is None:
        invocation.print_result(opml.rstrip("\n"), document | {"opml": opml})
        return
    Path(path).write_text(opml, "utf-8")
    invocation.print_result(f"Wrote {len(every_feed)} feeds to {path}.", document)


def _print_added(invocation: Invocation, results: tuple[AddedFeed, ...]) -> None:
    """Print a line for each address; exit with 1 if none could be added, 3 if some could not."""
    lines = [_format_added(result) for result in results]
    document = {"feeds": [_added_json(result) for result in results]}
    invocation.print_result("\n".join(lines), document)
    failures = sum(result.status in ("failed", "partial") for result in results)
    exit_with(failed=failures == len(results), attention=failures > 0)


def _format_added(result: AddedFeed) -> str:
    if result.status == "failed":
        names_address = result.address in result.error
        return result.error if names_address else f"{result.address}: {result.error}"
    if result.status == "partial":
        return (
            f"{result.url} holds {result.kind}, not the blog's newest posts, so it was left out. "
            f"`newsletter feeds add --yes {result.url}` takes it all the same."
        )
    if result.status == "there":
        return f"{result.url} is read already."
    if not result.posts:
        return f"{result.url} is read from now on; it holds no posts yet."
    posts = "1 post" if result.posts == 1 else f"{result.posts} posts"
    return f"{result.url} is read from now on; its {posts} count as seen."


def _added_json(result: AddedFeed) -> dict[str, Any]:
    return {
        "asked": result.address,
        "url": result.url or None,
        "status": result.status,
        "posts": result.posts,
        "error": result.error or None,
    }


def _feed_json(feed: Feed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "title": feed.title,
        "site_url": feed.site_url or None,
        "state": feed.state,
        "failing": _is_failing(feed),
        "checked_at": isoformat(feed.checked_at),
        "failures": feed.failures,
        "moved_to": feed.moved_to or None,
        "error": feed.trouble or None,
    }


for subcommand in (list_feeds, add_feed, remove_feed, import_feeds, export_feeds):
    feeds.add_command(subcommand)
