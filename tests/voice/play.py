"""Play the issues of some years in a place, and judge what readers would have got."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from newsletter.composer.greetings.book import GreetingUse, Intro, IntroBook, uses_of
from newsletter.composer.greetings.choose import greet
from newsletter.composer.greetings.match import circumstances_of, fits
from newsletter.composer.greetings.occasions import Occasion, dates_rule, range_rule
from newsletter.composer.greetings.selection import REST_ISSUES, shape_of
from newsletter.models import Facts, Greeting, Post, SafeHtml
from tests.voice.places import PlayedPlace

_POST = Post(feed="f", guid="g", url="https://example.com/p", title="A quiet week", id=1)
#: What issues hold in turn, so that every kind of bridge has its week.
_POSTS: tuple[tuple[Post, ...], ...] = (
    (),
    (_POST,),
    (replace(_POST, facts=Facts(race="Lakeside 10K", distance="10 km", time="52:10")),),
    (_POST, replace(_POST, id=2, title="Another one")),
    (replace(_POST, title="My sore knee"),),
    (_POST, replace(_POST, id=2), replace(_POST, id=3)),
    (replace(_POST, facts=Facts(distance="12.4 km", time="1:14:00", pace="5:58 min/km")),),
    (_POST, replace(_POST, id=2, comment_count=14)),
    (_POST, replace(_POST, id=2, html=SafeHtml("<img><img><img>"))),
    (_POST, replace(_POST, id=2, categories=("Training",))),
    (replace(_POST, title="Race report: hills", facts=Facts(distance="8 km")),),
    (replace(_POST, title="Injury notes"),),
)
_MOST_WORDS = 55


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An issue of the play."""

    number: int
    day: date
    greeting: Greeting
    #: Whether its posts were there to be led to.
    posts: int


@dataclass(slots=True)
class Verdict:
    """What a play came to."""

    issues: int = 0
    #: Issues whose opener or thought names the weekend, the week or the month.
    dated: int = 0
    with_opener: int = 0
    with_bridge: int = 0
    words: int = 0
    used: Counter[str] = field(default_factory=Counter)
    #: The fewest thoughts that fitted a week, and where and when that was.
    fewest_fitting: tuple[int, str] = (10**6, "")
    faults: list[str] = field(default_factory=list)

    def add(self, other: Verdict) -> None:
        """Take in what another play came to."""
        self.issues += other.issues
        self.dated += other.dated
        self.with_opener += other.with_opener
        self.with_bridge += other.with_bridge
        self.words += other.words
        self.used += other.used
        self.fewest_fitting = min(self.fewest_fitting, other.fewest_fitting)
        self.faults += other.faults


def with_author_dates(book: IntroBook, first: int, years: int) -> IntroBook:
    """Return the book of an author who races, has a birthday, gets hurt and comes back.

    Every other year is without such dates, so that the calendar speaks too.
    """
    own: list[Occasion] = []
    for year in range(first, first + years, 2):
        for month, day in ((3, 14), (6, 12), (8, 29), (11, 3)):
            name = f"Lakeside {month}"
            race = dates_rule((date(year, month, day),))
            own.append(_own(f"race-{year}-{month}", name, "own-race", race, before=14))
        hurt, back = date(year, 1, 25), date(year, 2, 15)
        injury = range_rule(hurt, hurt + timedelta(days=13))
        own.append(_own(f"injury-{year}", "my calf", "injury", injury, before=0, after=0))
        comeback = range_rule(back, back + timedelta(days=13))
        own.append(_own(f"comeback-{year}", "my calf", "comeback", comeback, before=0, after=0))
    birthdays = dates_rule(tuple(date(year, 9, 20) for year in range(first, first + years)))
    blog = _own("birthday", "the blog's birthday", "birthday", birthdays)
    return replace(book, occasions=(*book.occasions, *own, replace(blog, since=2012, once=True)))


def _own(
    name: str, words: str, kind: str, rule: object, *, before: int | None = None,
    after: int | None = None,
) -> Occasion:  # fmt: skip
    return Occasion(
        id=name,
        name=words,
        kind=kind,
        rule=rule,  # type: ignore[arg-type]  # a date rule
        before=before,
        after=after,
        priority=75 if kind == "own-race" else 70,
        once=False,
    )


def play(
    book: IntroBook,
    place: PlayedPlace,
    first_day: date,
    issues: int,
    *,
    pauses: Sequence[int] = (),
    skips: int = 0,
    days: int = 7,
    with_posts: bool = True,
) -> tuple[Played, ...]:
    """Return `issues` issues that are `days` apart; after each number in `pauses` come six weeks.

    With `skips`, the author skips a week after each so many issues.
    """
    played: list[Played] = []
    memory: deque[GreetingUse] = deque()
    earlier: list[date] = []
    day = first_day
    for number in range(1, issues + 1):
        posts = _POSTS[(number + first_day.day) % len(_POSTS)] if with_posts else ()
        greeting = greet(
            book,
            place.home,
            issue_key=f"{day.isocalendar().year}-W{day.isocalendar().week:02}",
            day=day,
            hemisphere=place.home.hemisphere,
            earlier=tuple(earlier),
            next_day=day + timedelta(days=days),
            memory=tuple(memory),
            posts=posts,
        )
        played.append(Played(number=number, day=day, greeting=greeting, posts=len(posts)))
        memory.extend(uses_of(greeting, number))
        earlier.append(day)
        is_skipped = skips and number % skips == 0
        day += timedelta(days=days + (42 if number in pauses else 7 if is_skipped else 0))
    return tuple(played)


def judge(book: IntroBook, place: PlayedPlace, played: Sequence[Played]) -> Verdict:
    """Return what the issues come to, with a sentence for each fault."""
    verdict = Verdict(issues=len(played))
    parts = {part.id: part for part in book.parts}
    occasions = {occasion.id: occasion for occasion in book.occasions}
    seen: dict[str, Played] = {}
    told: set[tuple[str, str]] = set()
    last_shape = ""
    for issue in played:
        greeting, where = issue.greeting, f"{place.name}, {issue.day}"
        verdict.used.update(part.id for part in greeting.parts)
        verdict.words += len(greeting.text.split())
        verdict.with_opener += greeting.part("opener") is not None
        verdict.with_bridge += greeting.part("bridge") is not None
        verdict.dated += _names_the_days(parts, greeting)
        verdict.faults += _faults_of(issue, where)
        for part in greeting.parts:
            verdict.faults += _repeats(parts[part.id], issue, seen, where)
        if occasion := occasions.get(greeting.occasion):
            verdict.faults += _occasion_faults(occasion, issue, told, place, where)
        thought = greeting.part("thought")
        shape = shape_of(parts[thought.id]) if thought else ""
        if shape and shape == last_shape and not parts[greeting.intro_id].occasions:
            verdict.faults.append(f"{where}: {shape} after {shape} ({greeting.intro_id})")
        last_shape = shape
    return verdict


def _faults_of(issue: Played, where: str) -> list[str]:
    words = len(issue.greeting.text.split())
    faults = []
    if not words:
        faults.append(f"{where}: no greeting")
    if words > _MOST_WORDS:
        faults.append(f"{where}: {words} words")
    if issue.greeting.bridge_posts and not issue.posts:
        faults.append(f"{where}: a bridge to nothing")
    return faults


def _repeats(part: Intro, issue: Played, seen: dict[str, Played], where: str) -> list[str]:
    """Return a sentence if an opener or a thought came within the rest of its last use.

    What belongs to a day may return with that day.
    """
    before = seen.get(part.id)
    seen[part.id] = issue
    if part.part not in ("opener", "thought") or before is None:
        return []
    ago = issue.number - before.number
    returns = part.occasions and before.greeting.occasion == issue.greeting.occasion
    if ago > REST_ISSUES or returns:
        return []
    return [f"{where}: {part.id} again after {ago} issues"]


def _occasion_faults(
    occasion: Occasion, issue: Played, told: set[tuple[str, str]], place: PlayedPlace, where: str
) -> list[str]:
    """Return a sentence if a race or holiday is greeted twice, or where nobody keeps it."""
    key = (occasion.id, issue.greeting.occasion_date)
    faults = []
    if occasion.once and key in told:
        faults.append(f"{where}: {occasion.id} greeted twice")
    if occasion.regions and not place.home.regions & set(occasion.regions):
        faults.append(f"{where}: {occasion.id} greeted where it is not kept")
    told.add(key)
    return faults


def _names_the_days(parts: dict[str, Intro], greeting: Greeting) -> bool:
    texts = [parts[part.id].text.lower() for part in greeting.parts]
    return any(
        word in text for text in texts for word in ("weekend", "$week", "$month", "$next_month")
    )


def fitting_thoughts(book: IntroBook, place: PlayedPlace, days: Iterable[date]) -> Verdict:
    """Return the fewest undated thoughts that fit one of `days`, rested or not."""
    verdict = Verdict()
    for day in days:
        now = circumstances_of(
            place.home,
            day=day,
            hemisphere=place.home.hemisphere,
            earlier=(day - timedelta(days=7),),
            next_day=day + timedelta(days=7),
        )
        count = sum(fits(part, now) and not part.occasions for part in book.intros)
        verdict.fewest_fitting = min(verdict.fewest_fitting, (count, f"{place.name}, {day}"))
    return verdict
