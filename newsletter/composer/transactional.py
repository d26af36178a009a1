"""Transactional mail: a short message about one subscription, with at most one link.

No pictures and no text of the author's: a message that anybody can have sent to any address
must not be useful to a spammer.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.theme import theme_colours
from newsletter.composer.phrases import locale_for
from newsletter.composer.templating import fill_template
from newsletter.models import Edition, Hemisphere, SeasonName, Theme

#: Merge field with the URL of the link, set for each recipient.
LINK = "link_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionalContent:
    """The text of a transactional mail. Templates see it as `note`."""

    subject: str
    heading: str
    lines: tuple[str, ...]
    #: Text of the link.
    button: str
    #: Paragraphs after the link.
    then: tuple[str, ...] = ()
    #: Small print.
    foot: str = ""
    #: BCP 47 tag.
    language: str = "en"


def render_transactional(
    content: TransactionalContent,
    *,
    title: str,
    theme: Theme,
    season: SeasonName,
    hemisphere: Hemisphere,
    folders: tuple[Path, ...],
) -> Edition:
    """Return `content` as an edition. Raise ComposeError for a broken template."""
    texts = (content.subject, content.heading, *content.lines, content.button, *content.then)
    nonce = merge.nonce_for("", "note", (*texts, content.foot, title))
    fields = {
        "note": content,
        "title": title,
        "link": merge.tag(nonce, LINK),
        "direction": locale_for(content.language).text_direction,
        "colours": theme_colours(season, theme),
    }
    html = fill_template(folders, "note.html", fields)
    text = fill_template(folders, "note.txt", fields)
    return edition_of_no_issue(content.subject, html, text, hemisphere=hemisphere, nonce=nonce)


def edition_of_no_issue(
    subject: str, html: str, text: str, *, hemisphere: Hemisphere, nonce: str
) -> Edition:
    """Return the edition of a message that belongs to no issue."""
    return Edition(
        key=hemisphere,
        hemisphere=hemisphere,
        issue=0,
        subject=subject,
        preheader="",
        html=html,
        text=text,
        mjml="",
        nonce=nonce,
        content_hash=hashlib.sha256(f"{subject}\0{html}\0{text}".encode()).hexdigest(),
    )
