"""The settings and secrets: whether this newsletter may send, and what it would be without."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.addressing.envelope import sending_problems
from newsletter.app import make_mailer
from newsletter.config.secrets import LEAST_SECRET
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
    elif not settings.site.url and settings.mailbox.address:
        yield warning(
            "one-click",
            "The only way to unsubscribe is a letter to your mailbox: that is not the one-click "
            "way that Gmail and Yahoo ask for (RFC 8058).",
            "Run `newsletter serve`, and write its https address as url under [site].",
        )
    if installation.environ.get("NEWSLETTER_NOW"):
        yield warning(
            "clock",
            "NEWSLETTER_NOW sets the calendar for a rehearsal.",
            "Unset it before real issues go out.",
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
