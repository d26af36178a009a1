"""`intros` and `greeting`: the greetings of a year, and the author's choice for one issue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.invocation import Invocation, command, pass_invocation

if TYPE_CHECKING:
    from newsletter.editorial.greeting_override import GreetingChange
    from newsletter.editorial.greeting_year import Year
    from newsletter.editorial.issue_greetings import IssueGreetings
    from newsletter.models import Greeting, Hemisphere, PartName

_PART_NAMES: tuple[PartName, ...] = ("opener", "hello", "thought", "bridge")


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
                "parts": _parts_json(week.greeting),
                "part_ids": _part_ids_json(week.greeting),
                "reason": week.greeting.reason,
            }
            for week in calendar.weeks
        ],
        "problems": [
            {"file": problem.place.file, "line": problem.place.line, "message": problem.message}
            for problem in calendar.book.problems
        ],
    }


_PART = click.Choice(["opener", "thought", "bridge"])


@command()
@click.argument("issue")
@click.option("--text", metavar="TEXT", help="Your own words, for every edition.")
@click.option(
    "--edition",
    type=click.Choice(["north", "south", "tropics"]),
    help="With --text or --none: only for these readers.",
)
@click.option(
    "--use",
    "--intro",
    "ids",
    metavar="ID",
    multiple=True,
    help="The opener, thought or bridge with this id; may be repeated.",
)
@click.option("--another", type=_PART, help="Another one in place of this part.")
@click.option("--without", type=_PART, help="Leave this part out.")
@click.option("--never", metavar="ID", help="Never use this part again.")
@click.option("--allow", metavar="ID", help="Use a part after all that you never wanted again.")
@click.option("--none", "nothing", is_flag=True, help="No greeting.")
@click.option("--auto", is_flag=True, help="The one we would choose, after all.")
@pass_invocation
def greeting(
    invocation: Invocation,
    issue: str,
    text: str | None,
    edition: Hemisphere | None,
    ids: tuple[str, ...],
    another: PartName | None,
    without: PartName | None,
    never: str | None,
    allow: str | None,
    nothing: bool,
    auto: bool,
) -> None:
    """Show or decide how an issue opens. ISSUE is a number, `next` or `last`."""
    from newsletter.editorial.find_issue import find_issue
    from newsletter.editorial.greeting_override import change_greeting
    from newsletter.editorial.issue_greetings import greetings_of
    from newsletter.storage.database.engine import snapshot

    is_whole = text is not None or nothing
    wishes = (text is not None, ids, another, without, never, allow, nothing, auto)
    _require_one(wishes, edition, is_whole=is_whole)
    context = invocation.open()
    change = (
        _whole_change(text, edition)
        if is_whole
        else _part_change(ids, another, without, never, allow, auto=auto)
    )
    if change is None:
        with snapshot(context.engine) as connection:
            stored = find_issue(connection, context.settings, issue)
            greetings = greetings_of(connection, context.config, stored, context.clock())
    else:
        greetings = change_greeting(context, issue, change)
    if greetings.voided:
        invocation.say(greetings.voided)
    invocation.print_result(_format_greetings(greetings), _greetings_json(greetings))


def _require_one(wishes: Sequence[object], edition: Hemisphere | None, *, is_whole: bool) -> None:
    from newsletter.errors import UsageError

    if sum(map(bool, wishes)) > 1:
        raise UsageError("Give one of --text, --use, --another, --none and --auto, not several.")
    if edition and not is_whole:
        raise UsageError("--edition goes with --text or --none.")


def _whole_change(text: str | None, edition: Hemisphere | None) -> GreetingChange:
    """Return the author's own words for everybody or one edition, or no greeting at all."""
    from newsletter.editorial.greeting_override import GreetingChange

    if text is None or (edition and not text.strip()):
        return GreetingChange(act="none", hemisphere=edition)
    return GreetingChange(act="write", words=text, hemisphere=edition)


def _part_change(
    ids: tuple[str, ...],
    another: PartName | None,
    without: PartName | None,
    never: str | None,
    allow: str | None,
    *,
    auto: bool,
) -> GreetingChange | None:
    """Return what one of these options wants, None without any."""
    from newsletter.editorial.greeting_override import GreetingChange

    if another is not None:
        return GreetingChange(act="another", part=another)
    if without is not None:
        return GreetingChange(act="without", part=without)
    if never is not None:
        return GreetingChange(act="never", ids=(never,))
    if allow is not None:
        return GreetingChange(act="allow", ids=(allow,))
    if auto:
        return GreetingChange(act="auto")
    return GreetingChange(act="use", ids=ids) if ids else None


def _format_greetings(greetings: IssueGreetings) -> str:
    blocks = [
        f"{greeting.season.hemisphere}: {greeting.text or '(no greeting)'}\n  {greeting.reason}"
        for greeting in greetings.greetings
    ]
    for name, parts in greetings.candidates:
        lines = [f"{name}:"]
        for number, part in enumerate(parts):
            lines.append(f"  {'*' if number == 0 else ' '} {part.id} ({part.reason})")
            lines.append(f"      {part.text}")
        blocks.append("\n".join(lines))
    if greetings.candidates:
        blocks.append(
            f"Change it: newsletter greeting {greetings.issue.number} --another thought, "
            "--use ID, --without opener,\n--never ID, --text “Your own words”, --none."
        )
    return "\n\n".join(blocks)


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
                "parts": _parts_json(greeting),
                "part_ids": _part_ids_json(greeting),
                "reason": greeting.reason,
            }
            for greeting in greetings.greetings
        ],
        "candidates": {
            name: [{"id": part.id, "text": part.text, "reason": part.reason} for part in parts]
            for name, parts in greetings.candidates
        },
        "reason": greetings.voided,
    }


def _parts_json(greeting: Greeting) -> dict[str, str | None]:
    """Return the words of each part, null for one that is left out."""
    return {name: part.text if (part := greeting.part(name)) else None for name in _PART_NAMES}


def _part_ids_json(greeting: Greeting) -> dict[str, str | None]:
    return {name: part.id if (part := greeting.part(name)) else None for name in _PART_NAMES}
