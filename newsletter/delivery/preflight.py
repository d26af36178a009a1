"""Before an issue is frozen: would the mailer's other side take it?"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from newsletter.addressing.envelope import envelope
from newsletter.addressing.recipients import sample_recipient
from newsletter.config.address import bare_address
from newsletter.context import Context
from newsletter.editorial.editions import editions_of
from newsletter.models import Edition, Issue
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer, NotNow, RehearsingMailer
from newsletter.sender.mime.message import message_builder
from newsletter.storage.database.engine import snapshot


def rehearse(context: Context, mailer: Mailer, issue: Issue) -> str:
    """Has each edition checked where the mailer can. What could not be asked, in words.

    Raises MailerError where an edition would be refused: nothing is frozen then.
    """
    if not isinstance(mailer, RehearsingMailer):
        return ""
    with snapshot(context.engine) as connection:
        editions = editions_of(connection, context.config, issue)
    try:
        for edition in editions:
            mailer.rehearse(_batch(context, issue, edition))
    except NotNow as error:
        return f"The issue went out without a rehearsal: {error}."
    return ""


def require_writable(context: Context, issue: Issue, editions: Sequence[Edition]) -> None:
    """Raises MailerError for an edition or headers of which no message can be made.

    Whatever the mailer: what would spoil every message is found before anybody is planned.
    """
    for edition in editions:
        batch = _batch(context, issue, edition)
        message_builder(batch).build(batch.recipients[0])


def _batch(context: Context, issue: Issue, edition: Edition) -> Batch:
    return Batch(
        id=0,
        attempt_id=uuid.uuid4().hex,
        issue_number=issue.number,
        issue_key=issue.key,
        edition=edition,
        recipients=(
            sample_recipient(context.config, bare_address(context.settings.newsletter.from_)),
        ),
        date=context.clock(),
        envelope=envelope(context.settings),
    )
