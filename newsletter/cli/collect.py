"""`collect`, `posts` and `issues`: what came in and what went out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.invocation import (
    Invocation,
    command,
    exit_with,
    global_options,
    pass_invocation,
)
from newsletter.cli.output import columns, feed_json, issue_json, local, post_json

if TYPE_CHECKING:
    from newsletter.collecting.collect import FeedReport


@command()
@pass_invocation
def collect(frame: Invocation) -> None:
    """Read every feed and store what is new."""
    from newsletter.collecting.collect import collect as collect_now
    from newsletter.demo.marker import sample_blog_beside

    context = frame.open()
    with sample_blog_beside(context.folder, context.clock()):
        reports = collect_now(context)
    document = {"feeds": [feed_json(report) for report in reports]}
    frame.result("\n".join(_feed_line(report) for report in reports), document)
    failed = sum(report.status == "failed" for report in reports)
    if failed == len(reports):
        exit_with(1)
    exit_with(3 if failed or any(report.held for report in reports) else 0)


def _feed_line(report: FeedReport) -> str:
    if report.status == "failed":
        named = report.url in report.error
        failure = report.error if named else f"{report.url}: {report.error}"
        return f"{failure} {report.pictures}".rstrip()
    note = "".join(f" {word}" for word in (report.note, report.pictures) if word)
    if report.status == "unchanged":
        return f"{report.url}: nothing has changed.{note}"
    told = [f"{report.new} new", f"{report.changed} changed"]
    if report.withdrawn:
        told.append(f"{report.withdrawn} withdrawn")
    if report.held:
        told.append(f"{report.held} held: see `newsletter posts`")
    return f"{report.url}: {', '.join(told)}.{note}"


@click.group(invoke_without_command=True)
@global_options
@click.pass_context
def posts(ctx: click.Context) -> None:
    """List the posts, each with its state and why."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_posts)


@command("list")
@pass_invocation
def list_posts(frame: Invocation) -> None:
    """List the posts, newest first."""
    from newsletter.collecting.post_decisions import all_posts

    context = frame.open()
    found = all_posts(context)
    rows = [
        (str(p.id), local(p.published, context.zone)[:10], p.state, _shown(p.title, p.reason))
        for p in found
    ]
    text = columns(rows, ("id", "published", "state", "title")) if rows else "No posts yet."
    frame.result(text, {"posts": [post_json(p) for p in found]})


def _shown(title: str, reason: str) -> str:
    return f"{title} ({reason})" if reason else title


def _choose(verb: str, line: str) -> click.Command:
    @command(verb, help=line)
    @click.argument("post_ids", nargs=-1, required=True, type=int, metavar="ID…")
    @pass_invocation
    def chosen(frame: Invocation, post_ids: tuple[int, ...]) -> None:
        from newsletter.collecting.post_decisions import choose

        changed = choose(frame.open(), verb, post_ids)  # type: ignore[arg-type]  # one of three words
        text = "\n".join(f"{p.title}: {p.reason or p.state}." for p in changed)
        frame.result(text, {"posts": [post_json(p) for p in changed]})

    return chosen


posts.add_command(list_posts)
posts.add_command(_choose("skip", "Leave a post out of every issue."))
posts.add_command(_choose("unskip", "Let a skipped post wait for the next issue again."))
posts.add_command(_choose("release", "Let a held post wait for the next issue."))


@command()
@pass_invocation
def issues(frame: Invocation) -> None:
    """List the issues with their figures, oldest first."""
    from newsletter.editorial.issue_list import all_issues

    context = frame.open()
    found = all_issues(context)
    rows = [
        (
            str(issue.number),
            issue.key,
            issue.status,
            f"{figures.accepted}/{figures.planned}" if figures.planned else "",
            local(issue.sent_at or issue.planned_for, context.zone),
            issue.subject,
        )
        for issue, figures in found
    ]
    heads = ("no", "key", "status", "accepted", "when", "subject")
    text = columns(rows, heads) if rows else "No issues yet."
    frame.result(text, {"issues": [issue_json(issue, figures) for issue, figures in found]})
