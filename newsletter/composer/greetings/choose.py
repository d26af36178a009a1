"""Choose the greeting of an edition: opener, hello, thought and bridge.

Each part is drawn at random, weighted, among those that fit the day and have rested. The
draws are seeded with the newsletter, the issue and the hemisphere, so that preview, a second
draft and delivery agree, and two newsletters do not open alike. A part added to a file
changes the result only if it wins the draw.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from newsletter.composer.greetings.book import GreetingUse, IntroBook
from newsletter.composer.greetings.match import Circumstances, Home, circumstances_of
from newsletter.composer.greetings.moments import moments_of
from newsletter.composer.greetings.occasions import OccasionDate, nearby_occasions
from newsletter.composer.greetings.picks import Filler
from newsletter.composer.greetings.selection import recall
from newsletter.composer.greetings.writer import Choice, GreetingWriter
from newsletter.composer.phrases import primary_language
from newsletter.models import AUTO_GREETING, Greeting, GreetingOverride, Hemisphere, Post


def greet(
    book: IntroBook,
    home: Home,
    *,
    issue_key: str,
    day: date,
    hemisphere: Hemisphere,
    earlier: tuple[date, ...],
    next_day: date | None,
    memory: tuple[GreetingUse, ...],
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Greeting:
    """Return the greeting for readers in `hemisphere` of the issue `issue_key`, dated `day`.

    `day`, `earlier` (the days of earlier issues) and `next_day` are dates in the author's
    time zone. `memory` lists what earlier issues used, without this one. A part that this
    edition used lately is not used again; one that only other editions used is taken if no
    other is left.

    `override` may name an intro or other parts that the author asks for: each is used, rested
    or not, if its conditions hold. It may pass over some, and leave parts out.

    If nothing fits, the text is "".
    """
    return consider(
        book,
        home,
        issue_key=issue_key,
        day=day,
        hemisphere=hemisphere,
        earlier=earlier,
        next_day=next_day,
        memory=memory,
        posts=posts,
        override=override,
    ).greeting


def consider(
    book: IntroBook,
    home: Home,
    *,
    issue_key: str,
    day: date,
    hemisphere: Hemisphere,
    earlier: tuple[date, ...],
    next_day: date | None,
    memory: tuple[GreetingUse, ...],
    posts: tuple[Post, ...] = (),
    override: GreetingOverride = AUTO_GREETING,
) -> Choice:
    """Return the greeting as `greet` does, with the candidates for each part."""
    now = circumstances_of(home, day=day, hemisphere=hemisphere, earlier=earlier, next_day=next_day)
    tongues = dict.fromkeys((primary_language(home.language), "en"))
    choices = []
    for tongue in tongues:
        writer = GreetingWriter(
            book=book,
            now=now,
            filler=Filler(now=now, tongue=tongue),
            recalled=recall(memory, hemisphere),
            seed=f"{home.seed} {issue_key} {hemisphere}".strip(),
            override=override,
        )
        choices.append(writer.write(_nearby(book, now, earlier), posts, earlier))
        if choices[-1].greeting.text:
            break
    return next((choice for choice in choices if choice.greeting.text), choices[0])


def _nearby(
    book: IntroBook, now: Circumstances, earlier: tuple[date, ...]
) -> tuple[OccasionDate, ...]:
    home = now.home
    occasions = nearby_occasions(
        book.occasions,
        now.days,
        hemisphere=now.season.hemisphere,
        author_hemisphere=home.hemisphere,
        zone=ZoneInfo(home.timezone),
        regions=home.regions,
    )
    moments = [(near.occasion.priority, near) for near in moments_of(now.days, earlier)]
    events = [*moments, *((near.weight, near) for near in occasions)]
    events.sort(key=lambda event: -event[0])
    return tuple(near for _, near in events)
