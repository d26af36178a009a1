"""Write three years of greetings as readers would get them, to be read in full."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from newsletter.composer.greetings.book import IntroBook, without_weather
from tests.voice.places import PLACE_OF, PlayedPlace
from tests.voice.play import play

_SHOWN = ("Edmonton", "Melbourne", "Singapore", "London", "Phoenix")
_FIRST = date(2027, 1, 3)
_ISSUES = 157


def write_pages(book: IntroBook, folder: Path) -> None:
    """Write one page for each place into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _SHOWN:
        page = _page(without_weather(book), PLACE_OF[name])
        (folder / f"{name.lower()}.md").write_text(page, "utf-8")


def _page(book: IntroBook, place: PlayedPlace) -> str:
    lines = [
        f"# Three years of greetings in {place.name}",
        "",
        (
            "A weekly newsletter that goes out on Sunday, as its readers would get it. Written by "
            "`make voice ARGS='--write docs/voice'`."
        ),
    ]
    year = 0
    for issue in play(book, place, _FIRST, _ISSUES, with_posts=False):
        if issue.day.year != year:
            year = issue.day.year
            lines += ["", f"## {year}", ""]
        lines.append(f"- **{issue.day:%d %B}** {issue.greeting.text}")
    return "\n".join(lines) + "\n"
