"""Notice that the secret which signed the newest issue is missing: its links would be refused."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from newsletter.config.secrets import Secrets
from newsletter.errors import SettingsError

#: The secret's name in a leader's fingerprint (leader.py).
SECRET = "NEWSLETTER_SECRET"  # noqa: S105  # its name


def require_known_secret(secrets: Secrets, fingerprint: Mapping[str, str]) -> None:
    """Raise SettingsError if the newest issue was signed with a secret that is missing here.

    This machine would not accept the unsubscribe links of that issue.
    """
    signed_with = fingerprint.get(SECRET)
    if signed_with and signed_with not in map(hash_secret, secrets.require_signing()):
        raise SettingsError(
            "NEWSLETTER_SECRET is not the one that the last issue was signed with: its "
            "unsubscribe links would stop working.",
            cure="Copy .env from the machine that sent it. A new secret is put in front of the "
            "old one, with a comma between.",
        )


def hash_secret(secret: str) -> str:
    """Return a hash that tells secrets apart and reveals nothing about them."""
    return hmac.new(secret.encode(), b"happy trails: likeness", hashlib.sha256).hexdigest()[:16]
