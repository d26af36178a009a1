"""`collect`: read the feeds and store what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import feed_report_json

if TYPE_CHECKING:
    from newsletter.collecting.collect import FeedReport


@command()
@pass_invocation
def collect(invocation: Invocation) -> None:
    """Read every feed and store what is new."""
    from newsletter.collecting.collect import collect as collect_feeds
    from newsletter.demo.marker import serve_sample_blog

    context = invocation.open()
    with serve_sample_blog(context.folder, context.clock()):
        reports = collect_feeds(context)
    document = {"feeds": [feed_report_json(report) for report in reports]}
    invocation.print_result("\n".join(_format_report(report) for report in reports), document)
    failures = sum(report.status == "failed" for report in reports)
    exit_with(
        failed=failures == len(reports),
        attention=failures > 0 or any(report.held for report in reports),
    )


def _format_report(report: FeedReport) -> str:
    if report.status == "failed":
        names_feed = report.url in report.error
        error = report.error if names_feed else f"{report.url}: {report.error}"
        return f"{error} {report.pictures}".rstrip()
    note = "".join(f" {sentence}" for sentence in (report.note, report.pictures) if sentence)
    if report.status == "unchanged":
        return f"{report.url}: nothing has changed.{note}"
    counts = [f"{report.new} new", f"{report.changed} changed"]
    if report.withdrawn:
        counts.append(f"{report.withdrawn} withdrawn")
    if report.held:
        counts.append(f"{report.held} held: see `newsletter posts`")
    return f"{report.url}: {', '.join(counts)}.{note}"
