"""Render an issue to an edition, byte for byte repeatable, and fit it into Gmail's limit.

An edition is HTML and text with merge tags. Gmail clips a message after 102 KB of HTML
(https://github.com/hteumeuleu/email-bugs/issues/41), the unsubscribe link in the footer included.
It drops all style blocks of a message that has more than 16,384 characters of CSS
(https://github.com/hteumeuleu/email-bugs/issues/90).

The budget applies to the HTML with the longest merge fields any recipient has. To meet it, the
longest posts are shown by their excerpt, then excerpts grow shorter, then the last posts are
shown by title only. The layout around the posts is never cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass, replace
from dataclasses import fields as fields_of
from functools import cache
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
    count_cards,
    layout_fields,
    whole_posts,
)
from newsletter.composer.phrase_files import load_phrases
from newsletter.composer.templating import fill_template
from newsletter.errors import ComposeError
from newsletter.models import Edition, Hemisphere, Issue, Layout, Letterhead
from newsletter.resources import template_folders
from newsletter.text import one_line

#: Bytes of HTML after which Gmail clips a message.
GMAIL_LIMIT = 102_400
#: Bytes of HTML an edition is fitted into.
HTML_BUDGET = 80 * 1024
#: Bytes of HTML beyond which the checks refuse an edition.
HTML_LIMIT = 95 * 1024
#: Characters of CSS in style blocks beyond which the checks refuse an edition.
CSS_LIMIT = 16_000
_EXCERPTS = (400, 280, 200, 140, 90)


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
    if merge.count_tags(html, nonce) != tags or (
        _has_own_files(folders) and _has_foreign_tag(issue, letterhead, fields, nonce, folders)
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
    elif is_dataclass(value) and not isinstance(value, type):
        for name in _field_names(type(value)):
            yield from _texts(getattr(value, name))


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields_of(kind))


def _has_own_files(folders: tuple[Path, ...]) -> bool:
    """Whether the author has templates or phrases of their own.

    The shipped ones show every text as it is, so that no text can become a merge tag in them:
    the nonce occurs in none. Proving it anew would render every message twice.
    """
    shipped = template_folders("email", None)
    return any(
        folder.is_dir() and any(folder.iterdir()) for folder in folders if folder not in shipped
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """An edition, and what was left out of it."""

    edition: Edition
    #: A sentence for the author for each cut; empty if the issue fits whole.
    notes: tuple[str, ...] = ()


def fit(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    fields: Mapping[str, str],
    merge_key: str,
    budget: int = HTML_BUDGET,
) -> FitResult:
    """Render the edition with the mildest truncation that keeps its HTML within `budget` bytes.

    `fields` are the longest values of the merge fields. If even the harshest truncation is
    too large, returns that one; the checks then report its size. Raise ComposeError as
    `render` does.
    """

    def render_with(truncation: Truncation) -> Edition:
        return render(
            issue,
            hemisphere,
            letterhead,
            folders=folders,
            merge_key=merge_key,
            truncation=truncation,
        )

    def fits(edition: Edition) -> bool:
        return len(merge.fill(edition.html, edition.nonce, fields, html=True).encode()) <= budget

    whole = render_with(NO_TRUNCATION)
    if fits(whole):
        return FitResult(edition=whole)
    steps = _truncations(issue, letterhead)
    # Binary search for the mildest step that fits.
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(render_with(steps[middle])) else (middle + 1, high)
    truncation = steps[low] if steps else NO_TRUNCATION
    return FitResult(edition=render_with(truncation), notes=_notes(issue, truncation))


def _truncations(issue: Issue, letterhead: Letterhead) -> tuple[Truncation, ...]:
    """Return every truncation of the issue, from the mildest to the harshest."""
    longest = sorted(
        whole_posts(issue, letterhead), key=lambda index: len(issue.posts[index].html), reverse=True
    )
    brief = [Truncation(brief=frozenset(longest[:number])) for number in range(1, len(longest) + 1)]
    every = frozenset(longest)
    shorter = [Truncation(brief=every, excerpt=limit) for limit in _EXCERPTS]
    fewer = [
        Truncation(brief=every, excerpt=_EXCERPTS[-1], cards=cards)
        for cards in reversed(range(count_cards(issue)))
    ]
    return (*brief, *shorter, *fewer)


def _notes(issue: Issue, truncation: Truncation) -> tuple[str, ...]:
    why = "so that Gmail does not cut the message off"
    notes = [
        f"“{one_line(issue.posts[index].title)}” is shown by its excerpt {why}."
        for index in sorted(truncation.brief)
    ]
    if truncation.excerpt is not None:
        notes.append(f"Excerpts were shortened to {truncation.excerpt} characters {why}.")
    if truncation.cards is not None:
        moved = count_cards(issue) - truncation.cards
        posts = "post stands" if moved == 1 else "posts stand"
        notes.append(f"The last {moved} {posts} under “Also on the blog” by title only {why}.")
    return tuple(notes)
