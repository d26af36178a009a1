"""The newest issue for who has just joined: the very bytes everybody got, under a welcome."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.addressing.batch import build_batch
from newsletter.addressing.edition_choice import EditionPicker
from newsletter.addressing.envelope import envelope
from newsletter.addressing.recipients import recipient
from newsletter.composer.phrase_files import load_phrases
from newsletter.context import Context
from newsletter.editorial.editions import editions_of
from newsletter.models import Edition, Issue, Receipt, Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot
from newsletter.storage.ledger import late_proof
from subscribers import storage as people
from subscribers.models import Subscriber, TransactionalMail


def send_welcomes(
    context: Context, mailer: Mailer, claimed: Iterable[TransactionalMail]
) -> Mapping[int, Receipt]:
    """A receipt for each subscriber the newest issue was sent to.

    Nobody gets it who is among its readers anyway (one who left and came back within the
    week), nobody before there is an issue, nor one for whom it holds no post. Raises what
    the mailer raises.
    """
    with snapshot(context.engine) as connection:
        found = (people.find_by_id(connection, letter.subscriber_id) for letter in claimed)
        readers = [one for one in found if one is not None]
        groups = tuple(_groups(context, connection, readers))
    receipts: dict[int, Receipt] = {}
    for issue, edition, recipients in groups:
        batch = _batch(context, issue, edition, recipients)
        receipts |= {receipt.subscriber_id: receipt for receipt in mailer.send(batch)}
    return receipts


def _groups(
    context: Context, connection: Connection, readers: Sequence[Subscriber]
) -> Iterator[tuple[Issue, Edition, tuple[Recipient, ...]]]:
    """Who gets which edition of which issue: the month's, the others'."""
    always = context.settings.issue.rhythm == "monthly"
    for monthly in (True, False):
        own = [one for one in readers if monthly == (always or one.rhythm == "monthly")]
        if not own:
            continue
        # Before there is one of the month, the newest of the others shows what it is like.
        kinds = (monthly, not monthly)
        every = (issues.newest_sent(connection, monthly=kind) for kind in kinds)
        issue = next((one for one in every if one is not None), None)
        if issue is None:
            continue
        editions = {one.key: one for one in editions_of(connection, context.config, issue)}
        picker = EditionPicker(issue, context.settings, tuple(editions.values()))
        theirs: dict[str, list[Recipient]] = {}
        for one in own:
            key = picker.edition_for(one)
            if key and not late_proof.has_delivery(connection, issue.id, one.id):
                theirs.setdefault(key, []).append(
                    recipient(context.config, context.secrets, one.id, one.address, one.name)
                )
        for key, recipients in theirs.items():
            yield issue, editions[key], tuple(recipients)


def _batch(
    context: Context, issue: Issue, edition: Edition, recipients: tuple[Recipient, ...]
) -> Batch:
    language = context.settings.newsletter.language
    welcome = load_phrases(language, context.email_templates).welcome
    return build_batch(
        replace(edition, subject=welcome.format(subject=edition.subject)),
        recipients,
        envelope=envelope(context.settings, kind="welcome"),
        date=context.clock(),
        issue=issue,
    )
