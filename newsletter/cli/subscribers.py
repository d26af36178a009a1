"""`subscribers`: the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.invocation import (
    Invocation,
    command,
    exit_with,
    global_options,
    pass_invocation,
)
from newsletter.cli.progress import import_bar
from newsletter.cli.subscribers_list import export, list_people, show
from newsletter.cli.subscribers_mailbox import process_mailbox
from newsletter.cli.subscribers_output import person_json
from newsletter.cli.subscribers_remove import erase, remove, suppress

if TYPE_CHECKING:
    from subscribers.transfer.report import ImportReport


@click.group()
@global_options
def subscribers() -> None:
    """The list: who gets the newsletter."""


@command()
@click.argument("address")
@click.option("--name", default="", help="What to call them.")
@click.option(
    "--hemisphere", type=click.Choice(["north", "south", "tropics"]), help="Whose season."
)
@click.option("--rhythm", type=click.Choice(["weekly", "monthly"]), help="How often they read.")
@click.option("--topic", "topics", multiple=True, help="Only posts of it; repeatable.")
@click.option("--tag", "tags", multiple=True, help="A word of yours for them; repeatable.")
@click.option("--confirm", is_flag=True, help="Ask them first, by a message with a link.")
@pass_invocation
def add(
    frame: Invocation,
    address: str,
    name: str,
    hemisphere: str | None,
    rhythm: str | None,
    topics: tuple[str, ...],
    tags: tuple[str, ...],
    confirm: bool,
) -> None:
    """Add a person on your word; they are active at once, or with --confirm once they say yes.

    For somebody on the list already, what you say here replaces what was there.
    """
    from newsletter.subscriptions.subscriber_admin import add as add_now

    addition = add_now(
        frame.open(),
        address,
        name=name,
        hemisphere=hemisphere or "",
        rhythm=rhythm or "",
        topics=topics,
        tags=tags,
        confirm=confirm,
    )
    person = addition.subscriber
    asked = person is not None and person.status == "pending"
    reason = addition.reason or ("They were asked, and have seven days." if asked else "")
    text = f"{person.address if person else address}: {addition.outcome}. {reason}"
    document = {
        "outcome": addition.outcome,
        "reason": addition.reason,
        "subscriber": person_json(person) if person else None,
    }
    frame.result(text.strip(), document)


@command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--skip-bad", is_flag=True, help="Let the good rows in though others are bad.")
@click.option("--confirm", is_flag=True, help="Ask who is new first, by a message with a link.")
@pass_invocation
def import_file(frame: Invocation, file: BinaryIO, skip_bad: bool, confirm: bool) -> None:
    """Add people from a CSV file, or from another newsletter's export."""
    from newsletter.subscriptions.subscriber_admin import import_csv
    from subscribers.errors import ImportRejected

    context = frame.open()
    try:
        with import_bar(frame, file) as progress:
            report = import_csv(
                context, file, skip_bad=skip_bad, confirm=confirm, progress=progress
            )
    except ImportRejected as error:
        if frame.json:
            frame.result("", _report_json(error.report) | {"error": str(error)})
        frame.say(f"newsletter: {error}")
        frame.say(_rejects(error.report))
        exit_with(error.exit_code)
        return
    text = (
        f"{report.read} read: {report.added} added, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.rejected_total} rejected."
    )
    frame.result("\n".join(filter(None, (text, _rejects(report)))), _report_json(report))


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": [{"line": one.line, "reason": one.reason} for one in report.rejected],
        "rejected_total": report.rejected_total,
        "format": report.format,
    }


def _rejects(report: ImportReport) -> str:
    lines = [f"  line {one.line}: {one.reason}" for one in report.rejected]
    if report.rejected_total > len(lines):
        lines.append(f"  … and {report.rejected_total - len(lines)} more.")
    return "\n".join(lines)


@command()
@pass_invocation
def form(frame: Invocation) -> None:
    """Print a sign-up form for your blog: plain HTML, for any page or sidebar."""
    from newsletter.subscriptions.embed_form import blog_form

    html = blog_form(frame.open())
    frame.result(html, {"html": html})


for made in (
    list_people,
    add,
    show,
    import_file,
    export,
    remove,
    suppress,
    erase,
    form,
    process_mailbox,
):
    subscribers.add_command(made)
