"""`stats`: what became of the issues and of the list, as text, as a report, as a table."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation, write_rendered

_FILE = click.Path(dir_okay=False, path_type=Path)
_STANDARD_OUTPUT = Path("-")


@command()
@click.argument("issue", required=False)
@click.option("--html", metavar="FILE", type=_FILE, help="Also save a report with plots.")
@click.option(
    "--csv",
    metavar="FILE",
    type=_FILE,
    help="Also save a table: a row for each issue or, with ISSUE, each post. - prints it.",
)
@click.option("--yes", is_flag=True, help="Replace whatever has the name of the file.")
@pass_invocation
def stats(
    invocation: Invocation, issue: str | None, html: Path | None, csv: Path | None, yes: bool
) -> None:
    """Show the figures of all issues and of the list, or of one issue and its posts.

    ISSUE is a number or `last`. What nobody can know is not shown as 0.
    """
    from newsletter.errors import UsageError
    from newsletter.statistics import documents, terminal
    from newsletter.statistics.files import save_text
    from newsletter.statistics.gather import issue_statistics, newsletter_statistics
    from newsletter.statistics.report_page import render_report

    is_table_printed = csv == _STANDARD_OUTPUT
    if is_table_printed and invocation.json:
        raise UsageError("Give --csv - or --json, not both.")
    context = invocation.open()
    for file in (html, csv):
        if file is not None and file != _STANDARD_OUTPUT:
            _require_consent(file, yes=yes)
    figures = issue_statistics(context, issue) if issue else newsletter_statistics(context)
    if html is not None:
        page = render_report(
            figures,
            title=context.settings.newsletter.title,
            now=context.clock(),
            zone=context.zone,
            folder=context.folder,
        )
        save_text(html, page)
        invocation.say(f"The report is in {html}: open it in a browser.")
    if csv is not None and not is_table_printed:
        save_text(csv, documents.figures_csv(figures))
        invocation.say(f"The table is in {csv}.")
    if is_table_printed:
        sys.stdout.buffer.write(documents.figures_csv(figures).encode())
        sys.stdout.buffer.flush()
    elif invocation.json:
        invocation.print_result("", documents.figures_document(figures))
    elif not invocation.quiet:
        write_rendered(terminal.render_text(figures, terminal.style_of(sys.stdout)))


def _require_consent(file: Path, *, yes: bool) -> None:
    """Ask before a file that is none of ours is replaced. Raise UsageError off a terminal."""
    from newsletter.errors import UsageError
    from newsletter.statistics.files import is_replaceable

    if yes or is_replaceable(file):
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"{file} is there already, and it is no file of this command.",
            cure="Choose another name, or give --yes to replace it.",
        )
    click.confirm(f"Replace {file}? It is no file of this command", abort=True, err=True)
