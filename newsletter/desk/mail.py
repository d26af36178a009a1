"""The next issue's mail: the very HTML and text that delivery would put into messages."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter import merge
from newsletter.addressing.edition_choice import possible_profiles
from newsletter.addressing.recipients import sample_recipient
from newsletter.composer.fit import FitResult
from newsletter.context import Context
from newsletter.editorial.editions import fit_editions
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.preview import SAMPLE_ADDRESS
from newsletter.models import Issue, Profile
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One edition with the fields of a made-up reader filled in."""

    subject: str
    preheader: str
    html: str
    text: str

    @property
    def weight(self) -> int:
        """The size of the HTML in bytes, which is what Gmail counts."""
        return len(self.html.encode())


def next_issue(context: Context, number: str = "") -> Issue:
    """The issue on the desk, as it is stored: of that number if it is still to go out, else
    the next. Raises NotFound when there is none at all.
    """
    with snapshot(context.engine) as connection:
        if number:
            asked = issues.by_number(connection, int(number))
            if asked is not None and asked.frozen_at is None and asked.status != "cancelled":
                return asked
        return find_issue(connection, context.settings, "next")


def mail_of(context: Context, issue: Issue, edition: str) -> Mail:
    """The mail of one edition; also of one that no reader needs yet."""
    made = fit_on(context, issue, edition).edition
    fields = dict(sample_recipient(context.config, SAMPLE_ADDRESS).fields)
    return Mail(
        subject=made.subject,
        preheader=made.preheader,
        html=merge.fill(made.html, made.nonce, fields, html=True),
        text=merge.fill(made.text, made.nonce, fields, html=False),
    )


def fit_on(context: Context, issue: Issue, edition: str) -> FitResult:
    """Render one edition, with what was truncated so that it fits."""
    profile = profile_on(context, issue, edition)
    with snapshot(context.engine) as connection:
        (fitted,) = fit_editions(connection, context.config, issue, (profile,))
    return fitted


def profile_on(context: Context, issue: Issue, edition: str) -> Profile:
    """The edition of that key, the author's own whole one where the issue has none such."""
    possible = possible_profiles(issue, context.settings)
    return next((one for one in possible if one.key == edition), possible[0])
