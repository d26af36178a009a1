"""`send`, `run` and `worker`: deliver an issue."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.exit_codes import exit_code, exit_with
from newsletter.cli.invocation import Invocation, command, log_format_option, pass_invocation
from newsletter.cli.output import bounces_json, feed_report_json, mailbox_json, progress_json
from newsletter.cli.progress import delivery_bar

if TYPE_CHECKING:
    from newsletter.pipeline.run_report import RunReport


@command()
@click.argument("issue")
@click.option(
    "--force",
    "first_rule",
    multiple=True,
    metavar="RULE…",
    help="Send although this check found errors.",
)
@click.argument("further_rules", nargs=-1, metavar="")
@pass_invocation
def send(
    invocation: Invocation,
    issue: str,
    first_rule: tuple[str, ...],
    further_rules: tuple[str, ...],
) -> None:
    """Send an issue now, or resume it. ISSUE is a number, `next` or `last`."""
    from newsletter.pipeline.send import send as send_issue

    if further_rules and not first_rule:
        raise click.UsageError(f"Got unexpected extra argument ({further_rules[0]})")
    context = invocation.open()
    with delivery_bar(invocation) as draw:
        forced = (*first_rule, *further_rules)
        progress = send_issue(context, issue, progress=draw, forced=forced)
    document = progress_json(progress.issue, progress.figures, progress.reason)
    invocation.print_result(progress.reason, document)
    exit_with(failed=progress.failed, attention=progress.attention)


@command()
@click.option("--yes", is_flag=True, help="Send although another issue went out just now.")
@log_format_option
@pass_invocation
def run(invocation: Invocation, yes: bool) -> None:
    """What cron calls: collect, draft, and send when the issue is due."""
    from newsletter.demo.marker import serve_sample_blog
    from newsletter.errors import Busy
    from newsletter.notices.author_notices import remember_said
    from newsletter.pipeline.run import run as run_pipeline
    from newsletter.pipeline.run_outcome import finish_run
    from newsletter.storage.database.engine import transaction
    from subscribers.errors import HappyTrailsError

    context = invocation.open()
    try:
        with (
            serve_sample_blog(context.folder, context.clock()),
            delivery_bar(invocation) as draw,
        ):
            report = run_pipeline(context, yes=yes, progress=draw)
    except Busy:
        # The run at work tells how it ends.
        raise
    except HappyTrailsError as error:
        invocation.say(finish_run(context, error.exit_code, insist=yes))
        raise
    invocation.print_result(report.reason, _report_json(report))
    if invocation.quiet:
        # Cron mails what is printed: a quiet run prints what needs the author, once.
        for notice in report.notices:
            invocation.warn(notice.sentence)
        if report.notices:
            with transaction(context.engine) as connection:
                remember_said(connection, report.notices)
        for feed in report.feeds:
            if feed.older:
                invocation.warn(feed.note)
    code = exit_code(failed=report.failed, attention=report.attention)
    if invocation.log is not None:
        _log_run(report, code)
    invocation.say(finish_run(context, code, insist=yes))
    sys.exit(code)


def _log_run(report: RunReport, code: int) -> None:
    from newsletter.json_log import log_event

    log_event(
        "run",
        report.reason,
        exit_code=code,
        issue=report.issue.number if report.issue else None,
        status=report.issue.status if report.issue else None,
        **asdict(report.figures),
        feeds_failed=sum(feed.status == "failed" for feed in report.feeds),
        posts_new=sum(feed.new for feed in report.feeds),
    )


def _report_json(report: RunReport) -> dict[str, Any]:
    feeds = [feed_report_json(feed) for feed in report.feeds]
    if report.issue is None:
        document = {"issue": None, "reason": report.reason, **asdict(report.figures)}
    else:
        document = progress_json(report.issue, report.figures, report.reason)
    issues = [progress_json(sent.issue, sent.figures, sent.reason) for sent in report.sent]
    also = [progress_json(older.issue, older.figures, older.reason) for older in report.also]
    mail: dict[str, Any] = {}
    if report.mail and report.mail.requests:
        mail["mailbox"] = mailbox_json(report.mail.requests)
    if report.mail and report.mail.bounces:
        mail["bounces"] = bounces_json(report.mail.bounces)
    return {**document, "issues": issues, "also": also, "feeds": feeds, **mail}


@command()
@click.option("--once", is_flag=True, help="End when nothing is left to take.")
@log_format_option
@pass_invocation
def worker(invocation: Invocation, once: bool) -> None:
    """Take part in delivering, on as many machines as wanted (PostgreSQL only).

    It takes batches of issues that `run` or `send` delivers elsewhere. Ctrl-C, or SIGTERM,
    lets it end what is under way.
    """
    from newsletter.delivery.worker import run_worker

    run_worker(invocation.open(), say=invocation.say, once=once)
    invocation.print_result("", {"reason": "It left."})
