"""One text, said by a person or a club, in each country's English, with smileys or without."""

from __future__ import annotations

import pytest

from newsletter.composer.greetings.book import Intro, Smileys, Voice
from newsletter.composer.greetings.wording import as_club, as_spelled, mile_words, say, with_smileys


@pytest.mark.parametrize(
    ("one", "club"),
    [
        ("I hope you had a great weekend!", "We hope you had a great weekend!"),
        ("My race report is in here.", "Our race report is in here."),
        ("Tell me it's normal. I'm calm.", "Tell us it's normal. We're calm."),
        ("It may be that I was late, and I've said so.",
         "It may be that we were late, and we've said so."),
        ("Mine are by my ears.", "Ours are by our ears."),
        ("Then am I ready? Ask me.", "Then are we ready? Ask us."),
        ("Time for the time trial.", "Time for the time trial."),
    ],
)  # fmt: skip
def test_a_club_says_we(one: str, club: str) -> None:
    assert as_club(one) == club


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "My favorite color is the curb on the sidewalk. Mom has cookies."),
        ("en-US", "My favorite color is the curb on the sidewalk. Mom has cookies."),
        ("en-CA", "My favourite colour is the curb on the sidewalk. Mom has cookies."),
        ("en-GB", "My favourite colour is the kerb on the pavement. Mum has biscuits."),
        ("en-IE", "My favourite colour is the kerb on the pavement. Mum has biscuits."),
        ("en-AU", "My favourite colour is the kerb on the footpath. Mum has biscuits."),
        ("en-NZ", "My favourite colour is the kerb on the footpath. Mum has biscuits."),
        ("en-ZA", "My favourite colour is the kerb on the pavement. Mum has biscuits."),
    ],
)
def test_each_country_has_its_english(language: str, words: str) -> None:
    text = "My favorite color is the curb on the sidewalk. Mom has cookies."
    assert as_spelled(text, language) == words


def test_miles_are_for_those_who_run_them() -> None:
    assert mile_words("en-US")["miles"] == mile_words("en-GB")["miles"] == "miles"
    assert mile_words("en-CA")["mile"] == "kilometre"


@pytest.mark.parametrize(
    ("smileys", "words"),
    [
        ("text", "42.2 km in 3:58 :) What a day! ;)"),
        ("emoji", "42.2 km in 3:58 🙂 What a day! 😉"),
        ("none", "42.2 km in 3:58. What a day!"),
    ],
)
def test_smileys_come_as_the_author_likes_them(smileys: Smileys, words: str) -> None:
    assert with_smileys("42.2 km in 3:58 :) What a day! ;)", smileys) == words


@pytest.mark.parametrize(("voice", "words"), [("i", "I'm slow."), ("we", "We are slow.")])
def test_a_part_may_have_its_own_words_for_a_club(voice: Voice, words: str) -> None:
    part = Intro(id="a", text="I'm slow.", we="We are slow.", language="en", shipped=True)
    assert say(part, language="en", voice=voice, smileys="text") == words


def test_the_authors_own_words_stay_as_they_are() -> None:
    part = Intro(id="a", text="My favorite color :)", shipped=False)
    assert say(part, language="en-GB", voice="we", smileys="none") == "My favorite color :)"
