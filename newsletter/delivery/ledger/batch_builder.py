"""Turn claimed batches of one issue into batches that a mailer can send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from newsletter.addressing.envelope import build_batch, envelope, make_envelope_sender, recipients
from newsletter.config.secrets import Secrets
from newsletter.context import NewsletterConfig
from newsletter.delivery.ledger.stale_backup import origins
from newsletter.models import Issue
from newsletter.sender.batch import Batch, Hold
from newsletter.storage import editions
from newsletter.storage.database.engine import retry_snapshot, snapshot
from newsletter.storage.ledger.batches import ClaimedBatch
from subscribers import storage as people


class BatchBuilder:
    """Builds the batches of a frozen issue, whose editions it reads once.

    Raise ValueError for an issue that is not frozen.
    """

    def __init__(
        self, engine: Engine, issue: Issue, config: NewsletterConfig, secrets: Secrets
    ) -> None:
        if issue.frozen_at is None:
            raise ValueError("only a frozen issue has deliveries")
        self._engine, self._issue = engine, issue
        self._config, self._secrets = config, secrets
        self._date = issue.frozen_at
        # Without a secret there is no origin; `require_sendable` refuses to send then.
        origin = next(iter(origins(secrets.signing)), "")
        self._envelope = envelope(config.settings, origin=origin)
        with snapshot(engine) as connection:
            self._editions = {
                edition.key: edition for edition in editions.editions_of(connection, issue)
            }

    def build(self, claimed: ClaimedBatch) -> Batch:
        """Return the batch to hand to a mailer."""
        hold = Hold(id=claimed.hold_id, send_at=claimed.send_at) if claimed.send_at else None
        ids = [subscriber for subscriber, _ in claimed.deliveries]
        links, names = claimed.links or self._links(ids), self._names(ids)
        edition = self._editions[claimed.edition]
        return build_batch(
            edition,
            recipients(
                self._config, self._secrets, claimed.deliveries, links, names, edition=edition
            ),
            envelope=self._envelope,
            date=self._date,
            issue=self._issue,
            attempt_id=claimed.attempt_id,
            batch_id=claimed.id,
            fence=claimed.fence,
            hold=hold,
            put_off_for=claimed.put_off_for,
            envelope_sender=make_envelope_sender(
                self._config.settings, self._secrets, self._issue.number, links
            ),
        )

    def _links(self, ids: Sequence[int]) -> Mapping[int, str]:
        return retry_snapshot(self._engine, lambda connection: people.links_of_ids(connection, ids))

    def _names(self, ids: Sequence[int]) -> Mapping[int, str]:
        """Return the readers' names, {} if messages do not greet by name."""
        if not self._config.settings.newsletter.salutation:
            return {}
        return retry_snapshot(self._engine, lambda connection: people.names_of(connection, ids))
