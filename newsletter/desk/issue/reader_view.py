"""The issue as one reader gets it: found by address, with their edition and their links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from newsletter.addressing.audience import is_second_rhythm, profile_of_reader
from newsletter.addressing.envelope import recipient
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import NewsletterConfig
from newsletter.models import HEMISPHERES, Hemisphere, Issue
from newsletter.storage.database.engine import Connection
from subscribers import storage as people
from subscribers.address import normalise
from subscribers.errors import HappyTrailsError
from subscribers.models import Subscriber

_SUGGESTIONS = 5
_WHERE: Mapping[Hemisphere, str] = {
    "north": "the northern hemisphere",
    "south": "the southern hemisphere",
    "tropics": "the tropics",
}
_NO_MAIL: Mapping[str, str] = {
    "pending": "has not confirmed yet, and gets nothing before that",
    "unsubscribed": "has unsubscribed, and gets nothing",
    "bounced": "gets nothing any more, because mail to them bounced",
    "complained": "gets nothing any more, because they called it spam",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderView:
    """A reader, or that there is none of that address."""

    #: What they get, as a sentence.
    sentence: str
    #: Whether they exist, so that the preview is filled in for them.
    is_found: bool = False
    #: The key of the edition that they get, "" if none.
    edition: str = ""
    #: Their merge fields; None without a reader.
    fields: Mapping[str, str] | None = None
    #: Addresses on the list that begin like the one that was looked for.
    suggestions: tuple[str, ...] = ()


def find_reader(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    issue: Issue,
    address: str,
) -> ReaderView:
    """Return what the reader of that address gets of the issue."""
    try:
        person = people.find_by_address(connection, normalise(address))
    except HappyTrailsError:
        person = None
    if person is None:
        like = people.with_address_prefix(connection, address, limit=_SUGGESTIONS)
        return ReaderView(
            sentence=f"Nobody on your list has the address {address}.",
            suggestions=tuple(other.address for other in like),
        )
    profile = profile_of_reader(issue, config.settings, person)
    sentence = _sentence(
        person, _why_nothing(config.settings, issue, person, has_posts=profile is not None)
    )
    return ReaderView(
        sentence=f"{sentence} {_edition_sentence(profile.hemisphere, profile.topics)}"
        if profile
        else sentence,
        is_found=True,
        edition=profile.key if profile else "",
        fields=dict(recipient(config, secrets, person).fields),
    )


def _why_nothing(settings: Settings, issue: Issue, person: Subscriber, *, has_posts: bool) -> str:
    """Return why the reader gets nothing of the issue, as a predicate; "" if they get it."""
    if person.status != "active":
        return _NO_MAIL.get(person.status, "gets nothing")
    is_second = is_second_rhythm(settings, issue.rhythm)
    own_is_monthly = settings.issue.rhythm == "monthly"
    if person.rhythm == "monthly" and not is_second and not own_is_monthly:
        return "chose one mail a month, and gets these posts there"
    if is_second and person.rhythm != "monthly":
        return "gets every issue, and so not the month's"
    if not has_posts:
        topics = ", ".join(person.topics)
        return f"gets nothing of this issue: no post in it is of their topics ({topics})"
    return ""


def _sentence(person: Subscriber, why_nothing: str) -> str:
    who = f"{person.name} ({person.address})" if person.name else person.address
    if why_nothing:
        return f"{who} {why_nothing}."
    return f"This is the mail that {who} gets."


def _edition_sentence(hemisphere: Hemisphere, topics: tuple[str, ...]) -> str:
    posts = f"the posts on {', '.join(topics)}" if topics else "all posts"
    where = _WHERE[hemisphere] if hemisphere in HEMISPHERES else hemisphere
    return f"It is the edition for {where}, with {posts}."
