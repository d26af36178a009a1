"""A sample issue for a November Sunday: eight posts of different shapes."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.models import (
    Greeting,
    Image,
    Issue,
    Letterhead,
    Phase,
    Post,
    SafeHtml,
    Season,
    SeasonName,
)

FOLDER = "https://photos.example.com"
BLOG = "https://mudandmiles.example.com"
#: The secret that the nonce of merge tags is derived with.
MERGE_KEY = "a secret of the sample newsletter"
LETTERHEAD = Letterhead(
    title="Mud & Miles Weekly",
    author="Robin Ashdown",
    blog=f"{BLOG}/",
    postal_address="Robin Ashdown\n12 Larch Lane\nCanmore, AB  T1W 1A1\nCanada",
    sign_off="Happy Trails and Happy Running,",
    timezone="America/Edmonton",
    site="https://news.example.com",
)
HIPS = SafeHtml(
    "<p>Three friends have asked me about their IT band this month, and all three were "
    "lying on a foam roller when they did it. <em>Get up,</em> I said.</p>"
    "<blockquote><p>Strong hips keep the knee where it belongs. A stretched band is still "
    "a band that is being pulled.</p><p>Dr. Ida Brandt, in Stride Quarterly</p></blockquote>"
    '<p>You can <a href="https://stride.example.org/hips?a=1&amp;b=2">read the whole article '
    "at stride.example.org</a>. What I do, three times a week:</p>"
    "<h2>The routine</h2><ul><li>Side steps with a band, 15 each way</li>"
    "<li>Single-leg bridges, until I say a bad word</li></ul><h4>Later</h4>"
    "<table><tr><th>Week</th><th>Sets</th></tr><tr><td>1</td><td>2</td></tr></table>"
    f'<figure><img src="{FOLDER}/hips.jpg" alt="A side step with a band" width="560">'
    "<figcaption>Drawing: the clinic on Fourth Street</figcaption></figure>"
)


def _day(day: int, hour: int = 15) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def _post(number: int, title: str, *, day: int, excerpt: str, **more: object) -> Post:
    post = Post(
        id=number,
        feed=f"{BLOG}/feed/",
        guid=f"{BLOG}/?p={number}",
        url=f"{BLOG}/2026/11/{day:02}/post-{number}/",
        title=title,
        published=_day(day),
        excerpt=excerpt,
        html=SafeHtml(f"<p>{excerpt}</p>"),
        reading_minutes=3,
    )
    return _replace(post, more)


def _replace(post: Post, more: dict[str, object]) -> Post:
    values: dict[str, object] = {name: getattr(post, name) for name in Post.__slots__}
    return Post(**{**values, **more})  # type: ignore[arg-type]  # names and types are those of Post


POSTS = (
    _post(
        18,
        "Hips over foam rollers",
        day=20,
        excerpt=(
            "Three friends have asked me about their IT band this month, and all three were "
            "lying on a foam roller when they did it. Get up, I said. What helped my knee was "
            "never the roller, it was ten dull minutes of side steps with a rubber band."
        ),
        html=HIPS,
        image=Image(
            url=f"{FOLDER}/hips.jpg",
            alt="A runner steps sideways against a rubber band",
            width=1200,
        ),
        comment_count=2,
        reading_minutes=4,
    ),
    _post(
        17,
        "First frost on the river loop",
        day=18,
        excerpt=(
            "Minus four, no wind, and the gravel sounded like breakfast cereal. I saw one heron "
            "and two people with better gloves than mine."
        ),
        image=Image(url=f"{FOLDER}/frost.jpg", alt="Frost on a gravel path at dawn", width=1200),
        comment_count=11,
    ),
    _post(
        16,
        "What is in my pack for a long run when the forecast says one thing, the sky says "
        "another and the last shop is nineteen kilometres behind me",
        day=17,
        excerpt="A jacket, always. Then the things I have learned to carry, one bad day at a time.",
        image=Image(url=f"{FOLDER}/pack.jpg", alt="pack.jpg", width=1200),
        comment_count=1,
    ),
    _post(
        15,
        "🏃‍♀️ Turkey trot: the costume vote is open 🦃🎉",
        day=16,
        excerpt="Last year's gravy boat chafed. You have until Thursday to choose my fate.",
        comment_count=0,
    ),
    _post(
        14,
        "“The hill does not care” and other things my coach says",
        day=14,
        excerpt=(
            "She said it on the fourth repeat, to nobody in particular: “The hill does not care.” "
            "I have thought about it on every hill since, and in one tax appointment."
        ),
        image=Image(url=f"{FOLDER}/hill.jpg", alt="A steep track between two firs", width=1200),
    ),
    _post(
        13,
        "秋の山道を走る: a letter from Nagano",
        day=13,
        excerpt="My cousin runs above the clouds and sends me pictures of it. 紅葉がきれいです。",
        image=Image(url=f"{FOLDER}/nagano.jpg", alt="Red maples above a sea of cloud", width=1200),
        comment_count=3,
    ),
    _post(12, "Race report: the 50 km that was 53", day=12, excerpt="", reading_minutes=9),
    _post(
        11,
        "Shoes I have loved & lost <3",
        day=11,
        excerpt="An obituary for five pairs, with mileages, causes of death and one open question.",
        image=Image(url=f"{FOLDER}/shoes.jpg", alt="Five worn pairs on a step", width=150),
    ),
)
NORTH = (
    "Hello fall running season!! The leaves are down, the roots are hiding under them, and the "
    "headlamp is back on its hook by the door. Lift your feet and enjoy the crunch."
)
SOUTH = "Hello spring running season!! The mornings are light again before the coffee is."


def _greeting(text: str, name: SeasonName, phase: Phase, hemisphere: str) -> Greeting:
    season = Season(name=name, phase=phase, hemisphere=hemisphere)  # type: ignore[arg-type]  # any string here
    return Greeting(text=text, season=season, reason="it opens the season")


ISSUE = Issue(
    key="2026-W47",
    number=12,
    planned_for=datetime(2026, 11, 22, 14, 0, tzinfo=UTC),
    created_at=_day(21),
    subject="Hips over foam rollers, +7 more",
    preheader="Also: First frost on the river loop, What is in my pack for a long run…",
    greetings=(
        _greeting(NORTH, "fall", "first", "north"),
        _greeting(SOUTH, "spring", "first", "south"),
    ),
    note=SafeHtml(
        "<p>My left shin is talking to me again, so this was a week of short ones and long "
        "stretches of looking at maps.</p>\n"
        "<p>Thank you for the race advice. I am doing the hilly one.</p>"
    ),
    posts=POSTS,
)
