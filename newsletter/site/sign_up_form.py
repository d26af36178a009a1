"""The sign-up form: the options it offers, and what a visitor or a spam bot submitted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from werkzeug.datastructures import MultiDict

from newsletter.config.settings import Settings
from subscribers.errors import BadToken
from subscribers.models import SignUp
from subscribers.tokens import form_age, sign_form

# A honeypot: a field that people do not see and spam bots fill in.
TRAP = "summit"
# A person needs this long to fill in the form, and leaves the page open no longer than that.
FASTEST = dt.timedelta(seconds=2)
SLOWEST = dt.timedelta(hours=2)

_RHYTHMS = {"weekly": "Every week", "fortnightly": "Every two weeks", "monthly": "Every month"}
_HEMISPHERES = (
    ("", "Same as the author’s"),
    ("north", "Northern half of the world"),
    ("south", "Southern half of the world"),
    ("tropics", "The tropics"),
)

Verdict = Literal["person", "program", "too fast", "ask again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormOptions:
    """The options a reader can choose from, as (value, label)."""

    hemispheres: tuple[tuple[str, str], ...]
    #: Empty if there is only one rhythm.
    rhythms: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]
    #: The label of the newsletter's own rhythm.
    often: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSubmission:
    """A submitted form."""

    sign_up: SignUp
    #: ask again: the form token is missing (the form on a blog) or too old. The page shows
    #: the input once more, with a token.
    verdict: Verdict
    #: The form token for showing the form once more.
    token: str


def form_options(settings: Settings) -> FormOptions:
    """Return what the readers of this newsletter can choose between."""
    rhythm = settings.issue.rhythm
    often = _RHYTHMS[rhythm]
    rhythms = () if rhythm == "monthly" else (("", often), ("monthly", "Once a month"))
    return FormOptions(
        hemispheres=_HEMISPHERES,
        rhythms=rhythms,
        topics=tuple(topic.name for topic in settings.offered_topics()),
        often=often,
    )


def read_form(
    form: MultiDict[str, str], now: dt.datetime, secrets: tuple[str, ...]
) -> FormSubmission:
    """Return what was submitted, and whether a person seems to have done it."""
    sign_up = SignUp(
        address=form.get("email", "").strip(),
        name=form.get("name", ""),
        hemisphere=form.get("hemisphere", ""),
        rhythm=form.get("rhythm", ""),
        topics=tuple(form.getlist("topics")),
    )
    if form.get(TRAP):
        return FormSubmission(sign_up=sign_up, verdict="program", token="")
    token = form.get("form_token", "")
    try:
        age = form_age(token, now, secrets)
    except BadToken:
        age = None
    if age is None or age > SLOWEST:
        return FormSubmission(sign_up=sign_up, verdict="ask again", token=sign_form(now, secrets))
    verdict: Verdict = "too fast" if age < FASTEST else "person"
    return FormSubmission(sign_up=sign_up, verdict=verdict, token=token)
