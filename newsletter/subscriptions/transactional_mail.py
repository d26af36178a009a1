"""Send the queued messages about a subscription: confirm, already subscribed, move, welcome.

The first three have a link as their only content. A welcome brings the newest issue, with the
same bytes that everybody else got.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from newsletter.addressing.audience import EditionPicker
from newsletter.addressing.envelope import build_batch, envelope, recipient
from newsletter.addressing.reader_links import require_working_links
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.seasons import calendar_of, season_name
from newsletter.composer.transactional import LINK, TransactionalContent, render_transactional
from newsletter.config.address import address_domain
from newsletter.config.secrets import Secrets
from newsletter.config.settings import Settings
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.editions import editions_of
from newsletter.errors import MailerError, SettingsError
from newsletter.models import Edition, Issue, Receipt, Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer, NotNow
from newsletter.storage import issues
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.storage.ledger import deliveries
from subscribers import storage as people
from subscribers.models import MailKind, Subscriber, TransactionalMail
from subscribers.storage import mail_queue
from subscribers.tokens import sign_question, sign_token

_LinkKind = Literal["confirm", "already", "move"]


def send_due_mail(context: Context) -> int:
    """Send every queued message that is due; return how many were sent.

    A message that could not be sent is tried again with backoff. Any number of processes
    may call this at the same time. Raise MailerError if the mailer cannot be used at all, or the
    links would lead nowhere.
    """
    with snapshot(context.engine) as connection:
        kinds = mail_queue.kinds_due(connection, now=context.real_clock())
    if not kinds:
        return 0
    try:
        require_confirm_page(context.settings)
    except SettingsError as error:
        raise MailerError(error.message, cure=error.cure) from error
    with closing(context.mailer()) as mailer:
        return sum(_send_kind(context, mailer, kind) for kind in kinds)


def require_confirm_page(settings: Settings) -> None:
    """Raise SettingsError if a message that asks to confirm would lead to no public page."""
    if settings.sender.mailer != "outbox" and not settings.site.url:
        raise SettingsError(
            "Nobody can be asked to confirm: the page for it is on your site, and [site] url is "
            "empty.",
            cure="Run `newsletter serve` and write its address there, or add people who have "
            "agreed already, without --confirm.",
        )


def _send_kind(context: Context, mailer: Mailer, kind: MailKind) -> int:
    """Send the due messages of a kind in batches, until the mailer leaves some unsent."""
    sent = 0
    while True:
        with transaction(context.engine) as connection:
            claimed = mail_queue.claim(
                connection, kind, mailer.batch_size, now=context.real_clock()
            )
        if not claimed:
            return sent
        config, secrets, now = context.config, context.secrets, context.clock()
        try:
            if kind == "welcome":
                with snapshot(context.engine) as connection:
                    batches = _welcome_batches(connection, config, secrets, claimed, now)
            else:
                batches = (_link_batch(config, secrets.require_signing(), kind, claimed, now),)
            receipts = {
                receipt.subscriber_id: receipt
                for batch in batches
                for receipt in mailer.send(batch)
            }
        except (MailerError, NotNow):
            with transaction(context.engine) as connection:
                _dequeue(connection, claimed, unsent=claimed, now=context.real_clock())
            raise
        unsent = [mail for mail in claimed if _is_unsent(receipts.get(mail.subscriber_id))]
        with transaction(context.engine) as connection:
            _dequeue(connection, claimed, unsent=unsent, now=context.real_clock())
        sent += len(receipts) - len(unsent)
        if unsent:
            return sent


def _is_unsent(receipt: Receipt | None) -> bool:
    return receipt is not None and receipt.outcome == "not_sent"


def _dequeue(
    connection: Connection,
    claimed: Collection[TransactionalMail],
    *,
    unsent: Collection[TransactionalMail],
    now: dt.datetime,
) -> None:
    """Remove the claimed messages from the queue, but schedule the unsent ones again."""
    retried = {mail.id for mail in unsent}
    mail_queue.dequeue(connection, [mail.id for mail in claimed if mail.id not in retried])
    for mail in unsent:
        mail_queue.retry_later(connection, mail, now=now)


def _link_batch(
    config: NewsletterConfig,
    secrets: tuple[str, ...],
    kind: _LinkKind,
    claimed: Sequence[TransactionalMail],
    now: dt.datetime,
) -> Batch:
    """Return the batch of a message whose only content is a link, with one link for each."""
    recipients = tuple(
        Recipient(
            subscriber_id=mail.subscriber_id,
            address=mail.address,
            fields=((LINK, f"{config.site_url}/{_link_path(kind, mail, secrets)}"),),
        )
        for mail in claimed
    )
    return build_batch(
        _edition(config, kind, now),
        recipients,
        envelope=envelope(config.settings, kind="confirm"),
        date=now,
    )


def _link_path(kind: _LinkKind, mail: TransactionalMail, secrets: tuple[str, ...]) -> str:
    if kind == "already":
        return f"preferences/{sign_token('preferences', mail.link_id, secrets)}"
    return f"confirm/{sign_question(kind, mail.link_id, mail.stamp, secrets)}"


def _edition(config: NewsletterConfig, kind: _LinkKind, now: dt.datetime) -> Edition:
    newsletter = config.settings.newsletter
    today = now.astimezone(config.zone).date()
    return render_transactional(
        _content(config, kind),
        title=newsletter.title,
        theme=config.settings.theme.theme(),
        season=season_name(today, newsletter.hemisphere, calendar=calendar_of(newsletter)),
        hemisphere=newsletter.hemisphere,
        folders=config.email_templates,
    )


def _content(config: NewsletterConfig, kind: _LinkKind) -> TransactionalContent:
    newsletter = config.settings.newsletter
    phrases = load_phrases(newsletter.language, config.email_templates)
    wording = {"confirm": phrases.confirm, "already": phrases.already, "move": phrases.move}[kind]
    sent_by = phrases.foot.format(title=newsletter.title, host=address_domain(newsletter.from_))
    return TransactionalContent(
        language=phrases.language,
        subject=wording.subject.format(title=newsletter.title),
        heading=wording.heading.format(title=newsletter.title),
        lines=(wording.line.format(title=newsletter.title),),
        button=wording.button,
        then=(wording.then,),
        foot=" · ".join(filter(None, (sent_by, newsletter.postal_address))),
    )


def _welcome_batches(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    claimed: Iterable[TransactionalMail],
    now: dt.datetime,
) -> tuple[Batch, ...]:
    """Return the batches that bring each new reader the newest issue.

    A reader is left out if there is no issue yet, if it holds no post of their topics, or if
    they have a delivery of it already (having left and returned within the week).
    """
    subscribers = (people.find_by_id(connection, mail.subscriber_id) for mail in claimed)
    readers = [person for person in subscribers if person is not None]
    groups = _group_by_edition(connection, config, secrets, readers)
    return tuple(
        _welcome_batch(config, issue, edition, recipients, now)
        for issue, edition, recipients in groups
    )


def _group_by_edition(
    connection: Connection,
    config: NewsletterConfig,
    secrets: Secrets,
    readers: Sequence[Subscriber],
) -> Iterator[tuple[Issue, Edition, tuple[Recipient, ...]]]:
    """Yield the recipients of each edition, of the monthly issue and of the other one."""
    all_monthly = config.settings.issue.rhythm == "monthly"
    for monthly in (True, False):
        group = [
            reader for reader in readers if monthly == (all_monthly or reader.rhythm == "monthly")
        ]
        issue = _newest_issue(connection, monthly=monthly) if group else None
        if issue is None:
            continue
        editions = {edition.key: edition for edition in editions_of(connection, config, issue)}
        if not _has_working_links(config.settings, tuple(editions.values())):
            # The next issue has links of now.
            continue
        picker = EditionPicker(issue, config.settings, tuple(editions.values()))
        recipients: dict[str, list[Recipient]] = {}
        for reader in group:
            key = picker.edition_for(reader)
            if key and not deliveries.has_delivery(connection, issue.id, reader.id):
                member = recipient(config, secrets, reader, editions[key])
                recipients.setdefault(key, []).append(member)
        for key, of_edition in recipients.items():
            yield issue, editions[key], tuple(of_edition)


def _has_working_links(settings: Settings, editions: Sequence[Edition]) -> bool:
    """Whether an older issue can still be left by its links."""
    try:
        require_working_links(settings, editions)
    except MailerError:
        return False
    return True


def _newest_issue(connection: Connection, *, monthly: bool) -> Issue | None:
    """Return the newest issue of that rhythm; before the first one, that of the other."""
    newest = issues.newest_sent(connection, monthly=monthly)
    return newest or issues.newest_sent(connection, monthly=not monthly)


def _welcome_batch(
    config: NewsletterConfig,
    issue: Issue,
    edition: Edition,
    recipients: tuple[Recipient, ...],
    now: dt.datetime,
) -> Batch:
    phrases = load_phrases(config.settings.newsletter.language, config.email_templates)
    return build_batch(
        replace(edition, subject=phrases.welcome.format(subject=edition.subject)),
        recipients,
        envelope=envelope(config.settings, kind="welcome"),
        date=now,
        issue=issue,
    )
