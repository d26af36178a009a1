"""The machine's clock, against that of a server on the internet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime

from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import FetchError
from newsletter.reader.http.call import Call, CallResult, call

_SECONDS = 5.0
_SLIGHT, _GRAVE = dt.timedelta(minutes=5), dt.timedelta(days=1)
_CURE = "Let the machine set its clock by the network (`timedatectl set-ntp true` on Linux)."


def check_clock(installation: Installation) -> Iterator[Diagnosis]:
    """Compare the clock with the Date header of the mailer's server, or of the feed's."""
    settings = installation.settings
    urls = [settings.sender.sendgrid.host] if settings.sender.mailer == "sendgrid" else []
    for url in (*urls, settings.feeds[0].url):
        with suppress(FetchError):
            answer = call(
                Call(url=url),
                seconds=installation.seconds_left(_SECONDS),
                allow_private=True,
            )
            if date := server_date(answer):
                # The answer is younger than the doctor's own start.
                yield judge_clock(dt.datetime.now(dt.UTC), date)
                return
    yield note("clock", "No server could be asked for the time.")


def judge_clock(now: dt.datetime, true_now: dt.datetime) -> Diagnosis:
    """Judge how far the clock is off. Pure."""
    off = abs(now - true_now)
    way = "ahead" if now > true_now else "behind"
    if off >= _GRAVE:
        return error(
            "clock",
            f"This machine's clock is {off.days} day{'s' * (off.days != 1)} {way}: it says "
            f"{now:%Y-%m-%d %H:%M} UTC. Issues would go out on the wrong day.",
            _CURE,
        )
    if off >= _SLIGHT:
        minutes = int(off.total_seconds() // 60)
        return warning("clock", f"This machine's clock is {minutes} minutes {way}.", _CURE)
    return ok("clock", "This machine's clock is right.")


def server_date(answer: CallResult) -> dt.datetime | None:
    """Return the time by the server, None if it does not say or a cache answered long after it."""
    try:
        date = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=dt.UTC)
    age = answer.headers.get("age", "0")
    return date + dt.timedelta(seconds=int(age[:9])) if age.isascii() and age.isdigit() else date
