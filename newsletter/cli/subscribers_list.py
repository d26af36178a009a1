"""`subscribers list`, `show` and `export`: read the list without changing it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.invocation import (
    Decorated,
    Invocation,
    command,
    fit_json,
    pass_invocation,
)
from newsletter.cli.output import format_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from newsletter.subscriptions.data_export import DataExport
    from subscribers.models import Status, Subscriber, Suppression

#: The most rows that `list` prints as text.
_MAX_ROWS = 200
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
@click.option("--search", default="", metavar="TEXT", help="Only whose address or name has it.")
@_filters
@pass_invocation
def list_subscribers(
    invocation: Invocation, search: str, status: str | None, tags: tuple[str, ...]
) -> None:
    """List the subscribers, every status, and how many there are of each."""
    from newsletter.storage.database.engine import snapshot
    from newsletter.subscriptions import subscriber_admin
    from subscribers.storage import count_by_status

    with snapshot(invocation.open().engine) as connection:
        subscribers = subscriber_admin.list_subscribers(connection, status, tags, search)
        counts = count_by_status(connection)
        if invocation.json:
            _print_json(subscribers, counts)
            return
        rows, total = [], 0
        for total, person in enumerate(subscribers, start=1):
            if total <= _MAX_ROWS:
                rows.append((person.address, person.status, person.hemisphere, person.name))
    heads = ("address", "status", "hemisphere", "name")
    narrowed = bool(search or status or tags)
    lines = [format_columns(rows, heads)] if rows else ["Nobody like that."] if narrowed else []
    if total > _MAX_ROWS:
        lines.append(
            f"… and {total - _MAX_ROWS:,} more: `newsletter subscribers export` has them all."
        )
    if narrowed and total:
        lines.append(f"{total:,} found.")
    lines.append(_format_counts(counts))
    invocation.print_result("\n".join(lines), {})


def _format_counts(counts: Mapping[Status, int]) -> str:
    """Return `3 people on the list: 2 active, 1 unsubscribed.`"""
    total = sum(counts.values())
    if not total:
        return "Nobody yet."
    parts = ", ".join(f"{counts[status]:,} {status}" for status in counts if counts[status])
    people = "1 person" if total == 1 else f"{total:,} people"
    return f"{people} on the list: {parts}."


@command()
@click.argument("address")
@pass_invocation
def show(invocation: Invocation, address: str) -> None:
    """Print everything kept about a person; with --json the document they may ask for."""
    from newsletter.storage.database.engine import snapshot
    from newsletter.subscriptions.data_export import export_document, export_for_address

    context = invocation.open()
    with snapshot(context.engine) as connection:
        export = export_for_address(connection, address, context.secrets)
    invocation.print_result(_format_export(export), export_document(export))


@command()
@click.option("--to", "file", type=click.File("wb"), default="-", help="A file; else the screen.")
@click.option("--raw", is_flag=True, help="For re-import: cells are not made safe to open.")
@_filters
@pass_invocation
def export(
    invocation: Invocation, file: BinaryIO, raw: bool, status: str | None, tags: tuple[str, ...]
) -> None:
    """Write everybody as CSV, safe to open in a spreadsheet."""
    from newsletter.storage.database.engine import snapshot
    from newsletter.subscriptions import subscriber_admin
    from subscribers.transfer.exporting import export_csv

    context = invocation.open()
    with snapshot(context.engine) as connection:
        if invocation.json:
            _print_json(subscriber_admin.list_subscribers(connection, status, tags))
            return
        secrets = context.secrets.require_signing()
        count = export_csv(connection, file, secrets=secrets, raw=raw, status=status, tags=tags)
    file.flush()
    invocation.say(f"{count:,} written.")


def _print_json(
    subscribers: Iterable[Subscriber], counts: Mapping[Status, int] | None = None
) -> None:
    """Print the list as one JSON document, a subscriber at a time.

    Memory stays flat: a million subscribers take no more of it than ten.
    """
    import msgspec

    from newsletter.subscriptions.data_export import subscriber_document

    encode: Any = msgspec.json.encode
    out = sys.stdout
    out.write('{"subscribers": [')
    total = 0
    for total, subscriber in enumerate(subscribers, start=1):
        out.write(("" if total == 1 else ",") + "\n  ")
        out.write(fit_json(encode(subscriber_document(subscriber)).decode()))
    by_status = f', "by_status": {encode(dict(counts)).decode()}' if counts is not None else ""
    out.write(f'\n], "total": {total}{by_status}}}\n')


def _format_export(export: DataExport) -> str:
    parts = [_format_person(export)]
    if export.suppression is not None:
        parts.append(_format_suppression(export.suppression))
    if export.person is not None:
        consents = [
            (_format_time(consent.at), consent.event, consent.actor, consent.source)
            for consent in export.consents
        ]
        parts.append(_format_table("Consent log", consents, ("when (UTC)", "what", "by", "where")))
        deliveries = [
            (f"{delivery.issue}", delivery.status, delivery.subject)
            for delivery in export.deliveries
        ]
        parts.append(_format_table("Issues", deliveries, ("issue", "delivery", "subject")))
        events = [(_format_time(event.at), event.kind, event.detail) for event in export.events]
        parts.append(
            _format_table("Reported by the mailer", events, ("when (UTC)", "what", "words"))
        )
    return "\n\n".join(filter(None, parts))


def _format_person(export: DataExport) -> str:
    person = export.person
    if person is None:
        return f"{export.address}: nobody is on the list under it."
    facts = (
        ("status", person.status),
        ("name", person.name),
        ("hemisphere", person.hemisphere or "not chosen: they get yours"),
        ("rhythm", person.rhythm or "every issue"),
        ("topics", ", ".join(person.topics) or "all"),
        ("tags", ", ".join(person.tags)),
        ("confirmed", _format_time(person.confirmed_at)),
        ("signed up", _format_time(person.signed_up_at)),
        ("came", f"{_format_time(person.created_at)} {person.source}".strip()),
    )
    lines = [f"  {name:<11} {value}" for name, value in facts if value]
    return "\n".join((person.address, *lines))


def _format_suppression(suppression: Suppression) -> str:
    from newsletter.subscriptions.subscriber_admin import SUPPRESSION_REASONS

    since = _format_time(suppression.at)
    return f"Never written to since {since}: {SUPPRESSION_REASONS[suppression.reason]}."


def _format_table(title: str, rows: Sequence[tuple[str, ...]], heads: tuple[str, ...]) -> str:
    if not rows:
        return ""
    lines = format_columns(rows, heads).splitlines()
    return "\n".join((title, *(f"  {line}" for line in lines)))


def _format_time(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
