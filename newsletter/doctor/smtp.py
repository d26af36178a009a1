"""The mail server: connection, TLS, login, and whether it takes an envelope of ours."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.config.address import bare_address, is_loopback
from newsletter.doctor.diagnosis import Diagnosis, error, ok, warning
from newsletter.doctor.installation import Installation
from newsletter.errors import MailerError
from newsletter.sender.mailers import NotNow
from newsletter.sender.mailers.smtp.connection import RelayAddress
from newsletter.sender.mailers.smtp.mailer import EnvelopeReply, rehearse_envelope

_SECONDS = 5.0


def check_smtp(installation: Installation) -> Iterator[Diagnosis]:
    """Talk to the relay as far as a recipient, if it is the mailer. Nothing is sent."""
    settings, smtp = installation.settings, installation.settings.sender.smtp
    if settings.sender.mailer != "smtp":
        return
    newsletter = settings.newsletter
    sender = smtp.envelope_from or bare_address(newsletter.from_)
    recipient = bare_address(newsletter.author_email) or bare_address(newsletter.from_)
    relay = RelayAddress(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        username=smtp.username,
        password=installation.secrets.smtp_password,
        timeout=installation.seconds_left(_SECONDS),
    )
    try:
        reply = rehearse_envelope(relay, sender=sender, recipient=recipient)
    except MailerError as problem:
        yield error("smtp", problem.message, problem.cure)
        return
    except NotNow as problem:
        yield error(
            "smtp", f"{problem}.", "Check host and port under [sender.smtp], and try again later."
        )
        return
    yield from judge_reply(reply, host=smtp.host, sender=sender, recipient=recipient)


def judge_reply(
    reply: EnvelopeReply, *, host: str, sender: str, recipient: str
) -> Iterator[Diagnosis]:
    """Judge what the relay said. Pure."""
    if reply.refused == "MAIL FROM":
        yield error(
            "smtp-envelope",
            f"{host} takes no mail from {sender}: {reply.words}.",
            "Ask its operator to let you send as that address, or set `from` (and envelope_from "
            "under [sender.smtp]) to one that is yours there.",
        )
    elif reply.refused:
        yield error(
            "smtp-envelope",
            f"{host} takes no mail for {recipient}: {reply.words}.",
            "Log in there (username under [sender.smtp], the password in .env), or ask its "
            "operator to let this machine send to other domains.",
        )
    else:
        yield ok("smtp", f"{host} would take a message from {sender} to {recipient}.")
    if not reply.tls and not is_loopback(host):
        yield warning(
            "smtp-tls",
            f"Messages, and the password, go to {host} in plain sight.",
            'Set security = "starttls" under [sender.smtp], or "tls" with port 465.',
        )
