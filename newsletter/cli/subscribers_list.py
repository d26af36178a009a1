"""`subscribers list`, `show` and `export`: who is on the list."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.invocation import Decorated, Invocation, command, pass_invocation
from newsletter.cli.output import columns
from newsletter.cli.subscribers_output import kept_json, kept_text, person_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from subscribers.models import Subscriber

_SHOWN = 200
_STATUSES = ("pending", "active", "unsubscribed", "bounced", "complained")


def _filters(decorated: Decorated) -> Decorated:
    for option in (
        click.option(
            "--tag", "tags", multiple=True, metavar="TAG", help="Only who has it; repeatable: all."
        ),
        click.option("--status", type=click.Choice(_STATUSES), help="Only those."),
    ):
        decorated = option(decorated)
    return decorated


@command("list")
@_filters
@pass_invocation
def list_people(frame: Invocation, status: str | None, tags: tuple[str, ...]) -> None:
    """List the subscribers, every status."""
    from newsletter.subscriptions.subscriber_admin import everybody

    found = everybody(frame.open(), status, tags)
    if frame.json:
        _print_json(found)
        return
    rows, total = [], 0
    for total, person in enumerate(found, start=1):  # counts as it goes
        if total <= _SHOWN:
            rows.append((person.address, person.status, person.hemisphere, person.name))
    heads = ("address", "status", "hemisphere", "name")
    text = columns(rows, heads) if rows else _nobody(status, tags)
    if total > _SHOWN:
        text += f"\n… and {total - _SHOWN:,} more: `newsletter subscribers export` has them all."
    frame.result(text, {})


@command()
@click.argument("address")
@pass_invocation
def show(frame: Invocation, address: str) -> None:
    """Print everything kept about a person; with --json the document they may ask for."""
    from newsletter.subscriptions.data_export import kept_about

    kept = kept_about(frame.open(), address)
    frame.result(kept_text(kept), kept_json(kept))


@command()
@click.option("--to", "file", type=click.File("wb"), default="-", help="A file; else the screen.")
@click.option("--raw", is_flag=True, help="For re-import: cells are not made safe to open.")
@_filters
@pass_invocation
def export(
    frame: Invocation, file: BinaryIO, raw: bool, status: str | None, tags: tuple[str, ...]
) -> None:
    """Write everybody as CSV, safe to open in a spreadsheet."""
    from newsletter.subscriptions.subscriber_admin import everybody, export_csv

    context = frame.open()
    if frame.json:
        _print_json(everybody(context, status, tags))
        return
    written = export_csv(context, file, raw=raw, status=status, tags=tags)
    file.flush()
    frame.say(f"{written:,} written.")


def _nobody(status: str | None, tags: tuple[str, ...]) -> str:
    return "Nobody like that." if status or tags else "Nobody yet."


def _print_json(people: Iterable[Subscriber]) -> None:
    """Written a person at a time: a list of a million takes no more memory than one of ten."""
    import msgspec

    encode: Any = msgspec.json.encode
    out = sys.stdout
    out.write('{"subscribers": [')
    total = 0
    for total, person in enumerate(people, start=1):  # counts as it goes
        out.write(("" if total == 1 else ",") + "\n  ")
        out.write(encode(person_json(person)).decode())
    out.write(f'\n], "total": {total}}}\n')
