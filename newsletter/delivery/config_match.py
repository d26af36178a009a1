"""Whether this machine is set up as the one that leads a delivery: else it would send other mail.

Settings and secrets lie in the folder, and each machine has its own copy of that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from newsletter.addressing.salutation import salutation
from newsletter.composer.phrase_files import load_phrases
from newsletter.context import Context
from newsletter.errors import SettingsError

_SECRET = "NEWSLETTER_SECRET"  # noqa: S105  # its name


def config_fingerprint(context: Context) -> dict[str, str]:
    """What must be the same everywhere, by its name for a person."""
    own, sender = context.settings.newsletter, context.settings.sender
    words = load_phrases(own.language, context.email_templates)
    return {
        _SECRET: _mark(context.secrets.require_signing()[0]),
        "title": own.title,
        "from": own.from_,
        "reply_to": own.reply_to,
        "list_id": own.list_id,
        "salutation": own.salutation,
        "salutation_nameless": salutation("", own, words),
        "[site] url": context.site_url,
        "[mailbox] address": context.settings.mailbox.address,
        "[sender.smtp] envelope_from": sender.smtp.envelope_from,
        "mailer": sender.mailer,
        "rate_per_minute": str(sender.rate_per_minute),
        "on_unknown": sender.on_unknown,
    }


def require_same_config(context: Context, leader: Mapping[str, str]) -> None:
    """Raises SettingsError that names what differs from the machine that leads."""
    own = config_fingerprint(context)
    differ = [name for name, value in leader.items() if own.get(name, value) != value]
    if differ:
        raise SettingsError(
            f"This machine is not set up as the one that sends: {', '.join(differ)} "
            f"{'differs' if len(differ) == 1 else 'differ'}.",
            cure="Copy newsletter.toml and .env from there, then start the worker again.",
        )


def require_known_secret(context: Context, leader: Mapping[str, str]) -> None:
    """Raises SettingsError where the newest issue was signed with a secret we do not have.

    Its unsubscribe links would not work here, and those of the next issue not there.
    """
    signed = leader.get(_SECRET)
    if signed and signed not in map(_mark, context.secrets.require_signing()):
        raise SettingsError(
            "NEWSLETTER_SECRET is not the one that the last issue was signed with: its "
            "unsubscribe links would stop working.",
            cure="Copy .env from the machine that sent it. A new secret is put in front of the "
            "old one, with a comma between.",
        )


def _mark(secret: str) -> str:
    """Tells secrets apart, and tells nothing of them."""
    return hmac.new(secret.encode(), b"happy trails: likeness", hashlib.sha256).hexdigest()[:16]
