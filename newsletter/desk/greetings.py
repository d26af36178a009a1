"""The page of the greetings: the year as it was and will be, the author's own, what came when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from flask import Blueprint, render_template, request

from newsletter.desk.current import current_context
from newsletter.desk.navigation import page_number
from newsletter.editorial.greeting_year import Year, greetings_of_year, uses_of_parts
from newsletter.models import HEMISPHERES, Hemisphere
from newsletter.storage.database.engine import snapshot

_FIRST_YEAR = 1
#: No greeting file of a person is longer; the rest is not shown.
_MOST_BYTES = 200_000
_FOLDER = "intros"
blueprint = Blueprint("greetings", __name__, url_prefix="/greetings")


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingFile:
    """A file of greetings of the author."""

    #: Its place in the newsletter folder.
    name: str
    text: str
    #: (line, what the author should look at)
    problems: tuple[tuple[int, str], ...]


@blueprint.get("/")
def index() -> str:
    """Show the greetings of a year."""
    context = current_context()
    this_year = context.clock().astimezone(context.zone).year
    chosen_year = page_number(request.args.get("year", ""), least=_FIRST_YEAR)
    hemisphere = parse_hemisphere(
        request.args.get("hemisphere", ""), context.settings.newsletter.hemisphere
    )
    year = greetings_of_year(
        context, this_year if chosen_year == _FIRST_YEAR else chosen_year, hemisphere
    )
    with snapshot(context.engine) as connection:
        uses = uses_of_parts(connection)
    return render_template(
        "desk/greetings.html",
        year=year,
        this_year=this_year,
        months=tuple(
            (month, tuple(weeks))
            for month, weeks in groupby(year.weeks, key=lambda week: f"{week.day:%B}")
        ),
        hemispheres=HEMISPHERES,
        files=tuple(read_files(context.folder, year)),
        uses=uses,
    )


def parse_hemisphere(text: str, default: Hemisphere) -> Hemisphere:
    """Return the hemisphere of a query; `default` for what is none."""
    return next((known for known in HEMISPHERES if known == text), default)


def read_files(folder: Path, year: Year) -> Iterator[GreetingFile]:
    """Yield the author's own files of greetings, each with the findings about it."""
    for path in sorted((folder / _FOLDER).glob("*.toml")):
        name = f"{_FOLDER}/{path.name}"
        try:
            text = path.read_bytes()[:_MOST_BYTES].decode("utf-8", "replace")
        except OSError as error:
            text = f"It cannot be read: {error.strerror}."
        problems = tuple(
            (problem.place.line, problem.message)
            for problem in year.book.problems
            if problem.place.file == name
        )
        yield GreetingFile(name=name, text=text, problems=problems)
