"""The settings and secrets: whether this newsletter may send, and what it would be without."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.addressing.envelope import sending_problems
from newsletter.app import make_mailer
from newsletter.config.secrets import LEAST_SECRET
from newsletter.config.settings import Settings
from newsletter.doctor.diagnosis import Diagnosis, error, note, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import MailerError, SettingsError


def check_configuration(installation: Installation) -> Iterator[Diagnosis]:
    """Judge settings and secrets. Opens no connection."""
    settings, secrets = installation.settings, installation.secrets
    yield ok("settings", "newsletter.toml is in order.")
    for problem in _problems(installation):
        yield error("sending", problem.message, problem.cure)
    if any(len(secret) < LEAST_SECRET for secret in secrets.signing[1:]):
        yield note(
            "secret",
            "An older NEWSLETTER_SECRET is short. It only verifies links of messages that went "
            "out before.",
        )
    if not settings.newsletter.author_email:
        yield note(
            "author-email",
            "There is no author_email, so notices about drafts and faults reach nobody.",
            "Write your own address as author_email under [newsletter].",
        )
    if not installation.is_real:
        yield note(
            "mailer",
            'Messages are written to files (mailer = "outbox"); nobody is mailed.',
            'When you like what you see, set mailer = "sendgrid" or "smtp".',
        )
    else:
        yield from judge_way_out(settings)
    if installation.environ.get("NEWSLETTER_NOW"):
        yield warning(
            "clock",
            "NEWSLETTER_NOW sets the calendar for a rehearsal.",
            "Unset it before real issues go out.",
        )


def judge_way_out(settings: Settings) -> Iterator[Diagnosis]:
    """Judge how readers unsubscribe where real mail goes out. Pure."""
    way = settings.site.unsubscribe
    if way == "mailto":
        yield warning(
            "one-click",
            "Readers unsubscribe by a letter to your mailbox: that is not the one-click way "
            "(RFC 8058) that Gmail and Yahoo ask for from whoever sends them more than 5,000 "
            "messages a day.",
            'Set unsubscribe = "sendgrid" under [site], or "own" with `newsletter serve`.',
        )
    elif way == "sendgrid":
        yield note(
            "one-click",
            "SendGrid writes the unsubscribe link and its one-click headers. Whether it does so "
            "for your account, only a message that arrived can show.",
            "Send a proof copy to yourself, and look for List-Unsubscribe and "
            "List-Unsubscribe-Post in its source (docs/sendgrid.md).",
        )
    if way != "own" and not settings.site.url:
        yield note(
            "no-site",
            "Without a site of your own there is no sign-up form, no page for a reader's choices "
            "and no archive; messages do without their links.",
            "`newsletter serve` on a server brings them (docs/server.md).",
        )


def _problems(installation: Installation) -> Iterator[SettingsError | MailerError]:
    """Yield every reason why nothing may be sent."""
    settings, secrets = installation.settings, installation.secrets
    try:
        yield from sending_problems(
            settings, secrets, lambda: make_mailer(settings, secrets, installation.folder)
        )
    except MailerError as problem:
        yield problem
