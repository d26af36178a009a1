"""Preview an issue as one reader gets it: the bytes of delivery with the fields filled."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter import merge
from newsletter.addressing.audience import EditionPicker, select_edition
from newsletter.addressing.envelope import build_batch, envelope, recipient, sample_recipient
from newsletter.context import Context, NewsletterConfig
from newsletter.editorial.compose import select_posts
from newsletter.editorial.editions import editions_of
from newsletter.editorial.example import example_issue, mark_example
from newsletter.editorial.find_issue import find_issue
from newsletter.errors import NotFound
from newsletter.models import Edition, Issue, Post
from newsletter.sender.mime.message import message_builder
from newsletter.storage.database.engine import snapshot
from subscribers import storage as people
from subscribers.models import Subscriber

SAMPLE_ADDRESS = "reader@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One edition of an issue, filled in for one reader."""

    issue: Issue
    #: The key of this edition.
    edition: str
    #: The keys of all editions, the author's own first.
    editions: tuple[str, ...]
    subject: str
    preheader: str
    html: str
    text: str
    mjml: str
    #: The whole message as a mailer would send it (RFC 5322).
    eml: bytes
    content_hash: str
    #: The posts that this edition shows.
    posts: tuple[Post, ...]


def render_preview(
    context: Context, name: str, *, edition: str | None = None, address: str = ""
) -> Preview:
    """Return what `address` would get, or got, of the issue; by default a made-up reader.

    `edition` overrides the edition that the reader gets. Before the first issue, `next` is an
    example of the newest posts. Raise NotFound for an issue or edition that does not exist, and
    NoSuchSubscriber for an unknown address.
    """
    example = example_issue(context) if name == "next" else None
    with snapshot(context.engine) as connection:
        issue = example or find_issue(connection, context.settings, name)
        editions = editions_of(connection, context.config, issue)
        if example is not None:
            editions = tuple(mark_example(rendered) for rendered in editions)
        person, reader_edition = _find_reader(connection, context.config, issue, editions, address)
    chosen = select_edition(editions, reader_edition if edition is None else edition)
    reader = (
        recipient(context.config, context.secrets, person, chosen)
        if person
        else sample_recipient(context.config, SAMPLE_ADDRESS, edition=chosen)
    )
    fields = dict(reader.fields)
    batch = build_batch(
        chosen,
        (reader,),
        envelope=envelope(context.settings),
        date=issue.frozen_at or issue.planned_for,
        issue=issue,
        attempt_id="",
    )
    return Preview(
        issue=issue,
        edition=chosen.key,
        editions=tuple(edition.key for edition in editions),
        subject=chosen.subject,
        preheader=chosen.preheader,
        html=merge.fill(chosen.html, chosen.nonce, fields, html=True),
        text=merge.fill(chosen.text, chosen.nonce, fields, html=False),
        mjml=chosen.mjml,
        eml=message_builder(batch).build(reader),
        content_hash=chosen.content_hash,
        posts=select_posts(issue, chosen.posts).posts,
    )


def _find_reader(
    connection: Connection,
    config: NewsletterConfig,
    issue: Issue,
    editions: tuple[Edition, ...],
    address: str,
) -> tuple[Subscriber | None, str | None]:
    """Return the reader of that address and the key of the edition they get; None without one."""
    if not address:
        return None, None
    person = people.require_by_address(connection, address)
    key = EditionPicker(issue, config.settings, editions).edition_for(person)
    if not key:
        raise NotFound(
            f"{person.address} gets nothing of issue {issue.number}: no post in it is of the "
            f"topics they chose ({', '.join(person.topics)}).",
            cure="`--edition` shows it as others get it.",
        )
    return person, key
