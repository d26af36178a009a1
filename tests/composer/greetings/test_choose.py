"""Putting a greeting together from the parts that fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from newsletter.composer.greetings.book import GreetingUse, Intro, IntroBook, uses_of
from newsletter.composer.greetings.selection import REST_ISSUES
from newsletter.models import AUTO_GREETING, Greeting, GreetingOverride
from tests.composer.greetings.opening import WEEK, choice_of, home_at, opens

MID_FALL = date(2027, 10, 10)
FIRST_OF_FALL = date(2027, 9, 5)
Book = Callable[..., IntroBook]

PARTS = """
[[thought]]
id = "neutral"
text = "Out of the door you go."
[[thought]]
id = "party"
when = { occasion = "party" }
text = "$Occasion is $when, in $days."
[[opener]]
id = "weekend"
when = { weekday = "sunday" }
text = "I hope you had an awesome weekend and are ready for the $week!"
[[occasion]]
id = "party"
name = "the club party"
dates = [2027-11-30]
[[hello]]
id = "hi"
text = "Hello $season running season!!"
"""


def at(
    book: IntroBook,
    day: date,
    *,
    key: str = "",
    memory: tuple[GreetingUse, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Greeting:
    home = home_at("America/Denver")
    return opens(book, day, home, key=key or str(day), memory=memory, override=override)


def override_with(intro_id: str) -> GreetingOverride:
    return GreetingOverride(kind="intro", words=intro_id)


def test_an_opening_issue_has_opener_hello_and_thought(book_of: Book) -> None:
    book = book_of(parts=PARTS)
    texts = {at(book, FIRST_OF_FALL, key=f"lot {n}").text for n in range(30)}
    assert (
        "I hope you had an awesome weekend and are ready for the second week of September! "
        "Hello fall running season!! Out of the door you go."
    ) in texts
    assert all("Hello fall running season!!" in text for text in texts)


def test_an_occasion_says_when_it_is(book_of: Book) -> None:
    greeting = at(book_of(parts=PARTS), date(2027, 11, 28))
    assert "The club party is on Tuesday, in two days." in greeting.text
    assert (greeting.occasion, greeting.occasion_date) == ("party", "2027-11-30")


def test_one_issue_speaks_of_an_occasion_and_no_more(book_of: Book) -> None:
    book = book_of(parts=PARTS)
    before = at(book, date(2027, 11, 28))
    after = at(book, date(2027, 12, 5), memory=uses_of(before, 1))
    assert after.occasion == ""
    # An issue that something else took leaves it to the next one.
    late = book_of(parts=PARTS.replace("is $when, in $days", "was $when"))
    assert "was last Tuesday" in at(late, date(2027, 12, 5)).text


def test_a_new_season_is_greeted_even_when_its_thoughts_are_used_up(book_of: Book) -> None:
    book = book_of(parts=PARTS)
    spent = tuple(GreetingUse(intro_id=part.id, issue=3) for part in book.parts)
    assert at(book, FIRST_OF_FALL, memory=spent).text == "Hello fall running season!!"


def test_britain_opens_with_autumn(shipped: IntroBook) -> None:
    greeting = opens(shipped, FIRST_OF_FALL, home_at("Europe/London", language="en-GB"))
    hello = greeting.part("hello")
    assert hello is not None
    assert "autumn" in hello.text


def test_the_same_issue_always_gets_the_same_greeting(shipped: IntroBook) -> None:
    texts = {at(shipped, MID_FALL, key="2027-W40").text for _ in range(5)}
    assert len(texts) == 1


def test_other_issues_get_other_greetings(shipped: IntroBook) -> None:
    texts = {at(shipped, MID_FALL, key=f"issue {n}").text for n in range(50)}
    assert len(texts) > 8


def test_a_used_greeting_comes_again_after_sixty_issues(book_of: Book) -> None:
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


def test_the_author_may_choose_a_thought_that_holds_true(book_of: Book) -> None:
    book = book_of(
        two='[[thought]]\nid = "neutral"\ntext = "Run!"\n[[thought]]\nid = "season"\n'
        'when = { season = "fall" }\ntext = "Leaves, legs, go!"\n'
    )
    used = (GreetingUse(intro_id="season", issue=9),)
    chosen = at(book, MID_FALL, memory=used, override=override_with("season"))
    assert chosen.intro_id == "season"
    assert "chosen by the author" in chosen.reason
    spring = at(book, date(2027, 4, 11), override=override_with("season"))
    assert spring.intro_id == "neutral"
    assert "“season” is not for this issue" in spring.reason


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


def test_a_newsletter_in_another_language_uses_its_own_words_where_it_has_some(
    book_of: Book,
) -> None:
    french, english = home_at("Europe/Paris", language="fr"), home_at("Europe/Paris")
    books = book_of(en='language = "en"\n[[thought]]\nid = "x"\ntext = "Run!"')
    assert opens(books, MID_FALL, french).text == "Run!"
    books = book_of(
        fr='language = "fr"\n[[thought]]\nid = "y"\ntext = "Courez !"\nwhen = { months = [10] }\n'
    )
    assert opens(books, MID_FALL, french).text == "Courez !"
    assert opens(books, MID_FALL, english).text == "Run!"
    # In a month without any, English is better than nothing.
    assert opens(books, date(2027, 7, 11), french).text == "Run!"


def test_the_reason_is_kept_in_words(shipped: IntroBook) -> None:
    assert "greetings fit" in opens(shipped, MID_FALL + WEEK).reason
    assert opens(shipped, date(2027, 1, 3)).reason.startswith("new-year on 2027-01-01; ")
    assert opens(IntroBook(), MID_FALL).reason == "fall (north): no greeting fits"


def test_an_authors_race_is_counted_down_with_our_words(book_of: Book, shipped: IntroBook) -> None:
    book = book_of(
        mine='[[occasion]]\nid = "calgary"\nname = "Calgary"\nkind = "own-race"\n'
        "dates = [2027-05-30]\nbefore = 14\n"
    )
    merged = replace(shipped, occasions=book.occasions)
    texts = {opens(merged, date(2027, 5, 18), key=f"lot {n}").text for n in range(40)}
    assert len(texts) > 1
    assert all("Calgary" in text for text in texts)


def test_a_birthday_counts_the_years(book_of: Book, shipped: IntroBook) -> None:
    book = book_of(
        mine='[[occasion]]\nid = "us"\nname = "us"\nkind = "birthday"\nrule = "1 October"\n'
        "since = 2012\n"
    )
    merged = replace(shipped, occasions=book.occasions)
    texts = {opens(merged, date(2027, 9, 26), key=f"lot {n}").text for n in range(20)}
    assert any("fifteen years" in text for text in texts)


def test_two_newsletters_do_not_open_alike(shipped: IntroBook) -> None:
    days = [date(2027, 1, 3) + n * WEEK for n in range(52)]
    ours = [opens(shipped, day, home_at(seed="trails.example")).text for day in days]
    theirs = [opens(shipped, day, home_at(seed="roads.example")).text for day in days]
    assert sum(a == b for a, b in zip(ours, theirs, strict=True)) < 10


def _of_the_author(part: Intro) -> Intro:
    return replace(part, shipped=False)


def test_the_authors_own_words_come_first(book_of: Book) -> None:
    theirs = book_of(
        ours="\n".join(f'[[thought]]\nid = "t{n}"\ntext = "Thought {n}!"' for n in range(30))
    )
    own = book_of(mine='[[thought]]\nid = "mine"\ntext = "My own words."')
    mine = next(part for part in own.intros if part.id == "mine")
    book = IntroBook(intros=(*theirs.intros, _of_the_author(mine)))
    assert all(at(book, MID_FALL, key=f"lot {n}").intro_id == "mine" for n in range(20))


def test_no_greeting_is_longer_than_fifty_five_words_and_four_parts_never_come(
    shipped: IntroBook,
) -> None:
    for n in range(300):
        greeting = opens(shipped, date(2027, 1, 3) + n * timedelta(days=3), key=f"lot {n}")
        assert len(greeting.text.split()) <= 55
        assert len(greeting.parts) <= 3
        assert greeting.text == " ".join(part.text for part in greeting.parts)


def test_parts_may_be_passed_over_chosen_and_left_out(shipped: IntroBook) -> None:
    plain = opens(shipped, MID_FALL)
    other = opens(shipped, MID_FALL, override=GreetingOverride(passed_over=(plain.intro_id,)))
    assert other.intro_id not in {"", plain.intro_id}
    bare = opens(shipped, MID_FALL, override=GreetingOverride(left_out=("opener",)))
    assert bare.part("opener") is None
    candidates = choice_of(shipped, MID_FALL).candidates["thought"]
    assert candidates[0].id == plain.intro_id
    wanted = candidates[1].id
    assert opens(shipped, MID_FALL, override=override_with(wanted)).intro_id == wanted


def test_what_the_author_never_wants_again_is_not_drawn(shipped: IntroBook) -> None:
    plain = opens(shipped, MID_FALL)
    book = shipped.without_parts(frozenset({plain.intro_id}))
    assert opens(book, MID_FALL).intro_id != plain.intro_id


@pytest.mark.parametrize("number", [10, 26, 42, 50, 100, 200])
def test_round_numbers_are_told(shipped: IntroBook, number: int) -> None:
    # A week late now and then, so that no year is full on the day.
    day = date(2027, 7, 18)
    earlier = tuple(day - n * timedelta(days=2) for n in range(number - 1, 0, -1))
    greeting = opens(shipped, day, earlier=earlier, next_day=day + timedelta(days=2))
    if number <= 100:
        assert greeting.occasion.startswith("milestone")
        assert str(number) in greeting.text


def test_the_first_issue_a_return_and_a_year_have_words_of_their_own(shipped: IntroBook) -> None:
    day = date(2027, 7, 18)
    assert opens(shipped, day, earlier=()).occasion == "first-issue"
    assert opens(shipped, day, earlier=(day - 5 * WEEK,)).occasion == "after-a-pause"
    assert opens(shipped, day, earlier=(day - 3 * WEEK,)).occasion == ""
    weekly = tuple(day - n * WEEK for n in range(52, 0, -1))
    assert opens(shipped, day, earlier=weekly).occasion == ""
    assert opens(shipped, day, earlier=(day - 53 * WEEK, *weekly)).occasion == "anniversary"
    # Four weeks are no pause for a monthly newsletter.
    monthly = (day - 9 * WEEK, day - 5 * WEEK)
    month = opens(shipped, day, earlier=monthly, next_day=day + 4 * WEEK)
    assert month.occasion == ""


def test_the_parts_of_a_greeting_do_not_echo_each_other(book_of: Book) -> None:
    book = book_of(
        parts='[[opener]]\nid = "o"\ntext = "How was your $week?"\n'
        '[[thought]]\nid = "asks"\ntext = "Which hill do you like?"\n'
        '[[thought]]\nid = "dated"\ntext = "Enjoy $month, everybody."\n'
        '[[thought]]\nid = "plain"\ntext = "Run tall and smile."\n'
    )
    pairs = {tuple(part.id for part in at(book, MID_FALL, key=f"lot {n}").parts) for n in range(60)}
    assert ("o", "plain") in pairs
    assert not {("o", "asks"), ("o", "dated")} & pairs


def test_an_autumn_run_is_not_a_autumn_run(book_of: Book) -> None:
    book = book_of(parts='[[thought]]\nid = "a"\ntext = "There\'s nothing like a $season run!"\n')
    british = home_at("Europe/London", language="en-GB")
    assert opens(book, MID_FALL, british).text == "There's nothing like an autumn run!"
    assert opens(book, MID_FALL).text == "There's nothing like a fall run!"


SHARED_WORDS = """
[[occasion]]
id = "fair"
name = "the fair"
kind = "party"
dates = [2027-10-12, 2028-10-10]
[[occasion]]
id = "dance"
name = "the dance"
kind = "party"
dates = [2028-02-15]
[[opener]]
id = "soon"
when = { occasion = "party" }
text = "Hooray, $occasion is $when!"
[[opener]]
id = "nearly"
when = { occasion = "party" }
text = "It's nearly time for $occasion!"
"""


def test_words_for_a_day_return_with_it_and_wait_for_any_other(book_of: Book) -> None:
    book = book_of(parts=PARTS + SHARED_WORDS)
    fair = at(book, MID_FALL)
    opener = fair.part("opener")
    assert opener is not None
    memory = uses_of(fair, 1)
    other = {"soon", "nearly"} - {opener.id}
    for number in range(10):
        dance = at(book, date(2028, 2, 13), key=f"lot {number}", memory=memory)
        assert {part.id for part in dance.parts} & {"soon", "nearly"} == other
    next_year = at(book, date(2028, 10, 8), memory=(*memory, *uses_of(dance, 20)))
    assert [part.id for part in next_year.parts][:1] == [opener.id]
