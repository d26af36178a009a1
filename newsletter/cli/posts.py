"""`posts`: list the posts, and leave single ones out or let them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.invocation import (
    CommandGroup,
    Invocation,
    command,
    global_options,
    pass_invocation,
)
from newsletter.cli.output import format_columns, format_local_time, post_json

if TYPE_CHECKING:
    from newsletter.collecting.post_decisions import PostDecision


@click.group(cls=CommandGroup, invoke_without_command=True)
@global_options
@click.pass_context
def posts(ctx: click.Context) -> None:
    """List the posts, each with its state and why."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_posts)


@command("list")
@pass_invocation
def list_posts(invocation: Invocation) -> None:
    """List the posts, newest first."""
    from newsletter.collecting.post_decisions import all_posts
    from newsletter.storage.database.engine import snapshot

    context = invocation.open()
    with snapshot(context.engine) as connection:
        newest_first = all_posts(connection, context.config, context.clock())
    rows = [
        (
            str(post.id),
            format_local_time(post.published, context.zone)[:10],
            post.state.replace("_", " "),
            f"{post.title} ({post.reason})" if post.reason else post.title,
        )
        for post in newest_first
    ]
    heads = ("id", "published", "state", "title")
    text = format_columns(rows, heads) if rows else "No posts yet."
    invocation.print_result(text, {"posts": [post_json(post) for post in newest_first]})


def _make_command(verb: PostDecision, help_line: str) -> click.Command:
    @command(verb, help=help_line)
    @click.argument("post_ids", nargs=-1, required=True, type=int, metavar="ID…")
    @pass_invocation
    def decide(invocation: Invocation, post_ids: tuple[int, ...]) -> None:
        from newsletter.collecting.post_decisions import decide_posts

        decided = decide_posts(invocation.open(), verb, post_ids)
        lines = [f"{post.title}: {post.reason or post.state}." for post in decided.posts]
        lines += [
            f"{issue.void_sentence} Look at it again, then `newsletter approve {issue.number}`."
            for issue in decided.voided
        ]
        document = {
            "posts": [post_json(post) for post in decided.posts],
            "voided": [issue.number for issue in decided.voided],
        }
        invocation.print_result("\n".join(lines), document)

    return decide


posts.add_command(list_posts)
posts.add_command(_make_command("skip", "Leave a post out of every issue."))
posts.add_command(_make_command("unskip", "Let a skipped post wait for the next issue again."))
posts.add_command(_make_command("release", "Let a held post wait for the next issue."))
