"""Sends the letters that are due: is it you, you are on the list, is this yours, welcome."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import closing
from typing import Literal

from newsletter.addressing.batch import build_batch
from newsletter.addressing.envelope import envelope
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.seasons import season_name
from newsletter.composer.transactional import LINK, TransactionalContent, render_transactional
from newsletter.config.address import address_domain
from newsletter.context import Context
from newsletter.errors import MailerError
from newsletter.models import Edition, Receipt, Recipient
from newsletter.sender.mailers import Mailer, NotNow
from newsletter.storage.database.engine import snapshot, transaction
from newsletter.subscriptions.welcome import send_welcomes
from subscribers.models import MailKind, TransactionalMail
from subscribers.storage import mail_queue
from subscribers.tokens import sign_question, sign_token

NoteKind = Literal["confirm", "already", "move"]


def send_letters(context: Context) -> int:
    """Sends every letter that is due; returns how many left.

    What could not be sent is tried again later. Any number of processes may call this at
    the same time. Raises MailerError where the mailer cannot be used at all.
    """
    with snapshot(context.engine) as connection:
        due = mail_queue.kinds_due(connection, now=context.real_clock())
    if not due:
        return 0
    with closing(context.mailer()) as mailer:
        return sum(_send_kind(context, mailer, kind) for kind in due)


def _send_kind(context: Context, mailer: Mailer, kind: MailKind) -> int:
    left = 0
    while claimed := _claim(context, kind, mailer.batch_size):
        try:
            receipts = _send(context, mailer, kind, claimed)
        except (MailerError, NotNow):
            _book(context, claimed, put_off=claimed)
            raise
        stuck = {one.subscriber_id for one in receipts.values() if one.outcome == "not_sent"}
        _book(context, claimed, put_off=[one for one in claimed if one.subscriber_id in stuck])
        left += len(receipts) - len(stuck)
        if stuck:
            break
    return left


def _book(
    context: Context,
    claimed: Collection[TransactionalMail],
    *,
    put_off: Collection[TransactionalMail],
) -> None:
    now = context.real_clock()
    waiting = {one.id for one in put_off}
    with transaction(context.engine) as connection:
        mail_queue.dequeue(connection, [one.id for one in claimed if one.id not in waiting])
        for one in put_off:
            mail_queue.retry_later(connection, one, now=now)


def _claim(context: Context, kind: MailKind, size: int) -> tuple[TransactionalMail, ...]:
    with transaction(context.engine) as connection:
        return mail_queue.claim(connection, kind, size, now=context.real_clock())


def _send(
    context: Context, mailer: Mailer, kind: MailKind, claimed: tuple[TransactionalMail, ...]
) -> Mapping[int, Receipt]:
    if kind == "welcome":
        return send_welcomes(context, mailer, claimed)
    batch = build_batch(
        _edition(context, kind),
        tuple(_recipient(context, one, kind) for one in claimed),
        envelope=envelope(context.settings, kind="confirm"),
        date=context.clock(),
    )
    return {receipt.subscriber_id: receipt for receipt in mailer.send(batch)}


def _recipient(context: Context, one: TransactionalMail, kind: NoteKind) -> Recipient:
    secrets = context.secrets.require_signing()
    if kind == "already":
        path = f"preferences/{sign_token('preferences', one.subscriber_id, secrets)}"
    else:
        path = f"confirm/{sign_question(kind, one.subscriber_id, one.stamp, secrets)}"
    return Recipient(
        subscriber_id=one.subscriber_id,
        address=one.address,
        fields=((LINK, f"{context.site_url}/{path}"),),
    )


def _edition(context: Context, kind: NoteKind) -> Edition:
    own = context.settings.newsletter
    today = context.clock().astimezone(context.zone).date()
    return render_transactional(
        _note(context, kind),
        title=own.title,
        theme=context.settings.theme.theme(),
        season=season_name(today, own.hemisphere, wet_months=own.wet_months),
        hemisphere=own.hemisphere,
        folders=context.email_templates,
    )


def _note(context: Context, kind: NoteKind) -> TransactionalContent:
    own = context.settings.newsletter
    words = load_phrases(own.language, context.email_templates)
    wording = {"confirm": words.confirm, "already": words.already, "move": words.move}[kind]
    sent_by = words.foot.format(title=own.title, host=address_domain(own.from_))
    return TransactionalContent(
        language=words.language,
        subject=wording.subject.format(title=own.title),
        heading=wording.heading.format(title=own.title),
        lines=(wording.line.format(title=own.title),),
        button=wording.button,
        then=(wording.then,),
        foot=" · ".join(filter(None, (sent_by, own.postal_address))),
    )
