"""`send` and `run`: the issue goes out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.frame import Frame, command, exit_with, pass_frame
from newsletter.cli.wording import feed_json, sent_json

if TYPE_CHECKING:
    from newsletter.models import Figures
    from newsletter.pipeline.run import RunReport


@command()
@click.argument("issue")
@pass_frame
def send(frame: Frame, issue: str) -> None:
    """Send an issue now, or resume it. ISSUE is a number, `next` or `last`."""
    from newsletter.pipeline.send import send as send_now

    context = frame.open()
    with _progress(frame) as show:
        sent = send_now(context, issue, progress=show)
    frame.result(sent.reason, sent_json(sent.issue, sent.figures, sent.reason))
    exit_with(_code(attention=sent.figures.unknown > 0, failed=not sent.complete))


@command()
@click.option("--yes", is_flag=True, help="Send although another issue went out just now.")
@pass_frame
def run(frame: Frame, yes: bool) -> None:
    """What cron calls: collect, draft, and send when the issue is due."""
    from newsletter.pipeline.run import run as run_now

    context = frame.open()
    with _progress(frame) as show:
        report = run_now(context, yes=yes, progress=show)
    frame.result(report.reason, _json(report))
    if frame.quiet and not frame.json and _alarming(report):
        # Cron mails what is printed: a quiet run speaks up only when it must.
        click.echo(report.reason, err=True)
    exit_with(_code(attention=report.attention, failed=report.failed))


def _alarming(report: RunReport) -> bool:
    """Held for approval is not: the author was sent the draft to approve."""
    broken = any(feed.status == "failed" for feed in report.feeds)
    return report.failed or report.figures.unknown > 0 or broken


def _json(report: RunReport) -> dict[str, Any]:
    feeds = [feed_json(feed) for feed in report.feeds]
    if report.issue is None:
        return {"issue": None, "reason": report.reason, **asdict(report.figures), "feeds": feeds}
    return {**sent_json(report.issue, report.figures, report.reason), "feeds": feeds}


def _code(*, attention: bool, failed: bool) -> int:
    if failed:
        return 1
    return 3 if attention else 0


@contextmanager
def _progress(frame: Frame) -> Iterator[Callable[[Figures], None] | None]:
    """A progress bar, on a terminal only."""
    if frame.quiet or frame.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Sending", total=None)

        def show(figures: Figures) -> None:
            done = figures.planned - figures.pending
            bar.update(task, completed=done, total=figures.planned)

        yield show
