"""An issue as one reader gets it: the very bytes of delivery, with the fields filled."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter import merge
from newsletter.addressing.edition_choice import EditionPicker, select_edition
from newsletter.addressing.envelope import envelope
from newsletter.addressing.recipients import recipient, sample_recipient
from newsletter.context import Context
from newsletter.editorial.compose import select_posts
from newsletter.editorial.editions import editions_of
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotFound
from newsletter.models import Edition, Issue, Post, Recipient
from newsletter.sender.batch import Batch
from newsletter.sender.mime.message import message_builder
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people

SAMPLE_ADDRESS = "reader@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One edition of an issue, filled in for one reader."""

    issue: Issue
    edition: str
    editions: tuple[str, ...]
    subject: str
    preheader: str
    html: str
    text: str
    mjml: str
    eml: bytes
    content_hash: str
    posts: tuple[Post, ...]


def render_preview(
    context: Context, name: str, *, edition: str | None = None, address: str = ""
) -> Preview:
    """What would be, or was, sent to `address` (or to a reader made up for the purpose).

    Raises NotFound for an issue or edition that is not there, and the subscribers'
    own error for an address that is not on the list.
    """
    with snapshot(context.engine) as connection:
        issue = find_issue(context, connection, name)
        editions = editions_of(context, connection, issue)
        reader, own = _reader(context, connection, issue, editions, address)
    chosen = select_edition(editions, own if edition is None else edition)
    return _filled(context, issue, chosen, reader, tuple(one.key for one in editions))


def _reader(
    context: Context,
    connection: Connection,
    issue: Issue,
    editions: tuple[Edition, ...],
    address: str,
) -> tuple[Recipient, str | None]:
    """Whom it is shown as, and the key of the edition they get."""
    if not address:
        return sample_recipient(context.config, SAMPLE_ADDRESS), None
    found = people.required(connection, address)
    key = EditionPicker(issue, context.settings, editions).edition_for(found)
    if not key:
        raise NotFound(
            f"{found.address} gets nothing of issue {issue.number}: no post in it is of the "
            f"topics they chose ({', '.join(found.topics)}).",
            cure="`--edition` shows it as others get it.",
        )
    return recipient(context.config, context.secrets, found.id, found.address, found.name), key


def _filled(
    context: Context,
    issue: Issue,
    chosen: Edition,
    reader: Recipient,
    keys: tuple[str, ...],
) -> Preview:
    fields = dict(reader.fields)
    batch = Batch(
        id=0,
        attempt_id="",
        issue=issue.number,
        issue_key=issue.key,
        edition=chosen,
        recipients=(reader,),
        date=issue.frozen_at or issue.planned_for,
        envelope=envelope(context.settings),
    )
    return Preview(
        issue=issue,
        edition=chosen.key,
        editions=keys,
        subject=chosen.subject,
        preheader=chosen.preheader,
        html=merge.fill(chosen.html, chosen.nonce, fields, html=True),
        text=merge.fill(chosen.text, chosen.nonce, fields, html=False),
        mjml=chosen.mjml,
        eml=message_builder(batch).build(reader),
        content_hash=chosen.content_hash,
        posts=select_posts(issue, chosen.posts).posts,
    )
