"""What goes into an issue, and the two lines an inbox shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from newsletter.composer.templating import fill_line
from newsletter.composer.text.phrases import Words
from newsletter.errors import ComposeError
from newsletter.models import Post
from newsletter.text import calm, one_line, shorten

SUBJECT_LENGTH = 50
PREHEADER_SHORTEST = 40
PREHEADER_LONGEST = 90
_LEAD_SHORTEST = 16
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The posts of an issue, newest first, and those left out with the reason in words."""

    chosen: tuple[Post, ...]
    left_out: tuple[tuple[Post, str], ...] = ()


def choose(posts: tuple[Post, ...], *, max_posts: int) -> Choice:
    """Choose among the `posts` that wait.

    When more wait than fit, the oldest go first, so that no post waits for ever.
    """
    queue = sorted(posts, key=_age)
    reason = (
        f"This issue is full with {max_posts} posts and older ones go first; "
        "it waits for the next issue."
    )
    later = tuple((post, reason) for post in queue[max_posts:])
    return Choice(chosen=tuple(reversed(queue[:max_posts])), left_out=later)


def _age(post: Post) -> tuple[datetime, int, str]:
    return (post.published or post.first_seen or _LONG_AGO, post.id, post.guid)


def subject_line(
    posts: tuple[Post, ...],
    *,
    words: Words,
    template: str,
    season_word: str,
    number: int,
    title: str,
    earlier: frozenset[str] = frozenset(),
) -> str:
    """The subject, at most 50 characters, with what matters in the first 33.

    It is none of those `earlier`: where the template gives one of them, another post leads;
    if that does not help, the season does, or the issue's number.

    `template` is Jinja2 and may use: `lead` (the first post's title, shortened when the
    line would be too long), `more` (how many posts besides), `titles`, `count`, `season`
    (the word, e.g. "fall"), `number` (of the issue) and `title` (of the newsletter).
    An empty `template` stands for the one in `words`. Lengths after
    https://www.emailtooltester.com/en/blog/email-subject-lines-character-limit/.

    Raises ComposeError when the template is broken or gives nothing.
    """
    fields = _fields(posts, words, season_word, number, title)
    default = _default(words)
    source = template or default
    numbered = words.number_subject.format(number="{{ number }}", subject=default)
    spoken = {subject.casefold() for subject in earlier}
    leads = (str(fields["lead"]), *(_headline(post, words) for post in posts[1:]))
    tries = (
        *((source, lead) for lead in leads),
        (_of_season(words) if source == default else _numbered(words, source), leads[0]),
    )
    lines = (_subject(one, {**fields, "lead": lead}) for one, lead in tries)
    fresh = (line for line in lines if line.casefold() not in spoken)
    # No other issue has this one's number.
    return next(fresh, _subject(numbered, fields))


def _default(words: Words) -> str:
    more = words.more.format(lead="{{ lead }}", number="{{ more }}")
    return f"{{% if more %}}{more}{{% else %}}{{{{ lead }}}}{{% endif %}}"


def _of_season(words: Words) -> str:
    season = "{{ season[:1] | upper }}{{ season[1:] }}"
    return words.season_subject.format(season=season, subject=_default(words))


def _numbered(words: Words, template: str) -> str:
    return words.number_behind.format(subject=template, number="{{ number }}")


def _fields(
    posts: tuple[Post, ...], words: Words, season_word: str, number: int, title: str
) -> dict[str, object]:
    """What a template for the subject or the preheader may use."""
    titles = tuple(_headline(post, words) for post in posts)
    return {
        "lead": titles[0] if titles else one_line(title),
        "more": max(len(titles) - 1, 0),
        "titles": titles,
        "count": len(titles),
        "season": season_word,
        "number": number,
        "title": one_line(title),
    }


def _subject(template: str, fields: Mapping[str, object]) -> str:
    """One subject; the lead is shortened so that what follows it stays."""
    lead = str(fields["lead"])
    line = _filled(template, fields, _SETTING)
    room = len(lead) - (len(line) - SUBJECT_LENGTH)
    if len(line) > SUBJECT_LENGTH and room >= _LEAD_SHORTEST:
        line = _filled(template, {**fields, "lead": shorten(lead, room)}, _SETTING)
    return shorten(line, SUBJECT_LENGTH)


def _filled(template: str, fields: Mapping[str, object], setting: str) -> str:
    line = fill_line(template, fields, setting=setting)
    line = calm(one_line(line)).replace("<%", "< %").replace("%>", "% >")
    if not line:
        raise ComposeError(
            f"The template in {setting} gives an empty line.",
            cure="Write some words into it, or remove the line to have the default.",
        )
    return line


_SETTING = "[issue] subject"
_PREHEADER_SETTING = "[issue] preheader"


def _headline(post: Post, words: Words) -> str:
    """The post's title for the subject: calm, and never empty."""
    return calm(one_line(post.title)) or shorten(one_line(post.excerpt), 60) or words.untitled


def preheader_line(
    posts: tuple[Post, ...],
    subject: str,
    *,
    words: Words,
    template: str = "",
    season_word: str = "",
    number: int = 0,
) -> str:
    """The line an inbox shows after the subject: 40-90 characters of what else is inside.

    It names the posts the subject does not, then what the first post says. `template` is
    Jinja2 and may use the subject's fields but `title`, and `rest`, which is that line.

    Raises ComposeError when the template is broken or gives nothing.
    """
    said = subject.casefold()
    titles = (_headline(post, words) for post in posts)
    others = tuple(t for t in titles if t.casefold()[:_LEAD_SHORTEST] not in said)
    line = words.also.format(titles=", ".join(others)) if others else ""
    spares = (*(_opening(post) for post in posts), words.counted(words.fresh, len(posts)))
    if template:
        fields = _fields(posts, words, season_word, number, "")
        rest = _lengthened(line, spares)
        del fields["title"]
        line = _filled(template, {**fields, "rest": rest}, _PREHEADER_SETTING)
    return shorten(_lengthened(line, spares), PREHEADER_LONGEST, least=PREHEADER_SHORTEST)


def _lengthened(line: str, spares: tuple[str, ...]) -> str:
    """`line` with as many of `spares` after it as make it long enough."""
    for spare in spares:
        if len(line) >= PREHEADER_SHORTEST:
            break
        if spare and spare not in line:
            line = f"{_ended(line)}{spare}"
    return line


def _ended(line: str) -> str:
    """`line` as a sentence with room after it; an ending of its own is kept."""
    if not line:
        return ""
    return f"{line} " if line[-1] in ".!?…:" else f"{line}. "


def _opening(post: Post) -> str:
    """What the post says first, without its own title in front."""
    return one_line(post.excerpt).removeprefix(one_line(post.title)).lstrip(" .:–—-")
