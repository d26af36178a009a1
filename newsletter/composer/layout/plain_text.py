"""The text part of a message: written for readers of plain text, not stripped from HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from newsletter.composer.layout.view_fields import LayoutFields
from newsletter.composer.templating import fill_template
from newsletter.composer.text.plain_body import body_text
from newsletter.models import Issue

_GAP = re.compile(r"\n\s*\n\s*\n+")


def write_text(
    issue: Issue, fields: LayoutFields, layout: str, *, folders: tuple[Path, ...]
) -> str:
    """The text part by the template `layout`.txt, wrapped at 76 columns except addresses.

    Besides the fields it may use the filters `wrap` and `underline`.
    Raises ComposeError for a broken template.
    """
    posts = tuple(
        replace(shown, body=body_text(post.html, words=fields.words)) if shown.whole else shown
        for shown, post in zip(fields.posts, issue.posts, strict=False)
    )
    fields = replace(fields, posts=posts)
    filled = fill_template(folders, f"{layout}.txt", fields.by_name())
    return _harmless(_GAP.sub("\n\n", filled).strip() + "\n")


def _harmless(text: str) -> str:
    """`text` without SendGrid's `<%…%>`, which it would fill in; text has no entities."""
    return text.replace("<%", "< %").replace("%>", "% >").replace("\u00a0", " ")
