"""Render an issue to an edition: HTML and text with merge tags, byte for byte repeatable."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields as field_names
from dataclasses import is_dataclass, replace
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
from newsletter.composer.layout.view_fields import (
    NO_TRUNCATION,
    LayoutFields,
    Truncation,
    layout_fields,
)
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.templating import fill_template
from newsletter.errors import ComposeError
from newsletter.models import Edition, Hemisphere, Issue, Layout, Letterhead


def render(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    merge_key: str,
    truncation: Truncation = NO_TRUNCATION,
) -> Edition:
    """Return the edition of `issue` for readers in `hemisphere`.

    Templates are looked up in `folders`; the first folder that has a file wins. The same
    arguments and templates give the same bytes in any process: preview, archive and
    delivery rely on it, and an approval is tied to their hash. The nonce of the merge tags is
    derived with `merge_key`, and does not count in the hash.

    Raise ComposeError for a broken template, naming file and line, and if anything but a
    template put a merge tag in.
    """
    seed = _seed(issue, letterhead, folders)
    nonce = merge.nonce_for(merge_key, seed, (*_texts(issue), *_texts(letterhead)))
    fields = layout_fields(
        issue, hemisphere, letterhead, nonce=nonce, folders=folders, truncation=truncation
    )
    layout = letterhead.layout
    mjml = build_frame(fields, nonce, folders, layout)
    html = compile_frame(mjml, layout)
    tags = merge.count_tags(html, nonce)
    if issue.note or any(post.whole for post in fields.posts):
        html = insert_bodies(html, nonce, issue.note, issue.posts)
    values = fields.by_name()
    html = inline_styles(html, fill_template(folders, "style.css", values))
    dark = (fill_template(folders, name, values) for name in ("dark.css", "dark_outlook.css"))
    html = escape_sendgrid_tags(add_style_blocks(html, tuple(dark)))
    text = write_text(issue, fields, layout, folders=folders)
    if merge.count_tags(html, nonce) != tags or _has_foreign_tag(
        issue, letterhead, fields, nonce, folders
    ):
        raise _foreign_tag(layout)
    prefix = f"-nl{nonce}"
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
        content_hash=_content_hash(
            seed,
            fields.subject,
            fields.preheader,
            html.replace(prefix, "-nl"),
            text.replace(prefix, "-nl"),
        ),
    )


def _seed(issue: Issue, letterhead: Letterhead, folders: tuple[Path, ...]) -> str:
    """Return the seed of the nonce, which also counts in the content hash.

    Includes the salutation: it is a merge tag in the bytes, but a change to it has to
    change the content hash, so that it voids an approval.
    """
    salutation = letterhead.salutation
    if not salutation:
        return issue.key
    phrases = load_phrases(letterhead.language, folders)
    nameless = phrases.nameless_salutation(salutation, letterhead.salutation_nameless)
    return f"{issue.key}\n{salutation}\n{nameless}"


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a value, down to the last field: none may become a merge tag."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif is_dataclass(value):
        for field in field_names(value):
            yield from _texts(getattr(value, field.name))


def _has_foreign_tag(
    issue: Issue,
    letterhead: Letterhead,
    fields: LayoutFields,
    nonce: str,
    folders: tuple[Path, ...],
) -> bool:
    """Whether a header or a part has a merge tag that does not come from the template.

    A template's own tags follow the nonce that it is given. Filled with another one, it leaves
    none with `nonce` but those that come from elsewhere.
    """
    prefix, other = f"-nl{nonce}", nonce[::-1] + "0"
    reader = {name: getattr(fields.reader, name) for name in fields.reader.__slots__}
    turned = {name: text.replace(prefix, f"-nl{other}") for name, text in reader.items()}
    fields = replace(fields, reader=replace(fields.reader, **turned))
    parts = (
        build_frame(fields, other, folders, letterhead.layout),
        write_text(issue, fields, letterhead.layout, folders=folders),
        *(fields.subject, fields.preheader, fields.title, fields.author),
    )
    return any(prefix in part for part in parts)


def _foreign_tag(layout: Layout) -> ComposeError:
    return ComposeError(
        "A text in this issue would be taken for a reader's own link or address.",
        cure=f"Remove your own copies of the templates {layout}.mjml and {layout}.txt: the ones "
        "that came with the program show every text as it is.",
    )


def _content_hash(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        octets = part.encode()
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return digest.hexdigest()
