"""The author's own dates: races, single days, occasions of one country, and the weather."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter import resources
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.load import load_book
from newsletter.models import Race
from tests.composer.greetings.opening import WEEK, home_at, opens

WriteBook = Callable[..., IntroBook]


def with_ours(folder: Path, text: str) -> IntroBook:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return load_book((folder, resources.templates() / "intros"))


@pytest.mark.parametrize(
    ("zone", "occasion"),
    [
        ("America/New_York", "turkey-trot"),
        ("US/Mountain", "turkey-trot"),
        ("America/Edmonton", ""),
        ("Europe/London", ""),
        ("UTC", ""),
    ],
)
def test_only_authors_in_the_united_states_get_the_turkey_trot(
    shipped: IntroBook, zone: str, occasion: str
) -> None:
    assert opens(shipped, date(2026, 11, 22), home_at(zone)).occasion == occasion


def test_readers_of_the_other_hemisphere_get_no_holidays_of_the_author(
    shipped: IntroBook,
) -> None:
    greeting = opens(shipped, date(2026, 11, 22), home_at("America/New_York"), side="south")
    assert greeting.occasion == ""


def test_a_region_is_two_letters(book_of: WriteBook) -> None:
    book = book_of(
        mine='[[occasion]]\nid = "a"\nname = "A"\nkind = "race"\nrule = "1 May"\nregion = "Texas"'
    )
    assert "line 6: “Texas” is no country" in str(book.problems[0])


def test_a_race_is_counted_down_and_listed(tmp_path: Path) -> None:
    race = '[[race]]\nname = "Calgary"\ndate = 2027-05-30\nurl = "https://example.com"\n'
    book = with_ours(tmp_path, race)
    assert book.problems == ()
    assert book.races == (Race(name="Calgary", day=date(2027, 5, 30), url="https://example.com"),)
    texts = {opens(book, date(2027, 5, 18), key=f"lot {n}").text for n in range(40)}
    assert any("Twelve days to Calgary!" in text for text in texts)
    assert all("algary" in text for text in texts)
    assert "algary" not in opens(book, date(2027, 5, 15)).text


def test_an_author_date_comes_before_everything_else(tmp_path: Path) -> None:
    book = with_ours(
        tmp_path, '[[day]]\ndate = 2027-09-08\ntext = "Ten years ago $when I began."\n'
    )
    first_of_fall = opens(book, date(2027, 9, 5), weeks_before=0)
    assert first_of_fall.text.endswith(" Ten years ago on Wednesday I began.")
    assert [part.name for part in first_of_fall.parts] == ["hello", "thought"]
    assert "I began" not in opens(book, date(2027, 9, 12)).text


@pytest.mark.parametrize(
    ("toml", "line", "message"),
    [
        ('[[race]]\nname = "A"', 2, "A race needs its date"),
        ('[[race]]\nname = "A"\ndate = "May"', 3, "a date like"),
        ('[[race]]\nname = "A"\ndate = 2027-05-30\nurl = "x"', 4, "must be a web address"),
        ('[[race]]\nname = "A"\ndate = 2027-05-30\nplcae = "x"', 4, "did you mean “place”"),
        ('[[day]]\ntext = "A"', 2, "such as date = 2027-05-30"),
        ('[[day]]\ndate = 2027-05-30\ntext = ""', 3, "must be some text"),
    ],
)
def test_a_wrong_author_date_is_reported(
    tmp_path: Path, toml: str, line: int, message: str
) -> None:
    book = with_ours(tmp_path, toml)
    assert [problem.place.line for problem in book.problems] == [line]
    assert message in str(book.problems[0])


EVENTS = """\
BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
SUMMARY:Moose Mountain\\, the long one
DTSTART;VALUE=DATE:20270814
LOCATION:Bragg Creek
URL:https://example.com/moose
END:VEVENT
BEGIN:VEVENT
SUMMARY:No such day
DTSTART;VALUE=DATE:20270230
END:VEVENT
BEGIN:VEVENT
SUMMARY:Every year
DTSTART;VALUE=DATE:20250401
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
SUMMARY:Off
STATUS:CANCELLED
DTSTART;VALUE=DATE:20270501
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270502
END:VEVENT
BEGIN:VEVENT
SUMMARY:Early start
DTSTART:20270606T190000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Cut off
"""


def test_a_calendar_file_gives_its_races_and_names_its_bad_events(tmp_path: Path) -> None:
    (tmp_path / "races.ics").write_text(EVENTS.replace("\n", "\r\n"), encoding="utf-8", newline="")
    book = load_book((tmp_path,), zone=ZoneInfo("Pacific/Auckland"))
    assert book.races == (
        Race(name="Early start", day=date(2027, 6, 7)),
        Race(
            name="Moose Mountain, the long one",
            day=date(2027, 8, 14),
            place="Bragg Creek",
            url="https://example.com/moose",
        ),
    )
    values = [(problem.place.line, problem.message) for problem in book.problems]
    bad = [(line, message) for line, message in values if "No greeting speaks" not in message]
    assert [line for line, _ in bad] == [11, 16, 23, 30]
    assert "“No such day” has no date" in bad[0][1]
    assert "“Every year” repeats" in bad[1][1]
    assert "no name" in bad[2][1]
    assert "cut off" in bad[3][1]


@pytest.mark.parametrize("octets", [b"", b"\xff\xfe\x00", b"PK\x03\x04", b"BEGIN:VEVENT\n"])
def test_a_file_that_is_no_calendar_is_named(tmp_path: Path, octets: bytes) -> None:
    (tmp_path / "races.ics").write_bytes(octets)
    (problem,) = load_book((tmp_path,)).problems
    assert "races.ics, line 1: this is not a calendar file" in str(problem)


def test_a_race_in_a_file_and_in_a_calendar_is_one(tmp_path: Path) -> None:
    (tmp_path / "races.ics").write_text(EVENTS, encoding="utf-8")
    book = with_ours(
        tmp_path, '[[race]]\nname = "moose mountain, the long one"\ndate = 2027-08-14\n'
    )
    assert [race.day for race in book.races].count(date(2027, 8, 14)) == 1


def test_weather_greetings_are_opt_in(shipped: IntroBook, with_weather: IntroBook) -> None:
    july = date(2027, 7, 18)
    assert with_weather.problems == ()
    assert opens(with_weather, july, home_at(weather=True)).occasion == "heat-north"
    assert opens(shipped, july).occasion == ""
    assert opens(with_weather, july, home_at("Australia/Sydney", "south")).occasion == ""
    berlin = home_at("Europe/Berlin", weather=True)
    assert opens(with_weather, date(2027, 10, 17), berlin).occasion == "first-frost-north"


def test_what_init_writes_for_the_author_works_when_the_comments_are_taken_away(
    tmp_path: Path,
) -> None:
    starter = (resources.templates() / "starter" / "mine.toml").read_text("utf-8")
    blocks = [block for block in starter.split("\n\n") if "\n# [[" in block]
    live = "\n".join(
        line.removeprefix("#")
        for block in blocks
        for line in block.partition("\n#\n")[2].splitlines()
    )
    book = with_ours(tmp_path, live)
    assert book.problems == ()
    assert [race.name for race in book.races] == ["Calgary"]
    assert {"blog-birthday", "achilles", "day-2027-10-01"} <= {o.id for o in book.occasions}
    assert with_ours(tmp_path, starter).problems == ()


EDMONTON_HALF = '[[race]]\nname = "the Edmonton Half"\ndate = 2027-09-05\n'


@pytest.mark.parametrize("weekday", range(7))
def test_an_own_race_is_never_lost_and_has_an_afterwards_whatever_the_weekday(
    tmp_path: Path, weekday: int
) -> None:
    book = with_ours(tmp_path, EDMONTON_HALF)
    race = date(2027, 9, 5)
    first = race - timedelta(days=20) + timedelta(days=weekday)
    days = [first + n * WEEK for n in range(6)]
    said = [opens(book, day, key=f"{day}") for day in days]
    told = ["dmonton" in greeting.text for greeting in said]
    ahead = [day for day in days if 0 <= (race - day).days <= 14]
    after = next(day for day in days if day > race)
    assert all(told[days.index(day)] for day in ahead)
    assert told[days.index(after)]
    assert not told[-1]


def test_a_race_on_the_first_issue_of_a_season_comes_with_its_hello(tmp_path: Path) -> None:
    book = with_ours(tmp_path, EDMONTON_HALF)
    greeting = opens(book, date(2027, 9, 5))
    assert [part.name for part in greeting.parts][:2] == ["opener", "hello"]
    assert "dmonton Half" in greeting.text
    assert greeting.season.phase == "first"


def test_a_window_of_the_authors_own_still_has_an_afterwards(tmp_path: Path) -> None:
    book = with_ours(tmp_path, EDMONTON_HALF + "before = 3\nafter = 2\n")
    assert "dmonton" not in opens(book, date(2027, 8, 29)).text
    assert "dmonton" in opens(book, date(2027, 9, 12)).text
    never = with_ours(tmp_path, EDMONTON_HALF + "after = 0\n")
    assert "dmonton" not in opens(never, date(2027, 9, 12)).text


def test_a_file_without_a_language_is_in_the_newsletters_own(tmp_path: Path) -> None:
    book = with_ours(
        tmp_path,
        '[[day]]\ndate = 2027-10-01\ntext = "Zehn Jahre Blog $when! Danke fürs Mitlaufen."\n',
    )
    german = home_at("Europe/Berlin", language="de")
    greeting = opens(book, date(2027, 9, 26), german)
    assert greeting.text == "Zehn Jahre Blog in 5 Tagen! Danke fürs Mitlaufen."
    assert greeting.language == ""
    assert opens(book, date(2027, 9, 30), german).text.startswith("Zehn Jahre Blog morgen!")
    # In the other weeks there is a greeting all the same, marked as English.
    other = opens(book, date(2027, 7, 11), german)
    assert (bool(other.text), other.language) == (True, "en")
