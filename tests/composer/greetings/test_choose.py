"""Choosing one greeting from those that match."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from newsletter.composer.greetings.book import GreetingUse, IntroBook
from newsletter.composer.greetings.choose import REST_ISSUES, greet
from newsletter.models import Greeting, Hemisphere

WEEK = timedelta(days=7)
MID_FALL = date(2027, 10, 10)
Book = Callable[..., IntroBook]

TIERS = """
[[intro]]
id = "neutral"
text = "Out of the door you go."
[[intro]]
id = "season"
when = { season = "fall" }
text = "This is a good $season for it."
[[intro]]
id = "phase"
when = { season = "fall", phase = ["early", "mid", "late"] }
text = "Somewhere along in the season."
[[intro]]
id = "last"
when = { season = "fall", phase = "last" }
text = "The final one before winter."
[[intro]]
id = "first"
when = { season = "fall", phase = "first" }
text = "$hello Lace up!"
[[intro]]
id = "occasion"
when = { occasion = "party" }
text = "$Occasion is $when, in $days."
[[occasion]]
id = "party"
name = "the club party"
dates = [2027-11-30]
before = 3
[[opening]]
id = "hi"
text = "Hello $season running season!!"
"""


def at(
    book: IntroBook,
    day: date,
    *,
    key: str = "",
    weeks_before: int = 30,
    memory: tuple[GreetingUse, ...] = (),
    language: str = "en",
    side: Hemisphere = "north",
    wanted: str = "",
) -> Greeting:
    return greet(
        book,
        issue_key=key or day.isoformat(),
        day=day,
        hemisphere=side,
        language=language,
        timezone="America/Edmonton",
        earlier=tuple(day - n * WEEK for n in range(weeks_before, 0, -1)),
        next_day=day + WEEK,
        memory=memory,
        author_hemisphere=side,
        wanted=wanted,
    )


def test_the_closest_kind_wins_and_a_used_one_is_followed_by_the_next(book_of: Book) -> None:
    book = book_of(tiers=TIERS)
    day = date(2027, 11, 28)
    uses: list[GreetingUse] = []
    ids: list[str] = []
    for number in range(1, 7):
        greeting = at(book, day, memory=tuple(uses))
        ids.append(greeting.intro_id)
        uses.append(GreetingUse(intro_id=greeting.intro_id, issue=number, hemisphere="north"))
    assert ids == ["occasion", "last", "phase", "season", "neutral", ""]


def test_an_occasion_says_when_it_is(book_of: Book) -> None:
    greeting = at(book_of(tiers=TIERS), date(2027, 11, 28))
    assert greeting.text == "The club party is on Tuesday, in two days."
    assert greeting.occasion == "party"


def test_the_first_of_a_season_comes_before_any_occasion(book_of: Book) -> None:
    greeting = at(book_of(tiers=TIERS), date(2027, 11, 28), weeks_before=0)
    assert greeting.text == "Hello fall running season!! Lace up!"
    assert greeting.occasion == ""


def test_a_new_season_is_greeted_even_when_its_greetings_are_used_up(book_of: Book) -> None:
    book = book_of(tiers=TIERS)
    day = date(2027, 9, 5)
    spent = tuple(GreetingUse(intro_id=name, issue=3) for name in ("first", "occasion"))
    early = at(book, day, weeks_before=0, memory=spent)
    assert early.text == "Hello fall running season!! Somewhere along in the season."
    all_spent = tuple(GreetingUse(intro_id=intro.id, issue=3) for intro in book.intros)
    assert at(book, day, weeks_before=0, memory=all_spent).text == "Hello fall running season!!"


def test_britain_opens_with_autumn(shipped: IntroBook) -> None:
    greeting = at(shipped, date(2027, 9, 5), weeks_before=0, language="en-GB")
    assert greeting.text.startswith("Hello autumn running season!! ")


def test_the_same_issue_always_gets_the_same_greeting(shipped: IntroBook) -> None:
    texts = {at(shipped, MID_FALL, key="2027-W40").text for _ in range(5)}
    assert len(texts) == 1


def test_other_issues_get_other_greetings(shipped: IntroBook) -> None:
    texts = {at(shipped, MID_FALL, key=f"issue {n}").text for n in range(50)}
    assert len(texts) > 8


def test_a_used_greeting_comes_again_after_forty_issues(book_of: Book) -> None:
    book = book_of(one='[[intro]]\nid = "only"\ntext = "Run!"\n')
    for issues_ago, text in ((1, ""), (REST_ISSUES, ""), (REST_ISSUES + 1, "Run!")):
        memory = (
            GreetingUse(intro_id="only", issue=100 - issues_ago, hemisphere="north"),
            GreetingUse(intro_id="other", issue=99, hemisphere="north"),
        )
        assert at(book, MID_FALL, memory=memory).text == text


def test_another_edition_uses_up_only_what_need_not_be_shared(book_of: Book) -> None:
    book = book_of(two='[[intro]]\nid = "a"\ntext = "Run!"\n[[intro]]\nid = "b"\ntext = "Rest!"\n')
    south_saw_a = GreetingUse(intro_id="a", issue=9, hemisphere="south")
    north_saw_b = GreetingUse(intro_id="b", issue=9, hemisphere="north")
    keys = [f"lot {n}" for n in range(20)]
    assert {at(book, MID_FALL, key=k, memory=(south_saw_a,)).intro_id for k in keys} == {"b"}
    both = (south_saw_a, north_saw_b)
    assert {at(book, MID_FALL, key=k, memory=both).intro_id for k in keys} == {"a"}


def test_the_author_may_choose_a_greeting_that_holds_true(book_of: Book) -> None:
    book = book_of(tiers=TIERS)
    used = (GreetingUse(intro_id="season", issue=9),)
    chosen = at(book, MID_FALL, memory=used, wanted="season")
    assert (chosen.intro_id, chosen.reason) == ("season", "chosen by the author")
    spring = at(book, MID_FALL, side="south", wanted="season")
    assert spring.intro_id == "neutral"


def test_weight_is_how_often_a_greeting_is_drawn(book_of: Book) -> None:
    book = book_of(
        two='[[intro]]\nid = "rare"\nweight = 1\ntext = "Run!"\n'
        '[[intro]]\nid = "often"\nweight = 9\ntext = "Rest!"\n'
    )
    drawn = [at(book, MID_FALL, key=f"lot {n}").intro_id for n in range(1000)]
    assert 60 < drawn.count("rare") < 140


def test_a_new_greeting_changes_only_the_issues_it_wins(book_of: Book) -> None:
    files = '[[intro]]\nid = "a"\ntext = "Run!"\n[[intro]]\nid = "b"\ntext = "Rest!"\n'
    keys = [f"lot {n}" for n in range(200)]
    before = book_of(some=files)
    first = [at(before, MID_FALL, key=key).intro_id for key in keys]
    after = book_of(more='[[intro]]\nid = "c"\ntext = "Stretch!"\n')
    second = [at(after, MID_FALL, key=key).intro_id for key in keys]
    assert all(new in {old, "c"} for old, new in zip(first, second, strict=True))
    assert 40 < second.count("c") < 95


def test_an_expired_greeting_is_over(book_of: Book) -> None:
    book = book_of(old='[[intro]]\nid = "x"\nexpires = 2027-10-09\ntext = "Sign up now!"')
    assert at(book, MID_FALL - timedelta(days=1)).intro_id == "x"
    assert at(book, MID_FALL).text == ""


def test_months_narrow_a_greeting(book_of: Book) -> None:
    book = book_of(october='[[intro]]\nid = "x"\nwhen = { months = [10] }\ntext = "Boo!"')
    assert at(book, MID_FALL).text == "Boo!"
    assert at(book, MID_FALL + 5 * WEEK).text == ""


def test_a_newsletter_in_another_language_uses_its_own_greetings_once_it_has_some(
    book_of: Book,
) -> None:
    assert at(book_of(en='[[intro]]\nid = "x"\ntext = "Run!"'), MID_FALL, language="fr").text
    book = book_of(fr='language = "fr"\n[[intro]]\nid = "y"\ntext = "Courez !"')
    assert at(book, MID_FALL, language="fr-CA").text == "Courez !"
    assert at(book, MID_FALL, language="en").text == "Run!"


def test_the_reason_is_kept_in_words(shipped: IntroBook) -> None:
    assert at(shipped, MID_FALL).reason.startswith("midway through fall (north); ")
    assert at(shipped, date(2027, 1, 3)).reason.startswith("new-year on 2027-01-01; ")
    assert at(IntroBook(), MID_FALL).reason == "fall (north): no greeting fits"


def test_an_authors_race_is_counted_down_with_our_words(book_of: Book, shipped: IntroBook) -> None:
    book = book_of(
        mine='[[occasion]]\nid = "calgary"\nname = "Calgary"\nkind = "own-race"\n'
        "dates = [2027-05-30]\nbefore = 14\n"
    )
    merged = IntroBook(intros=shipped.intros, occasions=book.occasions)
    texts = {at(merged, date(2027, 5, 18), key=f"lot {n}").text for n in range(40)}
    assert any(text.startswith("Twelve days to Calgary!") for text in texts)
    assert all("Calgary is in twelve days" in t or "welve days" in t for t in texts)


def test_a_birthday_counts_the_years(book_of: Book, shipped: IntroBook) -> None:
    book = book_of(
        mine='[[occasion]]\nid = "us"\nname = "us"\nkind = "birthday"\nrule = "1 October"\n'
        "since = 2012\n"
    )
    merged = IntroBook(intros=shipped.intros, occasions=book.occasions)
    texts = {at(merged, date(2027, 9, 26), key=f"lot {n}").text for n in range(20)}
    assert any("turns fifteen years old on Friday" in text for text in texts)
