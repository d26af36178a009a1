"""The secret of the newest issue: without it readers cannot leave by the links they have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from newsletter.config.secrets import LEAST_SECRET, Secrets
from newsletter.delivery.known_secret import require_known_secret
from newsletter.doctor.diagnosis import Diagnosis, error
from newsletter.doctor.installation import Installation
from newsletter.errors import SettingsError, StorageError
from newsletter.storage.database.engine import snapshot_at
from newsletter.storage.ledger.machines import newest_fingerprint


def check_known_secret(installation: Installation) -> Iterator[Diagnosis]:
    """Compare the secret with that of the newest issue."""
    try:
        with snapshot_at(installation.database_url, installation.folder) as connection:
            fingerprint = newest_fingerprint(connection)
    except StorageError:
        # The check of the database says why.
        return
    yield from judge_known_secret(installation.secrets, fingerprint)


def judge_known_secret(secrets: Secrets, fingerprint: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Judge the secret. Pure."""
    if not secrets.signing or len(secrets.signing[0]) < LEAST_SECRET:
        # The check of the settings says so.
        return
    try:
        require_known_secret(secrets, fingerprint)
    except SettingsError as problem:
        yield error("known-secret", problem.message, problem.cure)
