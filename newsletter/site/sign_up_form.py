"""The sign-up form as it comes back: what was written, and whether a person wrote it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from werkzeug.datastructures import MultiDict

from newsletter.context import Context
from subscribers.errors import BadToken
from subscribers.models import SignUp
from subscribers.tokens import form_age, sign_form

# A field nobody sees; programs that fill in forms fill it in.
TRAP = "summit"
# A person needs this long; and leaves a page open no longer than that.
FASTEST = dt.timedelta(seconds=2)
SLOWEST = dt.timedelta(hours=2)

Verdict = Literal["person", "program", "too fast", "ask again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form that came back. `token` is what to show it with once more."""

    wish: SignUp
    verdict: Verdict
    token: str


def fresh_token(context: Context) -> str:
    """What a form shown now carries."""
    return sign_form(context.real_clock(), context.secrets.require_signing())


def read_form(context: Context, form: MultiDict[str, str]) -> Filled:
    """The form as it was filled in.

    ask again: it carries no sign of ours, as the form on a blog, or one too old; the page
    then shows what was written, with a sign, for one more press.
    """
    wish = SignUp(
        address=form.get("email", "").strip(),
        name=form.get("name", ""),
        hemisphere=form.get("hemisphere", ""),
        rhythm=form.get("rhythm", ""),
        topics=tuple(form.getlist("topics")),
    )
    if form.get(TRAP):
        return Filled(wish=wish, verdict="program", token="")
    now, secrets = context.real_clock(), context.secrets.require_signing()
    token = form.get("form_token", "")
    try:
        age = form_age(token, now, secrets)
    except BadToken:
        return Filled(wish=wish, verdict="ask again", token=fresh_token(context))
    if age > SLOWEST:
        return Filled(wish=wish, verdict="ask again", token=fresh_token(context))
    return Filled(wish=wish, verdict="too fast" if age < FASTEST else "person", token=token)
