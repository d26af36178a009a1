"""Render an issue to an edition: HTML and text with merge tags, byte for byte repeatable."""

from __future__ import annotations

import hashlib
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.html_part import (
    add_style_blocks,
    build_frame,
    compile_frame,
    escape_sendgrid_tags,
    inline_styles,
    insert_bodies,
)
from newsletter.composer.layout.text_part import write_text
from newsletter.composer.layout.view_fields import NO_TRUNCATION, Truncation, layout_fields
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.templating import fill_template
from newsletter.models import Edition, Hemisphere, Issue, Letterhead


def render(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    truncation: Truncation = NO_TRUNCATION,
) -> Edition:
    """Return the edition of `issue` for readers in `hemisphere`.

    Templates are looked up in `folders`; the first folder that has a file wins. The same
    arguments and templates give the same bytes in any process: preview, archive and
    delivery rely on it, and an approval is tied to their hash.

    Raise ComposeError for a broken template, naming file and line.
    """
    nonce = merge.nonce_for(_seed(issue, letterhead, folders), _foreign_texts(issue, letterhead))
    fields = layout_fields(
        issue, hemisphere, letterhead, nonce=nonce, folders=folders, truncation=truncation
    )
    layout = letterhead.layout
    mjml = build_frame(fields, nonce, folders, layout)
    html = compile_frame(mjml, layout)
    if any(post.whole for post in fields.posts):
        html = insert_bodies(html, nonce, issue.posts)
    values = fields.by_name()
    html = inline_styles(html, fill_template(folders, "style.css", values))
    dark = (fill_template(folders, name, values) for name in ("dark.css", "dark_outlook.css"))
    html = escape_sendgrid_tags(add_style_blocks(html, tuple(dark)))
    text = write_text(issue, fields, layout, folders=folders)
    return Edition(
        key=hemisphere,
        hemisphere=hemisphere,
        issue=issue.number,
        subject=fields.subject,
        preheader=fields.preheader,
        html=html,
        text=text,
        mjml=mjml,
        nonce=nonce,
        content_hash=_content_hash(fields.subject, fields.preheader, html, text),
    )


def _seed(issue: Issue, letterhead: Letterhead, folders: tuple[Path, ...]) -> str:
    """Return the seed of the nonce.

    Includes the salutation: it is a merge tag in the bytes, but a change to it has to
    change the content hash, so that it voids an approval.
    """
    salutation = letterhead.salutation
    if not salutation:
        return issue.key
    phrases = load_phrases(letterhead.language, folders)
    nameless = phrases.nameless_salutation(salutation, letterhead.salutation_nameless)
    return f"{issue.key}\n{salutation}\n{nameless}"


def _foreign_texts(issue: Issue, letterhead: Letterhead) -> tuple[str, ...]:
    """Return every text not written by this program: none may contain a merge tag's prefix."""
    texts = [issue.subject, issue.preheader, issue.note, *(g.text for g in issue.greetings)]
    texts += [letterhead.title, letterhead.author, letterhead.sign_off, letterhead.blog]
    texts.append(letterhead.postal_address)
    for race in issue.races:
        texts += [race.name, race.place, race.url]
    for post in issue.posts:
        texts += [post.title, post.excerpt, post.html, post.url]
        texts += [post.image.url, post.image.alt] if post.image else []
    return tuple(texts)


def _content_hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode()
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.hexdigest()
