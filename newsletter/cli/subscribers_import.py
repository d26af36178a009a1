"""`subscribers import`: bring a list from a file, look first, or undo it."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.exit_codes import ExitCode
from newsletter.cli.invocation import Invocation, command, encode_json, pass_invocation, write_line
from newsletter.cli.progress import import_bar

if TYPE_CHECKING:
    from newsletter.subscriptions.import_trial import ImportTrial
    from subscribers.models import ImportReport, RowOutcome

_STATUSES = ("active", "pending", "unsubscribed", "bounced", "complained")


@command("import")
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--dry-run", is_flag=True, help="Show what would become of each row; store nothing.")
@click.option("--undo", is_flag=True, help="Undo the last import.")
@click.option("--skip-bad", is_flag=True, help="Let the good rows in though others are bad.")
@click.option("--confirm", is_flag=True, help="Ask who is new first, by a message with a link.")
@click.option(
    "--status",
    type=click.Choice(_STATUSES),
    help="What everybody in the file is, if it does not say so; a worse word in it still counts.",
)
@click.option(
    "--status-column",
    "status_columns",
    multiple=True,
    metavar="NAME",
    help="A column that says who left; repeatable, the gravest wins.",
)
@click.option(
    "--ignore-column",
    "ignored_columns",
    multiple=True,
    metavar="NAME",
    help="A column that looks as if it said who left, and does not; repeatable.",
)
@pass_invocation
def import_file(
    invocation: Invocation,
    file: BinaryIO | None,
    dry_run: bool,
    undo: bool,
    skip_bad: bool,
    confirm: bool,
    status: Any,
    status_columns: tuple[str, ...],
    ignored_columns: tuple[str, ...],
) -> None:
    """Add people from a CSV file, or from another newsletter's export.

    Nobody is brought back: whoever left, bounced or complained, here or there, stays gone. A
    column that may say so and is not understood stops the import before anything is stored.
    """
    from newsletter.errors import UsageError
    from subscribers.models import ImportAnswers

    if undo:
        if file is not None or dry_run:
            raise UsageError("--undo takes no file: it undoes the last import.")
        _undo(invocation)
        return
    if file is None:
        raise UsageError(
            "Which file?", cure="Name it: `newsletter subscribers import readers.csv`."
        )
    answers = ImportAnswers(
        status=status or "", status_columns=status_columns, ignored_columns=ignored_columns
    )
    options = {"skip_bad": skip_bad, "confirm": confirm, "answers": answers}
    if dry_run:
        _try_out(invocation, file, options)
    else:
        _import(invocation, file, options)


def _import(invocation: Invocation, file: BinaryIO, options: dict[str, Any]) -> None:
    from newsletter.subscriptions.list_import import import_csv
    from subscribers.errors import ImportRejected

    context = invocation.open()
    try:
        with import_bar(invocation, file) as draw:
            report = import_csv(context, file, progress=draw, **options)
    except ImportRejected as error:
        if invocation.json:
            invocation.print_result("", _report_json(error.report) | {"error": str(error)})
        write_line(f"newsletter: {error}", err=True)
        if rejections := _format_rejections(error.report):
            invocation.say(rejections)
        sys.exit(error.exit_code)
    changed = report.added or report.updated
    undo = "Not what you meant? `newsletter subscribers import --undo` takes it back."
    lines = (*_describe(report), _format_rejections(report), undo if changed else "")
    text = "\n".join(filter(None, lines))
    invocation.print_result(text, _report_json(report))


def _try_out(invocation: Invocation, file: BinaryIO, options: dict[str, Any]) -> None:
    from newsletter.subscriptions.import_trial import try_import

    context = invocation.open()
    with ExitStack() as stack:
        with import_bar(invocation, file) as draw:
            trial = stack.enter_context(try_import(context, file, progress=draw, **options))
        if invocation.json:
            _print_trial_json(trial)
        elif not invocation.quiet:
            for outcome in trial.outcomes():
                write_line(_format_outcome(outcome))
            if trial.refused is None:
                write_line("\n".join(_describe(trial.report, trial=True)))
                write_line("Nothing was stored: this was a dry run.")
        if trial.refused is not None:
            write_line(f"newsletter: {trial.refused}", err=True)
            sys.exit(ExitCode.FAILED)


def _undo(invocation: Invocation) -> None:
    from newsletter.subscriptions.list_import import undo_import

    undone = undo_import(invocation.open())
    parts = (
        (undone.removed, "off the list again"),
        (undone.restored, "as before"),
        (undone.kept, "left alone, because they changed since"),
    )
    changes = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "nobody to change"
    text = f"The last import ({undone.source}) is undone: {changes}."
    document = {
        "source": undone.source,
        "removed": undone.removed,
        "restored": undone.restored,
        "kept": undone.kept,
    }
    invocation.print_result(text, document)


def _describe(report: ImportReport, *, trial: bool = False) -> list[str]:
    """Return what the import found and did, or would do, a sentence a line."""
    lines = [f"Recognised as an export of {report.format}."] if report.format else []
    lines.append(
        f"{report.read} read: {report.added} added, {report.updated} updated, "
        f"{report.unchanged} unchanged, {report.rejected_total} rejected."
    )
    if report.statuses:
        counts = ", ".join(f"{count:,} {status}" for status, count in report.statuses)
        lines.append(f"Added and updated people {'would be' if trial else 'are now'}: {counts}.")
    if report.unread_columns:
        lines.append(f"Columns not read: {', '.join(report.unread_columns)}.")
    return [*lines, *report.notes]


def _format_outcome(outcome: RowOutcome) -> str:
    if outcome.outcome == "rejected":
        return f"line {outcome.line}: rejected. {outcome.reason}"
    status = f", {outcome.status}" if outcome.status else ""
    text = f"line {outcome.line}: {outcome.address}: {outcome.outcome}{status}."
    return f"{text} {outcome.reason}".rstrip()


def _print_trial_json(trial: ImportTrial) -> None:
    """Print the trial as one JSON document, a row at a time: memory stays flat."""
    out = sys.stdout
    out.write('{"dry_run": true, "rows": [')
    for number, outcome in enumerate(trial.outcomes()):
        row = {
            "line": outcome.line,
            "email": outcome.address or None,
            "outcome": outcome.outcome,
            "status": outcome.status or None,
            "reason": outcome.reason,
        }
        out.write(("" if number == 0 else ",") + "\n  " + encode_json(row))
    document = _report_json(trial.report)
    if trial.refused is not None:
        document["error"] = str(trial.refused)
    out.write("\n], " + encode_json(document)[1:] + "\n")


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "read": report.read,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "rejected": [{"line": row.line, "reason": row.reason} for row in report.rejected],
        "rejected_total": report.rejected_total,
        "format": report.format,
        "statuses": dict.fromkeys(_STATUSES, 0) | dict(report.statuses),
        "unread_columns": list(report.unread_columns),
        "notes": list(report.notes),
    }


def _format_rejections(report: ImportReport) -> str:
    lines = [f"  line {row.line}: {row.reason}" for row in report.rejected]
    if report.rejected_total > len(lines):
        lines.append(f"  … and {report.rejected_total - len(lines)} more.")
    return "\n".join(lines)
