"""The questions of `init` on a terminal: each answer is checked at once, and none is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from newsletter.cli.invocation import write_line
from newsletter.cli.output import format_day
from newsletter.config.address import free_mail_domain
from newsletter.config.places import hemisphere_of_zone, local_language, local_zone, wet_months_of
from newsletter.errors import FeedError, PrivateAddress, UsageError
from newsletter.models import HEMISPHERES
from newsletter.setup import answers as checks
from newsletter.setup.answers import SetupAnswers
from newsletter.setup.find_blog import BlogSearch, FoundBlog
from newsletter.setup.proposals import language_sentence, month_words, season_words
from newsletter.text import printable
from subscribers.errors import HappyTrailsError

Value = TypeVar("Value")

_OPTIONS = {
    "blog": "--blog",
    "author_email": "--author-email",
    "postal_address": "--postal-address",
    "title": "--title",
    "author": "--author",
    "sender": "--from",
    "timezone": "--timezone",
    "hemisphere": "--hemisphere",
    "wet_months": "--wet-months",
    "language": "--language",
    "day": "--day",
    "time": "--time",
    "unsubscribe": "--unsubscribe",
    "backfill": "--backfill",
}
# Zones of machines that nobody has told where they are.
_NOWHERE = ("UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "Zulu")


class Interview:
    """Asks for what no option says. The options and the blog propose the answers."""

    def __init__(self, given: Mapping[str, Any], *, yes: bool, today: dt.date) -> None:
        self._given, self._yes, self._today = given, yes, today
        self._allow_private: bool = given["allow_private_addresses"]
        #: The answers that were typed, by the name of their option.
        self._typed: dict[str, str] = {}

    @property
    def typed(self) -> list[str]:
        """The words of a command line that gives every answer so far; [] if none was typed."""
        if not self._typed:
            return []
        by_option = {
            option: self._typed.get(name, self._given[name]) for name, option in _OPTIONS.items()
        }
        words = [
            w for name, value in by_option.items() if value is not None for w in (name, str(value))
        ]
        if self._given["mailer"] != "outbox":
            words += ["--mailer", self._given["mailer"]]
        return [*words, *(["--allow-private-addresses"] if self._allow_private else [])]

    def read_options(self) -> SetupAnswers:
        """Return the answers that the options give. Raise UsageError or SettingsError."""
        options = self._given
        return SetupAnswers(
            blog=options["blog"],
            sender=checks.check_sender(options["sender"], mailer=options["mailer"]),
            postal_address=checks.check_postal_address(options["postal_address"]),
            title=options["title"] or "",
            author=options["author"] or "",
            author_email=checks.check_author_email(options["author_email"] or ""),
            timezone=checks.check_zone(options["timezone"]) if options["timezone"] else "",
            hemisphere=options["hemisphere"] or "",
            wet_months=checks.check_months(options["wet_months"])
            if options["wet_months"]
            else None,
            language=checks.check_language(options["language"]) if options["language"] else "",
            day=checks.check_day(options["day"] or "sunday"),
            time=checks.check_time(options["time"] or "07:00"),
            mailer=options["mailer"],
            unsubscribe=checks.check_unsubscribe(options["unsubscribe"] or "own"),
            backfill=options["backfill"] or 0,
            allow_private=self._allow_private,
            accept_partial=self._yes,
        )

    def hold(self) -> tuple[SetupAnswers, FoundBlog]:
        """Ask every question that is open; return the answers, and the blog that was found."""
        blog = self._ask("blog", "Your blog's address", checks.check_blog)
        search = BlogSearch(blog, allow_private=self._allow_private)
        author_email = self._ask(
            "author_email",
            "Your own e-mail address, for drafts and notices (Enter: none)",
            checks.check_author_email,
            optional=True,
        )
        found_blog = self._settle(search) if search.is_done else None
        postal_address = self._ask(
            "postal_address",
            "A postal address (the law asks for one in every issue; a PO box will do)",
            checks.check_postal_address,
        )
        if found_blog is None:
            found_blog = self._settle(search)
        self._describe(found_blog)
        title = self._ask("title", "The newsletter's title", _check_text, proposal=found_blog.title)
        author = self._ask(
            "author",
            "Your name, which signs the issues",
            str.strip,
            proposal=found_blog.author,
            optional=True,
        )
        sender = self._ask_sender(title)
        zone, hemisphere, wet_months = self._ask_place()
        language = self._ask(
            "language",
            "The blog's language",
            checks.check_language,
            proposal=local_language(found_blog.language, zone),
        )
        if sentence := language_sentence(language):
            _say(f"  {sentence}")
        day = self._ask("day", "Issues go out on", checks.check_day, proposal="sunday")
        time = self._ask("time", "at", checks.check_time, proposal="07:00")
        unsubscribe = self._ask(
            "unsubscribe",
            "Readers unsubscribe by a page of your own server, or without one by SendGrid's link: "
            "own or sendgrid",
            checks.check_unsubscribe,
            proposal="own",
        )
        answers = SetupAnswers(
            blog=blog,
            sender=sender,
            postal_address=postal_address,
            title=title,
            author=author,
            author_email=author_email,
            timezone=zone,
            hemisphere=hemisphere,
            wet_months=wet_months,
            language=language,
            day=day,
            time=time,
            mailer=self._given["mailer"],
            unsubscribe=unsubscribe,
            backfill=self._ask_backfill(found_blog),
            allow_private=self._allow_private,
            # `_settle` has asked.
            accept_partial=True,
        )
        return answers, found_blog

    def _ask(
        self,
        name: str,
        question: str,
        check: Callable[[str], Value],
        *,
        proposal: str = "",
        optional: bool = False,
    ) -> Value:
        """Return the checked answer: the option's, else the proposal with --yes, else what is
        typed, as often as it takes.
        """
        option = self._given[name]
        if option is not None:
            return check(str(option))
        if self._yes and (proposal or optional):
            return check(proposal)
        while True:
            text: str = click.prompt(
                question,
                default=printable(proposal) or ("" if optional else None),
                show_default=bool(proposal),
                err=True,
            )
            try:
                value = check(text)
            except HappyTrailsError as error:
                _say(f"  {error}")
                continue
            self._typed[name] = text
            return value

    def _settle(self, search: BlogSearch) -> FoundBlog:
        """Return the blog, after asking for another address as long as none can be read."""
        while True:
            if not search.is_done:
                _say("Looking at the blog…")
            try:
                found_blog = search.result()
            except PrivateAddress as error:
                _say(f"  {error.message}")
                if click.confirm("Is it a blog on your own network?", err=True):
                    self._allow_private = True
                    search = BlogSearch(self._blog(), allow_private=True)
                    continue
            except FeedError as error:
                _say(f"  {error}")
            else:
                if not found_blog.kind or self._yes:
                    return found_blog
                _say(
                    f"  {found_blog.feed.url} holds {found_blog.kind}, not the blog's newest posts."
                )
                if click.confirm("Take it all the same?", default=False, err=True):
                    return found_blog
            search = BlogSearch(self._ask_blog_again(), allow_private=self._allow_private)

    def _blog(self) -> str:
        return self._typed.get("blog") or str(self._given["blog"])

    def _ask_blog_again(self) -> str:
        while True:
            text: str = click.prompt("Your blog's address", err=True)
            try:
                address = checks.check_blog(text)
            except UsageError as error:
                _say(f"  {error}")
                continue
            self._typed["blog"] = address
            return address

    def _describe(self, found_blog: FoundBlog) -> None:
        count = len(found_blog.parsed.items)
        if found_blog.newest is None:
            _say(
                f"Found {found_blog.title!r}. It holds no posts yet; your first issue takes "
                "the first."
            )
            return
        date = found_blog.newest.published
        day = f" of {format_day(date.date())}" if date else ""
        posts = "1 post" if count == 1 else f"{count} posts, the newest"
        _say(f"Found {found_blog.title!r}: {posts} “{found_blog.newest.title}”{day}.")

    def _ask_sender(self, title: str) -> str:
        mailer = self._given["mailer"]
        sender = self._ask(
            "sender",
            "Messages come from (an address at a domain of your own)",
            lambda text: checks.check_sender(text, mailer=mailer),
        )
        if domain := free_mail_domain(sender):
            _say(
                f"  To try things out, that will do. Mail programs refuse newsletters from "
                f"{domain}, though: a real issue needs an address at a domain of your own."
            )
        return sender if "<" in sender else f"{title} <{sender}>"

    def _ask_place(self) -> tuple[str, str, tuple[int, ...]]:
        """Return the time zone, the hemisphere, and the wet months in the tropics."""
        local = local_zone()
        if local in _NOWHERE and not self._given["timezone"]:
            _say("  This machine keeps world time (UTC), which does not tell where you are.")
        zone = self._ask(
            "timezone",
            "Your time zone (a city will do)",
            checks.check_zone,
            proposal="" if local in _NOWHERE else local,
        )
        hemisphere = self._ask(
            "hemisphere",
            "Whose seasons greet your readers: north, south or tropics",
            _check_hemisphere,
            proposal=hemisphere_of_zone(zone),
        )
        months: tuple[int, ...] = ()
        if hemisphere == "tropics":
            months = self._ask(
                "wet_months",
                "The wet months there",
                checks.check_months,
                proposal=month_words(wet_months_of(zone)),
            )
        _say(f"  It is {season_words(self._today, hemisphere, months)} there now.")
        return zone, hemisphere, months

    def _ask_backfill(self, found_blog: FoundBlog) -> int:
        if not found_blog.parsed.items:
            return int(self._given["backfill"] or 0)
        return self._ask(
            "backfill",
            "What the blog holds counts as read. How many of its newest posts shall wait for the "
            "first issue",
            checks.check_backfill,
            proposal="0",
        )


def _check_text(text: str) -> str:
    if not text.strip():
        raise UsageError("It needs a name.")
    return text.strip()


def _check_hemisphere(text: str) -> str:
    wanted = text.strip().lower()
    match = next((name for name in HEMISPHERES if wanted and name.startswith(wanted)), "")
    if not match:
        raise UsageError(f"{text!r} is none of north, south and tropics.")
    return match


def _say(text: str) -> None:
    write_line(text, err=True)
