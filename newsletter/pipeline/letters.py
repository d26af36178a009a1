"""Sends the small letters that are due: is it you, you are on the list, is this yours."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import closing

from newsletter.composer.note import LINK, Note, write_note
from newsletter.composer.seasons import season_name
from newsletter.config.mailbox import domain
from newsletter.errors import MailerError
from newsletter.models import Edition, Receipt, Recipient
from newsletter.pipeline.context import Context
from newsletter.pipeline.envelope import envelope
from newsletter.sender.batch import Batch
from newsletter.sender.mailers import Mailer, NotNow
from newsletter.storage.engine import reading, writing
from subscribers.models import Letter, LetterKind
from subscribers.storage import letters
from subscribers.tokens import question_token, token


def send_letters(context: Context) -> int:
    """Sends every letter that is due; returns how many left.

    What could not be sent is tried again later. Any number of processes may call this at
    the same time. Raises MailerError where the mailer cannot be used at all.
    """
    with reading(context.engine) as connection:
        due = letters.kinds_due(connection, now=context.real_clock())
    if not due:
        return 0
    with closing(context.mailer()) as mailer:
        return sum(_send_kind(context, mailer, kind) for kind in due)


def _send_kind(context: Context, mailer: Mailer, kind: LetterKind) -> int:
    left = 0
    edition = _edition(context, kind)
    while claimed := _claim(context, kind, mailer.batch_size):
        receipts = _send(context, mailer, edition, claimed)
        sent = [one.id for one in claimed if receipts[one.subscriber_id].outcome != "not_sent"]
        left += len(sent)
        with writing(context.engine) as connection:
            letters.settle(connection, sent)
            for one in claimed:
                if one.id not in sent:
                    letters.put_off(connection, one, now=context.real_clock())
        if len(sent) < len(claimed):
            break
    return left


def _claim(context: Context, kind: LetterKind, size: int) -> tuple[Letter, ...]:
    with writing(context.engine) as connection:
        return letters.claim(connection, kind, size, now=context.real_clock())


def _send(
    context: Context, mailer: Mailer, edition: Edition, claimed: tuple[Letter, ...]
) -> Mapping[int, Receipt]:
    batch = Batch(
        id=0,
        attempt_id=uuid.uuid4().hex,
        issue=0,
        issue_key="",
        edition=edition,
        recipients=tuple(_recipient(context, one) for one in claimed),
        date=context.clock(),
        envelope=envelope(context.settings, kind="confirm"),
    )
    try:
        receipts = mailer.send(batch)
    except (MailerError, NotNow):
        with writing(context.engine) as connection:
            for one in claimed:
                letters.put_off(connection, one, now=context.real_clock())
        raise
    return {receipt.subscriber_id: receipt for receipt in receipts}


def _recipient(context: Context, one: Letter) -> Recipient:
    secrets = context.secrets.require_signing()
    if one.kind == "already":
        path = f"preferences/{token('preferences', one.subscriber_id, secrets)}"
    else:
        path = f"confirm/{question_token(one.kind, one.subscriber_id, one.stamp, secrets)}"
    return Recipient(
        subscriber_id=one.subscriber_id,
        address=one.address,
        fields=((LINK, f"{context.site_url}/{path}"),),
    )


def _edition(context: Context, kind: LetterKind) -> Edition:
    own = context.settings.newsletter
    today = context.clock().astimezone(context.zone).date()
    return write_note(
        _words(context)[kind],
        title=own.title,
        theme=context.settings.theme.theme(),
        season=season_name(today, own.hemisphere, wet_months=own.wet_months),
        hemisphere=own.hemisphere,
        folders=context.email_templates,
    )


def _words(context: Context) -> Mapping[LetterKind, Note]:
    own = context.settings.newsletter
    title, home = own.title, domain(own.from_)
    ignore = "If that was not you, simply ignore this message: nothing will happen."
    foot = " · ".join(filter(None, (f"Sent once by {title}, {home}", own.postal_address)))
    return {
        "confirm": Note(
            subject=f"Please confirm: {title}",
            heading="One press, and you’re in",
            lines=(f"Somebody, probably you, asked for {title} at this address.",),
            button="Yes, I want it",
            then=(f"The link works for seven days. {ignore}",),
            foot=foot,
        ),
        "already": Note(
            subject=f"You are on the list already: {title}",
            heading="You’re on the list already",
            lines=(
                f"Somebody, probably you, asked for {title} here. It has been coming all along.",
            ),
            button="See or change what you get",
            then=("If that was not you, simply ignore this message.",),
            foot=foot,
        ),
        "move": Note(
            subject=f"Please confirm your new address: {title}",
            heading="Is this your new address?",
            lines=(f"A reader of {title} wants to get it at this address from now on.",),
            button="Yes, this is my address",
            then=(f"The link works for seven days. {ignore}",),
            foot=foot,
        ),
    }
