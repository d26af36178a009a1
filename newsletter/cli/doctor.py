"""`doctor` and `health`: look the installation over, in full or as a monitor does."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.exit_codes import exit_with
from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.doctor.diagnosis import Diagnosis

_MARKS = {"error": "ERROR   ", "warning": "WARNING ", "note": "note    ", "ok": "ok      "}
_INDENT = " " * 10


@command()
@click.option("--fix", is_flag=True, help="Take files from other users of this machine.")
@click.option(
    "--selector",
    "selectors",
    multiple=True,
    metavar="NAME",
    help="A DKIM key of your mail provider's, such as s1; may be given several times.",
)
@pass_invocation
def doctor(invocation: Invocation, fix: bool, selectors: tuple[str, ...]) -> None:
    """Look over settings, files, clock, blog, database, mailer, DNS, site and upkeep.

    It sends nothing, and changes nothing but for --fix. Exit code 3 if something wants a look.
    """
    import datetime as dt
    from pathlib import Path

    from newsletter.demo.marker import serve_sample_blog
    from newsletter.doctor.examine import examine

    folder = Path(invocation.folder or os.environ.get("NEWSLETTER_FOLDER") or ".").resolve()
    with serve_sample_blog(folder, dt.datetime.now(dt.UTC)):
        diagnoses = examine(folder, os.environ, fix=fix, selectors=selectors)
    matters = any(diagnosis.matters for diagnosis in diagnoses)
    invocation.print_result(
        _format(diagnoses),
        {
            "ok": not matters,
            "findings": [
                {name: value for name, value in asdict(diagnosis).items() if name != "verdict"}
                | {"level": diagnosis.verdict}
                for diagnosis in diagnoses
            ],
        },
    )
    if invocation.quiet:
        # A daily line in a crontab mails what is printed: what wants a look, and nothing else.
        for diagnosis in filter(_matters, diagnoses):
            invocation.warn(f"{diagnosis.area}: {diagnosis.text} {diagnosis.cure}")
    exit_with(attention=matters)


@command()
@click.option("--url", metavar="URL", help="Ask the site's /healthz there instead.")
@pass_invocation
def health(invocation: Invocation, url: str | None) -> None:
    """Whether the database answers and the disk takes more: exit code 0, else 1.

    For the health check of a container or a monitor. `doctor` looks at much more.
    """
    from newsletter.cli.exit_codes import ExitCode
    from newsletter.pipeline.health import ask_site
    from subscribers.errors import HappyTrailsError

    try:
        document = ask_site(url) if url else _check_newsletter(invocation)
    except HappyTrailsError as error:
        # Docker knows 0 and 1 alone, so settings that cannot be used are no 2 here.
        invocation.fail(str(error), ExitCode.FAILED)
    last_run = document["last_run"]
    when = f"The last run was at {last_run}." if last_run else "No run has come by yet."
    invocation.print_result(f"All is well. {when}", {"status": "ok", "last_run": last_run})


def _check_newsletter(invocation: Invocation) -> dict[str, Any]:
    from newsletter.pipeline.health import require_health
    from newsletter.storage.database.engine import snapshot

    context = invocation.open()
    with snapshot(context.engine) as connection:
        return require_health(connection, context.folder)


def _matters(diagnosis: Diagnosis) -> bool:
    return diagnosis.matters


def _format(diagnoses: Sequence[Diagnosis]) -> str:
    lines: list[str] = []
    area = ""
    for diagnosis in diagnoses:
        if diagnosis.area != area:
            area = diagnosis.area
            lines += ["", area] if lines else [area]
        lines += _wrap(f"  {_MARKS[diagnosis.verdict]}", diagnosis.text)
        if diagnosis.cure:
            lines += _wrap(_INDENT, f"→ {diagnosis.cure}")
    errors = sum(diagnosis.verdict == "error" for diagnosis in diagnoses)
    warnings = sum(diagnosis.verdict == "warning" for diagnosis in diagnoses)
    verdict = "All is well."
    if errors or warnings:
        parts = [
            f"{count} {word}{'s' * (count != 1)}"
            for count, word in ((errors, "error"), (warnings, "warning"))
            if count
        ]
        verdict = f"{' and '.join(parts)}; each says what to do."
    return "\n".join([*lines, "", verdict])


def _wrap(start: str, text: str) -> list[str]:
    """Return the text in lines of a terminal, the first behind `start`."""
    import textwrap

    return textwrap.wrap(
        text,
        width=88,
        initial_indent=start,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
