"""`subscribers`: the list."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.frame import Frame, command, exit_with, global_options, pass_frame
from newsletter.cli.wording import columns, moment

if TYPE_CHECKING:
    from subscribers.models import Subscriber
    from subscribers.transfer.report import ImportReport

_SHOWN = 200


@click.group()
@global_options
def subscribers() -> None:
    """The list: who gets the newsletter."""


@command("list")
@click.option(
    "--status",
    type=click.Choice(["pending", "active", "unsubscribed", "bounced", "complained"]),
    help="Only those.",
)
@pass_frame
def list_people(frame: Frame, status: str | None) -> None:
    """List the subscribers, every status."""
    from newsletter.pipeline.people import everybody

    context = frame.open()
    if frame.json:
        _print_json(everybody(context, status))
        return
    rows, total = [], 0
    for person in everybody(context, status):
        total += 1
        if total <= _SHOWN:
            rows.append((person.address, person.status, person.hemisphere, person.name))
    text = columns(rows, ("address", "status", "hemisphere", "name")) if rows else "Nobody yet."
    if total > _SHOWN:
        text += f"\n… and {total - _SHOWN} more: `newsletter subscribers export` has them all."
    frame.result(text, {})


def _print_json(people: Any) -> None:
    """Written a person at a time: a list of a million takes no more memory than one of ten."""
    import msgspec

    out = sys.stdout
    out.write('{"subscribers": [')
    total = 0
    for total, person in enumerate(people, start=1):  # counts as it goes
        out.write(("" if total == 1 else ",") + "\n  ")
        out.write(msgspec.json.encode(_json(person)).decode())
    out.write(f'\n], "total": {total}}}\n')


def _json(person: Subscriber) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.address,
        "status": person.status,
        "name": person.name,
        "hemisphere": person.hemisphere or None,
        "rhythm": person.rhythm or None,
        "topics": list(person.topics),
        "tags": list(person.tags),
        "confirmed_at": moment(person.confirmed_at),
        "source": person.source,
        "created_at": moment(person.created_at),
    }


@command()
@click.argument("address")
@click.option("--name", default="", help="What to call them.")
@click.option(
    "--hemisphere", type=click.Choice(["north", "south", "tropics"]), help="Whose season."
)
@click.option("--confirm", is_flag=True, help="Ask them first, by a message with a link.")
@pass_frame
def add(frame: Frame, address: str, name: str, hemisphere: str | None, confirm: bool) -> None:
    """Add a person on your word; they are active at once, or with --confirm once they say yes."""
    from newsletter.pipeline.people import add as add_now

    addition = add_now(
        frame.open(), address, name=name, hemisphere=hemisphere or "", confirm=confirm
    )
    person = addition.subscriber
    asked = person is not None and person.status == "pending"
    reason = addition.reason or ("They were asked, and have seven days." if asked else "")
    text = f"{person.address if person else address}: {addition.outcome}. {reason}"
    document = {
        "outcome": addition.outcome,
        "reason": addition.reason,
        "subscriber": _json(person) if person else None,
    }
    frame.result(text.strip(), document)


@command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--skip-bad", is_flag=True, help="Let the good rows in though others are bad.")
@click.option("--confirm", is_flag=True, help="Ask who is new first, by a message with a link.")
@pass_frame
def import_file(frame: Frame, file: BinaryIO, skip_bad: bool, confirm: bool) -> None:
    """Add people from a CSV file, or from another newsletter's export."""
    from newsletter.pipeline.people import import_csv
    from subscribers.errors import ImportRejected

    context = frame.open()
    try:
        report = import_csv(context, file, skip_bad=skip_bad, confirm=confirm)
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
@click.option("--to", "file", type=click.File("wb"), default="-", help="A file; else the screen.")
@click.option("--raw", is_flag=True, help="For re-import: cells are not made safe to open.")
@pass_frame
def export(frame: Frame, file: BinaryIO, raw: bool) -> None:
    """Write everybody as CSV, safe to open in a spreadsheet."""
    from newsletter.pipeline.people import everybody, export_csv

    context = frame.open()
    if frame.json:
        _print_json(everybody(context, None))
        return
    written = export_csv(context, file, raw=raw)
    file.flush()
    frame.say(f"{written} written.")


@command()
@click.argument("address")
@pass_frame
def remove(frame: Frame, address: str) -> None:
    """Unsubscribe a person on your word. It counts for the very next message."""
    from newsletter.pipeline.people import remove as remove_now

    changed = remove_now(frame.open(), address)
    text = f"{address} is unsubscribed." if changed else f"{address} had left already."
    frame.result(text, {"email": address, "status": "unsubscribed", "changed": changed})


@command()
@pass_frame
def form(frame: Frame) -> None:
    """Print a sign-up form for your blog: plain HTML, for any page or sidebar."""
    from newsletter.pipeline.blog_form import blog_form

    html = blog_form(frame.open())
    frame.result(html, {"html": html})


for made in (list_people, add, import_file, export, remove, form):
    subscribers.add_command(made)
