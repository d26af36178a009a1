"""The subject and the preheader of an issue: what an inbox shows of it."""

from __future__ import annotations

from collections.abc import Mapping

from newsletter.composer.phrases import Phrases
from newsletter.composer.templating import fill_line
from newsletter.errors import ComposeError
from newsletter.models import Post
from newsletter.text import calm, one_line, shorten

SUBJECT_LENGTH = 50
PREHEADER_SHORTEST = 40
PREHEADER_LONGEST = 90
_SHORTEST_LEAD = 16
_SUBJECT_SETTING = "[issue] subject"
_PREHEADER_SETTING = "[issue] preheader"


def subject_line(
    posts: tuple[Post, ...],
    *,
    phrases: Phrases,
    template: str,
    season_word: str,
    number: int,
    title: str,
    earlier: frozenset[str] = frozenset(),
) -> str:
    """Return the subject: at most 50 characters, the most important in the first 33.

    It differs from all subjects in `earlier`. If the template gives one of them, another
    post leads; if that does not help, the season or the issue's number goes in.

    `template` is Jinja2 and may use `lead` (the first post's title, shortened if the line
    is too long), `more` (the number of other posts), `titles`, `count`, `season` (the word,
    e.g. "fall"), `number` (of the issue) and `title` (of the newsletter). If it is empty,
    the template in `phrases` is used. Lengths follow
    https://www.emailtooltester.com/en/blog/email-subject-lines-character-limit/.

    Raise ComposeError if the template is broken or gives an empty line.
    """
    fields = _fields(posts, phrases, season_word, number, title)
    default = _default_template(phrases)
    source = template or default
    numbered = phrases.number_subject.format(number="{{ number }}", subject=default)
    used = {subject.casefold() for subject in earlier}
    leads = (str(fields["lead"]), *(_headline(post, phrases) for post in posts[1:]))
    fallback = (
        _season_template(phrases) if source == default else _numbered_template(phrases, source)
    )
    attempts = (*((source, lead) for lead in leads), (fallback, leads[0]))
    lines = (_fill_subject(candidate, {**fields, "lead": lead}) for candidate, lead in attempts)
    unused = (line for line in lines if line.casefold() not in used)
    # No other issue has this number.
    return next(unused, _fill_subject(numbered, fields))


def _default_template(phrases: Phrases) -> str:
    more = phrases.more.format(lead="{{ lead }}", number="{{ more }}")
    return f"{{% if more %}}{more}{{% else %}}{{{{ lead }}}}{{% endif %}}"


def _season_template(phrases: Phrases) -> str:
    season = "{{ season[:1] | upper }}{{ season[1:] }}"
    return phrases.season_subject.format(season=season, subject=_default_template(phrases))


def _numbered_template(phrases: Phrases, template: str) -> str:
    return phrases.number_behind.format(subject=template, number="{{ number }}")


def _fields(
    posts: tuple[Post, ...], phrases: Phrases, season_word: str, number: int, title: str
) -> dict[str, object]:
    """Return the variables of the subject's and the preheader's template."""
    titles = tuple(_headline(post, phrases) for post in posts)
    return {
        "lead": titles[0] if titles else one_line(title),
        "more": max(len(titles) - 1, 0),
        "titles": titles,
        "count": len(titles),
        "season": season_word,
        "number": number,
        "title": one_line(title),
    }


def _fill_subject(template: str, fields: Mapping[str, object]) -> str:
    """Fill the template; shorten the lead first, so that the text after it stays."""
    lead = str(fields["lead"])
    line = _fill(template, fields, _SUBJECT_SETTING)
    room = len(lead) - (len(line) - SUBJECT_LENGTH)
    if len(line) > SUBJECT_LENGTH and room >= _SHORTEST_LEAD:
        line = _fill(template, {**fields, "lead": shorten(lead, room)}, _SUBJECT_SETTING)
    return shorten(line, SUBJECT_LENGTH)


def _fill(template: str, fields: Mapping[str, object], setting: str) -> str:
    line = fill_line(template, fields, setting=setting)
    # SendGrid substitutes <%…%> in subjects too.
    line = calm(one_line(line)).replace("<%", "< %").replace("%>", "% >")
    if not line:
        raise ComposeError(
            f"The template in {setting} gives an empty line.",
            cure="Write some words into it, or remove the line to have the default.",
        )
    return line


def _headline(post: Post, phrases: Phrases) -> str:
    """Return the post's title with at most one emoji; never empty."""
    return calm(one_line(post.title)) or shorten(one_line(post.excerpt), 60) or phrases.untitled


def preheader_line(
    posts: tuple[Post, ...],
    subject: str,
    *,
    phrases: Phrases,
    template: str = "",
    season_word: str = "",
    number: int = 0,
) -> str:
    """Return the preheader: 40 to 90 characters that an inbox shows after the subject.

    Names the posts that the subject does not, then quotes how the posts begin. `template`
    is Jinja2 and may use the subject's variables except `title`, and `rest`, the line that
    an empty template gives.

    Raise ComposeError if the template is broken or gives an empty line.
    """
    in_subject = subject.casefold()
    titles = (_headline(post, phrases) for post in posts)
    others = tuple(title for title in titles if title.casefold()[:_SHORTEST_LEAD] not in in_subject)
    line = phrases.also.format(titles=", ".join(others)) if others else ""
    count = phrases.format_count(phrases.fresh, len(posts))
    fillers = (*(_text_beginning(post) for post in posts), count)
    if template:
        fields = _fields(posts, phrases, season_word, number, "")
        rest = _lengthen(line, fillers)
        del fields["title"]
        line = _fill(template, {**fields, "rest": rest}, _PREHEADER_SETTING)
    return shorten(_lengthen(line, fillers), PREHEADER_LONGEST, least=PREHEADER_SHORTEST)


def _lengthen(line: str, fillers: tuple[str, ...]) -> str:
    """Append as many of `fillers` as `line` needs to reach the shortest length."""
    for filler in fillers:
        if len(line) >= PREHEADER_SHORTEST:
            break
        if filler and filler not in line:
            line = f"{_end_sentence(line)}{filler}"
    return line


def _end_sentence(line: str) -> str:
    """Return `line` with a full stop, unless it ends in punctuation, and a space."""
    if not line:
        return ""
    return f"{line} " if line[-1] in ".!?…:" else f"{line}. "


def _text_beginning(post: Post) -> str:
    """Return how the post's text begins, without a repetition of its title."""
    return one_line(post.excerpt).removeprefix(one_line(post.title)).lstrip(" .:–—-")
