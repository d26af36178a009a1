"""A greeting leads readers only to posts that their edition has."""

from __future__ import annotations

from dataclasses import replace

from newsletter.editorial.compose import select_posts
from newsletter.models import Greeting, GreetingPart, Season
from tests.support.sample_issue import ISSUE

GREETING = Greeting(
    text="Happy Sunday! My race report is in here.",
    season=Season(name="fall", phase="mid", hemisphere="north"),
    reason="bridge",
    parts=(
        GreetingPart(name="opener", id="a", text="Happy Sunday!"),
        GreetingPart(name="bridge", id="b", text="My race report is in here."),
    ),
    bridge_posts=(2,),
)


def test_an_edition_without_the_post_has_a_greeting_without_the_bridge() -> None:
    posts = tuple(replace(post, id=number) for number, post in enumerate(ISSUE.posts[:2], 1))
    issue = replace(ISSUE, posts=posts, greetings=(GREETING,))
    assert select_posts(issue, (1, 2)).greetings == (GREETING,)
    (without,) = select_posts(issue, (1,)).greetings
    assert without.text == "Happy Sunday!"
    assert without.part("bridge") is None
    assert without.bridge_posts == ()
    assert select_posts(issue, ()).greetings == (GREETING,)
