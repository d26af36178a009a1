"""A note: a tiny message about the subscription itself, with at most one link.

No picture, no offer: what asks for a confirmation must not be worth sending to strangers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.theme import themed
from newsletter.composer.templating import fill_template
from newsletter.composer.text.phrases import locale_for
from newsletter.models import Edition, Hemisphere, SeasonName, Theme

LINK = "link_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The words of a note in `language` (a BCP 47 tag).

    `button` names the link, `then` follows it, `foot` is small print.

    Each recipient brings the address of the link as the merge field LINK.
    """

    subject: str
    heading: str
    lines: tuple[str, ...]
    button: str
    then: tuple[str, ...] = ()
    foot: str = ""
    language: str = "en"


def write_note(
    note: Note,
    *,
    title: str,
    theme: Theme,
    season: SeasonName,
    hemisphere: Hemisphere,
    folders: tuple[Path, ...],
) -> Edition:
    """The note as an edition. Raises ComposeError for a broken template of the author's."""
    texts = (note.subject, note.heading, *note.lines, note.button, *note.then, note.foot, title)
    nonce = merge.nonce_for("note", texts)
    fields = {
        "note": note,
        "title": title,
        "link": merge.tag(nonce, LINK),
        "direction": locale_for(note.language).text_direction,
        "colours": themed(season, theme),
    }
    html = fill_template(folders, "note.html", fields)
    text = fill_template(folders, "note.txt", fields)
    return Edition(
        key=hemisphere,
        hemisphere=hemisphere,
        issue=0,
        subject=note.subject,
        preheader="",
        html=html,
        text=text,
        mjml="",
        nonce=nonce,
        content_hash=hashlib.sha256(f"{note.subject}\0{html}\0{text}".encode()).hexdigest(),
    )
