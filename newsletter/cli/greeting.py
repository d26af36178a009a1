"""`intros` and `greeting`: how the issues of a year open, and the author's say in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
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
    frame: Invocation,
    year: int | None,
    hemisphere: Hemisphere | None,
    monthly: bool,
    file: Path | None,
) -> None:
    """Print the greeting each issue of a year opens with, and why."""
    from newsletter.editorial.greeting_year import greetings_of_year, render_year

    context = frame.open()
    found = greetings_of_year(context, year, hemisphere, "monthly" if monthly else None)
    if file is not None:
        file.write_text(render_year(context, found), "utf-8")
        frame.say(f"The calendar of {found.year} is in {file}.")
    for problem in found.book.problems:
        frame.say(str(problem))
    frame.result(_text(found), _json(found))


def _text(year: Year) -> str:
    if not year.weeks:
        return f"No issue is planned in {year.year}, and none went out."
    return "\n\n".join(
        f"{week.day}  {week.greeting.text or '(no greeting)'}\n"
        f"            {'sent, ' if week.sent else ''}{week.greeting.reason}"
        for week in year.weeks
    )


def _json(year: Year) -> dict[str, Any]:
    return {
        "year": year.year,
        "hemisphere": year.hemisphere,
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
            for week in year.weeks
        ],
        "problems": [
            {"file": one.place.file, "line": one.place.line, "message": one.message}
            for one in year.book.problems
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
    frame: Invocation,
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

    wishes = [
        *([GreetingOverride(kind="text", words=text)] if text is not None else []),
        *([GreetingOverride(kind="intro", words=intro_id)] if intro_id is not None else []),
        *([GreetingOverride(kind="none")] if without else []),
        *([GreetingOverride()] if auto else []),
    ]
    if len(wishes) > 1:
        raise UsageError("Give one of --text, --intro, --none and --auto, not several.")
    context = frame.open()
    told = (
        override_greeting(context, issue, wishes[0]) if wishes else issue_greetings(context, issue)
    )
    if told.voided:
        frame.say(told.voided)
    frame.result(
        "\n\n".join(
            f"{one.season.hemisphere}: {one.text or '(no greeting)'}\n  {one.reason}"
            for one in told.greetings
        ),
        {
            "issue": told.issue.number,
            "status": told.issue.status,
            "wish": told.issue.greeting_override.kind,
            "greetings": [
                {
                    "edition": one.season.hemisphere,
                    "text": one.text,
                    "intro_id": one.intro_id or None,
                    "reason": one.reason,
                }
                for one in told.greetings
            ],
            "reason": told.voided,
        },
    )
