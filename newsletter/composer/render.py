"""An issue made into an edition: HTML and text with merge tags, the same every time."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

from mjml import mjml2html

from newsletter import merge
from newsletter.composer.layout.body import fit_body
from newsletter.composer.layout.finish import (
    add_style_blocks,
    body_place,
    defuse,
    inline_styles,
    put_bodies,
)
from newsletter.composer.layout.plain_text import write_text
from newsletter.composer.layout.truncation import UNCUT, Cut
from newsletter.composer.layout.view_fields import LayoutFields, layout_fields
from newsletter.composer.templating import fill_template
from newsletter.composer.text.phrase_files import words_for
from newsletter.errors import ComposeError
from newsletter.models import Edition, Hemisphere, Issue, Layout, Letterhead
from newsletter.text import one_line

_POSITION = re.compile(r"at position (\d+)")
# What the compiler would write as Rust's debugging does (an emoji's joiner as \u{200d}): in
# attributes, and in the title, which becomes one.
_ODD = re.compile(r"[\\\x80-\U0010ffff]")
_SPELLED = re.compile(r"<[^<>\\\x80-\U0010ffff]*[\\\x80-\U0010ffff][^<>]*>|<mj-title>[^<]*")


def render(
    issue: Issue,
    hemisphere: Hemisphere,
    letterhead: Letterhead,
    *,
    folders: tuple[Path, ...],
    cut: Cut = UNCUT,
) -> Edition:
    """The edition of `issue` for readers in `hemisphere`, cut as told (see `fit`).

    Templates are looked for in `folders`, first wins. The same arguments and templates
    give the same bytes, in any process; preview, archive and delivery rely on that.

    Raises ComposeError for a broken template, naming file and line.
    """
    nonce = merge.nonce_for(_seed(issue, letterhead, folders), _all_texts(issue, letterhead))
    fields = layout_fields(issue, hemisphere, letterhead, nonce=nonce, folders=folders, cut=cut)
    layout = letterhead.layout
    mjml = _frame(fields, nonce, folders, layout)
    html = _compile(mjml, layout)
    if any(post.whole for post in fields.posts):
        html = put_bodies(html, nonce, lambda place: fit_body(issue.posts[place].html))
    values = fields.by_name()
    html = inline_styles(html, fill_template(folders, "style.css", values))
    dark = (fill_template(folders, name, values) for name in ("dark.css", "dark_outlook.css"))
    html = defuse(add_style_blocks(html, tuple(dark)))
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
    """The salutation is not in the bytes: by the seed, another one still makes other bytes."""
    named = letterhead.salutation
    if not named:
        return issue.key
    words = words_for(letterhead.language, folders)
    return f"{issue.key}\n{named}\n{words.to_nobody(named, letterhead.salutation_nameless)}"


def _frame(fields: LayoutFields, nonce: str, folders: tuple[Path, ...], layout: Layout) -> str:
    """The MJML of the edition, with a mark where each full post goes."""
    posts = tuple(
        replace(post, body=body_place(nonce, index)) if post.whole else post
        for index, post in enumerate(fields.posts)
    )
    fields = replace(fields, posts=posts)
    return fill_template(folders, f"{layout}.mjml", fields.by_name())


def _compile(mjml: str, layout: Layout) -> str:
    mjml = _SPELLED.sub(_spelled, mjml)
    try:
        # No font is fetched from elsewhere, and nothing can be included from disk.
        html = str(mjml2html(mjml, disable_comments=True, fonts={}))
    except ValueError as error:
        raise ComposeError(
            f"The email template {layout}.mjml does not make valid MJML{_near(mjml, error)}: "
            f"{error}.",
            cure="Correct your own copy of it, or remove it to go back to the one that came "
            "with the program.",
        ) from error
    # The compiler closes and opens Outlook's comments between any two tags: 3 KB of nothing.
    html = html.replace("<![endif]--><!--[if mso | IE]>", "")
    # No attribute's value in HTML; the style beside it says the same to everybody.
    return html.replace(' height="auto"', "")


def _spelled(tag: re.Match[str]) -> str:
    """A tag with entities for what the compiler cannot write; inlining undoes them."""
    return _ODD.sub(lambda odd: f"&#{ord(odd[0])};", tag[0])


def _near(mjml: str, error: ValueError) -> str:
    """The line the compiler stumbled over, where it tells; it counts in bytes."""
    told = _POSITION.search(str(error))
    if told is None:
        return ""
    before = mjml.encode()[: int(told[1])].decode(errors="ignore")
    line = before.count("\n") + 1
    return f" near line {line} (filled in: {one_line(mjml.splitlines()[line - 1])[:80]})"


def _all_texts(issue: Issue, letterhead: Letterhead) -> tuple[str, ...]:
    """Every text that others wrote, so that none can hold one of our merge tags."""
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
