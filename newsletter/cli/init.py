"""`init`: a newsletter folder for a blog."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.errors import UsageError


@command()
@click.argument("directory", default=".", metavar="[DIR]")
@click.option("--blog", metavar="URL", help="The blog's address, or its feed's.")
@click.option("--from", "sender", metavar='"NAME <ADDRESS>"', help="Whom messages come from.")
@click.option("--postal-address", metavar="TEXT", help="Stands in every issue; a PO box will do.")
@click.option("--title", default="", help="The newsletter's name; else the blog's.")
@click.option("--timezone", default="", metavar="ZONE", help="Such as America/Edmonton.")
@click.option("--hemisphere", type=click.Choice(["north", "south", "tropics"]))
@click.option(
    "--mailer",
    type=click.Choice(["outbox", "sendgrid", "smtp"]),
    default="outbox",
    show_default=True,
)
@click.option(
    "--backfill",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Keep the newest N posts for the first issue.",
)
@click.option("--allow-private-addresses", is_flag=True, help="For a blog on your own network.")
@pass_invocation
def init(
    frame: Invocation,
    directory: str,
    blog: str | None,
    sender: str | None,
    postal_address: str | None,
    title: str,
    timezone: str,
    hemisphere: str | None,
    mailer: str,
    backfill: int,
    allow_private_addresses: bool,
) -> None:
    """Make a newsletter folder: find the feed, write newsletter.toml, take stock.

    What the blog holds today counts as seen, but for --backfill.
    """
    from newsletter.setup import SetupAnswers, make_newsletter

    wishes = SetupAnswers(
        blog=_asked(blog, "--blog", "Your blog's address"),
        sender=_asked(sender, "--from", 'Messages come from, as "Name <address>"'),
        postal_address=_asked(postal_address, "--postal-address", "Your postal address"),
        title=title,
        timezone=timezone,
        hemisphere=hemisphere or "",
        mailer=mailer,
        backfill=backfill,
        allow_private=allow_private_addresses,
    )
    made = make_newsletter(Path(directory), wishes, os.environ)
    kept = min(made.backfill, made.report.new)
    taken = f"the newest {kept} kept for the first issue" if kept else "taken as already seen"
    text = (
        f"Made {made.title!r} in {made.folder}.\n"
        f"  feed: {made.feed}, {_counted(made.report.new)}, {taken}\n"
        "  settings: newsletter.toml, each line explained\n"
        "  secret: .env signs every unsubscribe link for ever: keep a copy in a safe place\n"
        "Next: `newsletter subscribers add you@example.com`, then `newsletter preview`."
    )
    document = {
        "folder": str(made.folder),
        "title": made.title,
        "feed": made.feed,
        "posts": made.report.new,
        "backfill": kept,
    }
    frame.result(text, document)


def _counted(posts: int) -> str:
    return "1 post" if posts == 1 else f"{posts} posts"


def _asked(given: str | None, option: str, question: str) -> str:
    """What was given, or the answer of the person at the terminal."""
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is missing.", cure="`newsletter init --help` lists them all.")
    answer: str = click.prompt(question, err=True)
    return answer
