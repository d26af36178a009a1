"""The author's answers for a new newsletter, and the check of each: pure but for time zones."""

from __future__ import annotations

import calendar
import difflib
import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from newsletter.config.address import ascii_mailbox, bare_address, free_mail_domain, is_address
from newsletter.config.settings import Weekday
from newsletter.errors import UsageError

_DAYS: tuple[str, ...] = get_args(Weekday)
_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))? *(am|pm)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HOST = re.compile(r"([\w-]+\.)+[\w-]+|localhost|\[[0-9a-f:.]+\]", re.IGNORECASE)
_MONTHS = [name.lower() for name in calendar.month_name]
_SHORTEST_NAME = 3
_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupAnswers:
    """The author's answers; "" or () for no answer, which the blog and the machine then give."""

    blog: str
    sender: str
    postal_address: str
    title: str = ""
    author: str = ""
    author_email: str = ""
    timezone: str = ""
    hemisphere: str = ""
    #: None: as usual there. (): none, a place without seasons.
    wet_months: tuple[int, ...] | None = None
    language: str = ""
    day: str = "sunday"
    time: str = "07:00"
    mailer: str = "outbox"
    #: Whose link unsubscribes. `mailto` needs a [mailbox], which no answer gives.
    unsubscribe: Literal["own", "sendgrid"] = "own"
    #: How many of the newest posts wait for the first issue; all others count as seen.
    backfill: int = 0
    allow_private: bool = False
    #: Whether a feed may be taken that holds something else than the blog's newest posts.
    accept_partial: bool = False


def check_blog(text: str) -> str:
    """Return the blog's address if it looks like one. Raise UsageError."""
    address = text.strip()
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        is_usable = bool(_HOST.fullmatch(parts.hostname or "")) and not {" ", "@"} & set(address)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UsageError(f"{text!r} is not a web address.", cure="Write it like your-blog.example.")
    return address


def check_sender(text: str, *, mailer: str = "outbox") -> str:
    """Return the From address, its domain in ASCII. Raise UsageError or SettingsError."""
    sender = ascii_mailbox(text.strip(), "The sender")
    if not is_address(bare_address(sender)):
        raise UsageError(
            f"{text!r} holds no e-mail address to send from.",
            cure='Write it as "Happy Trails <news@example.com>".',
        )
    domain = free_mail_domain(sender)
    if domain and mailer != "outbox":
        raise UsageError(
            f"A newsletter cannot come from {domain}: mail programs would refuse it.",
            cure="Use an address of a domain of your own.",
        )
    return sender


def check_author_email(text: str) -> str:
    """Return the author's own address, "" for none. Raise UsageError or SettingsError."""
    address = ascii_mailbox(text.strip(), "Your address")
    if address and not is_address(bare_address(address)):
        raise UsageError(f"{text!r} is no e-mail address.", cure="Write it like you@example.com.")
    return address


def check_postal_address(text: str) -> str:
    """Return the postal address. Raise UsageError if there is none."""
    if not text.strip():
        raise UsageError(
            "A newsletter needs a postal address: the law asks for one in every issue.",
            cure="Give it with --postal-address; a post office box will do.",
        )
    return text.strip()


def check_zone(text: str) -> str:
    """Return the IANA time zone that is meant, by its name or its city. Raise UsageError."""
    wanted = text.strip().replace(" ", "_").casefold()
    names = {name.casefold(): name for name in available_timezones()}
    if wanted in names:
        return names[wanted]
    cities = sorted(name for name in names.values() if "/" in name and "Etc/" not in name)
    matches = [name for name in cities if name.rpartition("/")[2].casefold() == wanted]
    if matches:
        return matches[0]
    by_city = {name.rpartition("/")[2].casefold(): name for name in cities}
    near = difflib.get_close_matches(wanted.rpartition("/")[2], by_city, n=1, cutoff=0.7)
    hint = f"Did you mean {by_city[near[0]]}?" if near else "Write it like Europe/London."
    raise UsageError(f"As far as we know, there is no time zone called {text!r}.", cure=hint)


def check_day(text: str) -> str:
    """Return the day of the week that begins so. Raise UsageError."""
    wanted = text.strip().lower()
    days = [day for day in _DAYS if len(wanted) >= 2 and day.startswith(wanted)]  # noqa: PLR2004  # "t" and "s" are two days each
    if not days:
        raise UsageError(f"{text!r} is no day of the week.", cure=f"One of {', '.join(_DAYS)}.")
    return days[0]


def check_time(text: str) -> str:
    """Return a time of day as `07:00`. Raise UsageError."""
    match = _TIME.fullmatch(text.strip())
    hour, minute = (int(match[1]), int(match[2] or 0)) if match else (-1, 0)
    if match and match[3]:
        hour = hour % 12 + (12 if match[3].lower() == "pm" else 0)
    if not (0 <= hour <= 23 and 0 <= minute <= 59):  # noqa: PLR2004  # hours and minutes of a clock
        raise UsageError(f"{text!r} is no time of day.", cure="Write it like 07:00.")
    return f"{hour:02}:{minute:02}"


def check_language(text: str) -> str:
    """Return a BCP 47 tag such as `de` or `pt-PT`. Raise UsageError."""
    tag = text.strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(tag):
        raise UsageError(
            f"{text!r} is no language's tag.", cure="Write it like en, de, es, fr, it, nl or pt."
        )
    primary, *rest = tag.split("-")
    return "-".join((primary.lower(), *(part.upper() if len(part) == 2 else part for part in rest)))  # noqa: PLR2004  # a country's two letters


def check_months(text: str) -> tuple[int, ...]:
    """Return the months of `5-10`, `4, 5, 6`, `May to October` or `none`. Raise UsageError."""
    if text.lower().strip(" []") in ("", "none"):
        return ()
    months: list[int] = []
    for part in re.split(r"[,;]| and ", text.lower().strip(" []")):
        ends = [_month(end, text) for end in re.split(r" to |-|–", part.strip())]
        span = (ends[-1] - ends[0]) % _YEAR
        months += [(ends[0] + step - 1) % _YEAR + 1 for step in range(span + 1)]
    return tuple(dict.fromkeys(months))


def _month(text: str, whole: str) -> int:
    word = text.strip()
    if word.isdecimal() and 1 <= int(word) <= _YEAR:
        return int(word)
    for number, name in enumerate(_MONTHS):
        if len(word) >= _SHORTEST_NAME and name.startswith(word):
            return number
    raise UsageError(f"{whole!r} names no months.", cure="Write them like 5-10 or May to October.")


def check_unsubscribe(text: str) -> Literal["own", "sendgrid"]:
    """Return whose link unsubscribes. Raise UsageError."""
    wanted = text.strip().lower()
    if wanted and "own".startswith(wanted):
        return "own"
    if wanted and "sendgrid".startswith(wanted):
        return "sendgrid"
    raise UsageError(
        f"{text!r} is neither own nor sendgrid.",
        cure='A third way, a letter to a mailbox of yours, is unsubscribe = "mailto" in '
        "newsletter.toml, once [mailbox] is set.",
    )


def check_backfill(text: str) -> int:
    """Return a number of posts. Raise UsageError."""
    if not text.strip().isdecimal():
        raise UsageError(f"{text!r} is no number of posts.", cure="Write 0 for none.")
    return int(text)
