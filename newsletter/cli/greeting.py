"""`intros` and `greeting`: the greetings of a year, and the author's choice for one issue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
    from newsletter.editorial.greeting_override import IssueGreetings
    from newsletter.editorial.greeting_year import Year
    from newsletter.models import Hemisphere


@command()
@click.option("--year", type=click.IntRange(1, 9999), help="Default: this year.")
@click.option(
    "--hemisphere",
    type=click.Choice(["north", "south", "tropics"]),
    help="Whose season; yours if not said.",
)
@click.option("--monthly", is_flag=True, help="Of the month's issue, for who chose that.")
@click.option(
    "--html",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also draw the year as a calendar.",
)
@pass_invocation
def intros(
    invocation: Invocation,
    year: int | None,
    hemisphere: Hemisphere | None,
    monthly: bool,
    file: Path | None,
) -> None:
    """Print the greeting each issue of a year opens with, and why."""
    from newsletter.editorial.greeting_year import greetings_of_year, render_year

    context = invocation.open()
    calendar = greetings_of_year(context, year, hemisphere, "monthly" if monthly else None)
    if file is not None:
        file.write_text(render_year(context.config, calendar), "utf-8")
        invocation.say(f"The calendar of {calendar.year} is in {file}.")
    for problem in calendar.book.problems:
        invocation.say(str(problem))
    invocation.print_result(_format_year(calendar), _year_json(calendar))


def _format_year(calendar: Year) -> str:
    if not calendar.weeks:
        return f"No issue is planned in {calendar.year}, and none went out."
    return "\n\n".join(
        f"{week.day}  {week.greeting.text or '(no greeting)'}\n"
        f"            {'sent, ' if week.sent else ''}{week.greeting.reason}"
        for week in calendar.weeks
    )


def _year_json(calendar: Year) -> dict[str, Any]:
    return {
        "year": calendar.year,
        "hemisphere": calendar.hemisphere,
        "weeks": [
            {
                "date": week.day.isoformat(),
                "issue": week.number,
                "sent": week.sent,
                "season": week.greeting.season.name,
                "phase": week.greeting.season.phase,
                "occasion": week.greeting.occasion or None,
                "intro_id": week.greeting.intro_id or None,
                "text": week.greeting.text,
                "reason": week.greeting.reason,
            }
            for week in calendar.weeks
        ],
        "problems": [
            {"file": problem.place.file, "line": problem.place.line, "message": problem.message}
            for problem in calendar.book.problems
        ],
    }


@command()
@click.argument("issue")
@click.option("--text", metavar="TEXT", help="Your own words, for every edition.")
@click.option("--intro", "intro_id", metavar="ID", help="The greeting with this id.")
@click.option("--none", "without", is_flag=True, help="No greeting.")
@click.option("--auto", is_flag=True, help="The one we would choose, after all.")
@pass_invocation
def greeting(
    invocation: Invocation,
    issue: str,
    text: str | None,
    intro_id: str | None,
    without: bool,
    auto: bool,
) -> None:
    """Show or decide how an issue opens. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.greeting_override import issue_greetings, override_greeting
    from newsletter.errors import UsageError
    from newsletter.models import GreetingOverride

    overrides = [
        *([GreetingOverride(kind="text", words=text)] if text is not None else []),
        *([GreetingOverride(kind="intro", words=intro_id)] if intro_id is not None else []),
        *([GreetingOverride(kind="none")] if without else []),
        *([GreetingOverride()] if auto else []),
    ]
    if len(overrides) > 1:
        raise UsageError("Give one of --text, --intro, --none and --auto, not several.")
    context = invocation.open()
    greetings = (
        override_greeting(context, issue, overrides[0])
        if overrides
        else issue_greetings(context, issue)
    )
    if greetings.voided:
        invocation.say(greetings.voided)
    invocation.print_result(_format_greetings(greetings), _greetings_json(greetings))


def _format_greetings(greetings: IssueGreetings) -> str:
    return "\n\n".join(
        f"{greeting.season.hemisphere}: {greeting.text or '(no greeting)'}\n  {greeting.reason}"
        for greeting in greetings.greetings
    )


def _greetings_json(greetings: IssueGreetings) -> dict[str, Any]:
    return {
        "issue": greetings.issue.number,
        "status": greetings.issue.status,
        "wish": greetings.issue.greeting_override.kind,
        "greetings": [
            {
                "edition": greeting.season.hemisphere,
                "text": greeting.text,
                "intro_id": greeting.intro_id or None,
                "reason": greeting.reason,
            }
            for greeting in greetings.greetings
        ],
        "reason": greetings.voided,
    }
