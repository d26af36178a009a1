"""`init`: make a newsletter folder for a blog."""

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
    invocation: Invocation,
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

    answers = SetupAnswers(
        blog=_given_or_prompt(blog, "--blog", "Your blog's address"),
        sender=_given_or_prompt(sender, "--from", 'Messages come from, as "Name <address>"'),
        postal_address=_given_or_prompt(postal_address, "--postal-address", "Your postal address"),
        title=title,
        timezone=timezone,
        hemisphere=hemisphere or "",
        mailer=mailer,
        backfill=backfill,
        allow_private=allow_private_addresses,
    )
    made = make_newsletter(Path(directory), answers, os.environ)
    backfilled = min(made.backfill, made.report.new)
    posts = "1 post" if made.report.new == 1 else f"{made.report.new} posts"
    remark = (
        f"the newest {backfilled} kept for the first issue"
        if backfilled
        else "taken as already seen"
    )
    text = (
        f"Made {made.title!r} in {made.folder}.\n"
        f"  feed: {made.feed}, {posts}, {remark}\n"
        "  settings: newsletter.toml, each line explained\n"
        "  secret: .env signs every unsubscribe link for ever: keep a copy in a safe place\n"
        "Next: `newsletter subscribers add you@example.com`, then `newsletter preview`."
    )
    document = {
        "folder": str(made.folder),
        "title": made.title,
        "feed": made.feed,
        "posts": made.report.new,
        "backfill": backfilled,
    }
    invocation.print_result(text, document)


def _given_or_prompt(value: str | None, option: str, question: str) -> str:
    """Return the option's value, or else ask the person at the terminal.

    Raise UsageError if the option is missing and standard input is not a terminal.
    """
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is missing.", cure="`newsletter init --help` lists them all.")
    answer: str = click.prompt(question, err=True)
    return answer
