"""`init`: make a newsletter folder for a blog."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.errors import UsageError

if TYPE_CHECKING:
    from newsletter.setup.make import NewNewsletter

_WAYS = {
    "own": "by a page of `newsletter serve`; docs/without-a-server.md, if you have no server",
    "sendgrid": "by SendGrid's own link, so that real mail needs no server of yours",
}
_FIRST_POSTS = ("that are new by then", "kept for it and those that are new by then")
# What has to be done before messages reach people.
_MAILERS = {
    "outbox": ["Until you choose a real mailer, its messages are files to look at."],
    "sendgrid": [
        "Before that, write SENDGRID_API_KEY into .env: docs/sendgrid.md. `newsletter doctor`",
        "says what else is missing.",
    ],
    "smtp": [
        "Before that, set [sender.smtp] in newsletter.toml, with the password in .env:",
        "docs/smtp.md. `newsletter doctor` says what else is missing.",
    ],
}
_REQUIRED = {"blog": "--blog", "sender": "--from", "postal_address": "--postal-address"}


@command()
@click.argument("directory", default=".", metavar="[DIR]")
@click.option("--blog", metavar="URL", help="The blog's address, or its feed's.")
@click.option("--from", "sender", metavar='"NAME <ADDRESS>"', help="Whom messages come from.")
@click.option("--postal-address", metavar="TEXT", help="Stands in every issue; a PO box will do.")
@click.option("--author-email", metavar="ADDRESS", help="Your own: drafts and notices go there.")
@click.option("--author", metavar="NAME", help="Your name, which signs the issues.")
@click.option("--title", help="The newsletter's name; else the blog's.")
@click.option("--timezone", metavar="ZONE", help="Such as America/Edmonton.")
@click.option(
    "--hemisphere",
    type=click.Choice(["north", "south", "tropics"]),
    help="Whose season; else by your time zone.",
)
@click.option("--wet-months", metavar="MONTHS", help="Such as 5-10, for the tropics.")
@click.option("--language", metavar="TAG", help="Such as de; else the blog's.")
@click.option("--day", metavar="DAY", help="When issues go out; else sunday.")
@click.option("--time", metavar="HH:MM", help="When issues go out; else 07:00.")
@click.option(
    "--mailer",
    type=click.Choice(["outbox", "sendgrid", "smtp"]),
    default="outbox",
    show_default=True,
    help="How messages go out.",
)
@click.option(
    "--unsubscribe",
    type=click.Choice(["own", "sendgrid"]),
    help="By a page of your own server, or by SendGrid's link; else own.",
)
@click.option(
    "--backfill",
    type=click.IntRange(min=0),
    metavar="N",
    help="Keep the newest N posts for the first issue.",
)
@click.option("--allow-private-addresses", is_flag=True, help="For a blog on your own network.")
@click.option("--yes", is_flag=True, help="Take every proposal, and the feed as it is.")
@pass_invocation
def init(invocation: Invocation, /, directory: str, yes: bool, **given: Any) -> None:
    """Make a newsletter folder: find the feed, write newsletter.toml, take stock.

    On a terminal it asks for what no option says. What the blog holds today counts as seen, but
    for --backfill.
    """
    from newsletter.cli.init_questions import Interview
    from newsletter.setup.make import make_newsletter, require_free_folder

    folder = Path(directory)
    require_free_folder(folder)
    is_asking = sys.stdin.isatty()
    if not is_asking:
        _require_options(given)
    interview = Interview(given, yes=yes, today=_now().date())
    try:
        answers, found_blog = interview.hold() if is_asking else (interview.read_options(), None)
        newsletter = make_newsletter(folder, answers, os.environ, found_blog=found_blog)
    except BaseException:
        if typed := interview.typed:
            words = shlex.join(["newsletter", "init", directory, *typed])
            invocation.say(f"Nothing was made. Your answers are not lost:\n  {words}")
        raise
    invocation.print_result(_summary(newsletter), _document(newsletter))


def _require_options(given: dict[str, Any]) -> None:
    """Raise UsageError if an option is missing that only a person could be asked for."""
    for name, option in _REQUIRED.items():
        if given[name] is None:
            raise UsageError(
                f"{option} is missing.", cure="`newsletter init --help` lists all options."
            )


def _now() -> dt.datetime:
    from newsletter.config.secrets import read_rehearsed_now

    return read_rehearsed_now(os.environ) or dt.datetime.now(dt.UTC)


_NO_MODES = (
    "  disk: it keeps no file from other users of this machine. Is it not yours alone, move the\n"
    "    folder to another disk"
)


def _summary(newsletter: NewNewsletter) -> str:
    from newsletter.config.address import free_mail_domain
    from newsletter.config.file_modes import keeps_modes
    from newsletter.setup.proposals import first_due, language_sentence, season_words

    answers = newsletter.answers
    posts = "1 post" if newsletter.report.new == 1 else f"{newsletter.report.new} posts"
    if not newsletter.report.new:
        remark = "none yet: the first one goes into your first issue"
    elif newsletter.backfill:
        remark = f"{posts}, the newest {newsletter.backfill} kept for the first issue"
    else:
        remark = f"{posts}, taken as already seen"
    season = season_words(_now().date(), answers.hemisphere, answers.wet_months or ())
    language = language_sentence(answers.language)
    domain = free_mail_domain(answers.sender)
    refused = f"mail programs refuse newsletters from {domain}; a real one needs your own domain"
    due = first_due(answers, _now(), backfill=newsletter.backfill)
    lines = [
        f"Made {newsletter.title!r} in {newsletter.folder}.",
        f"  feed: {newsletter.feed}, {remark}",
        f"  issues: on {answers.day.capitalize()} at {answers.time}, {answers.timezone}",
        f"  season: {answers.hemisphere}, where it is {season} now",
        *([f"  language: {answers.language}. {language}"] if language else []),
        *([f"  from: {refused}"] if domain else []),
        f"  unsubscribe: {_WAYS[answers.unsubscribe]}",
        "  settings: newsletter.toml, each line explained",
        "  secret: .env signs every unsubscribe link for ever: keep a copy in a safe place",
        *([] if keeps_modes(newsletter.folder) else [_NO_MODES]),
        f"What will happen: the first issue is due {due}, with the posts",
        f"{_FIRST_POSTS[newsletter.backfill > 0]}, and waits until you approve it.",
        *_MAILERS[answers.mailer],
        *_next_commands(newsletter),
    ]
    return "\n".join(lines)


def _next_commands(newsletter: NewNewsletter) -> list[str]:
    cd = [] if newsletter.folder == Path() else [f"  cd {shlex.quote(str(newsletter.folder))}"]
    you = newsletter.answers.author_email or "you@example.com"
    return [
        "Next:",
        *cd,
        f"  newsletter subscribers add {you}",
        "  newsletter preview                 see an issue as your readers will",
    ]


def _document(newsletter: NewNewsletter) -> dict[str, Any]:
    answers = newsletter.answers
    return {
        "folder": str(newsletter.folder),
        "title": newsletter.title,
        "feed": newsletter.feed,
        "posts": newsletter.report.new,
        "backfill": newsletter.backfill,
        "author": answers.author,
        "author_email": answers.author_email,
        "timezone": answers.timezone,
        "hemisphere": answers.hemisphere,
        "wet_months": list(answers.wet_months or ()),
        "language": answers.language,
        "day": answers.day,
        "time": answers.time,
        "unsubscribe": answers.unsubscribe,
    }
