"""`send` and `run`: the issue goes out."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, exit_with, pass_invocation
from newsletter.cli.output import feed_json, sent_json
from newsletter.cli.progress import progress_bar
from newsletter.cli.subscribers_mailbox import mailbox_json

if TYPE_CHECKING:
    from newsletter.pipeline.run_report import RunReport


@command()
@click.argument("issue")
@click.option(
    "--force",
    "first",
    multiple=True,
    metavar="RULE…",
    help="Send although this check found errors.",
)
@click.argument("more", nargs=-1, metavar="")
@pass_invocation
def send(frame: Invocation, issue: str, first: tuple[str, ...], more: tuple[str, ...]) -> None:
    """Send an issue now, or resume it. ISSUE is a number, `next` or `last`."""
    from newsletter.delivery.send import send as send_now

    if more and not first:
        raise click.UsageError(f"Got unexpected extra argument ({more[0]})")
    context = frame.open()
    with progress_bar(frame) as show:
        sent = send_now(context, issue, progress=show, forced=(*first, *more))
    frame.result(sent.reason, sent_json(sent.issue, sent.figures, sent.reason))
    exit_with(exit_code(attention=sent.attention, failed=not sent.complete))


@command()
@click.option("--yes", is_flag=True, help="Send although another issue went out just now.")
@pass_invocation
def run(frame: Invocation, yes: bool) -> None:
    """What cron calls: collect, draft, and send when the issue is due."""
    from newsletter.demo.marker import sample_blog_beside
    from newsletter.pipeline.run import run as run_now

    context = frame.open()
    with sample_blog_beside(context.folder, context.clock()), progress_bar(frame) as show:
        report = run_now(context, yes=yes, progress=show)
    frame.result(report.reason, _json(report))
    if frame.quiet and not frame.json and _alarming(report):
        # Cron mails what is printed: a quiet run speaks up only when it must.
        click.echo(report.reason, err=True)
    exit_with(exit_code(attention=report.attention, failed=report.failed))


def _alarming(report: RunReport) -> bool:
    """Held for approval is not: the author was sent the draft to approve."""
    broken = any(feed.status == "failed" for feed in report.feeds)
    return report.failed or report.held or report.figures.unknown > 0 or broken


def _json(report: RunReport) -> dict[str, Any]:
    feeds = [feed_json(feed) for feed in report.feeds]
    if report.issue is None:
        document = {"issue": None, "reason": report.reason, **asdict(report.figures)}
    else:
        document = sent_json(report.issue, report.figures, report.reason)
    sent = [sent_json(one.issue, one.figures, one.reason) for one in report.sent]
    mailbox = {"mailbox": mailbox_json(report.mailbox)} if report.mailbox else {}
    return {**document, "issues": sent, "feeds": feeds, **mailbox}


def exit_code(*, attention: bool, failed: bool) -> int:
    """contract.md: 1 failed, 3 done with something a person should look at, 0 done."""
    if failed:
        return 1
    return 3 if attention else 0
