"""A notice: a message to the author about the newsletter, above the issue it is about.

It is written in English, as the desk is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.theme import theme_colours
from newsletter.composer.templating import fill_template
from newsletter.composer.transactional import edition_of_no_issue
from newsletter.models import Edition, Hemisphere, SeasonName, Theme

_BODY = re.compile(r"<body[^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAction:
    """What the author can do about it."""

    label: str
    #: The command that does it.
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """The text of a notice. Templates see it as `notice`."""

    subject: str
    heading: str
    #: What happened or will happen, and when: paragraphs.
    lines: tuple[str, ...]
    #: What changed in the issue since the last notice.
    changes: tuple[str, ...] = ()
    #: The titles of the posts in the issue.
    posts: tuple[str, ...] = ()
    #: What happens without an answer.
    no_answer: str = ""
    actions: tuple[NoticeAction, ...] = ()
    #: Small print.
    foot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedIssue:
    """The issue that a notice shows, as a made-up reader gets it: no merge tags are left."""

    html: str
    text: str


def render_notice(
    content: NoticeContent,
    *,
    title: str,
    theme: Theme,
    season: SeasonName,
    hemisphere: Hemisphere,
    folders: tuple[Path, ...],
    issue: RenderedIssue | None = None,
) -> Edition:
    """Return `content` as an edition. Raise ComposeError for a broken template."""
    fields = {
        "notice": content,
        "title": title,
        "colours": theme_colours(season, theme),
        "has_issue": issue is not None,
        "issue_text": issue.text if issue else "",
    }
    if issue is None:
        html = fill_template(folders, "notice.html", fields)
    else:
        panel = fill_template(folders, "notice_panel.html", fields)
        style = f"<style>{fill_template(folders, 'notice.css', fields)}</style></head>"
        html = issue.html.replace("</head>", style, 1)
        html = _BODY.sub(lambda body: f"{body[0]}\n{panel}", html, count=1)
    text = fill_template(folders, "notice.txt", fields)
    nonce = merge.nonce_for("", "notice", (html, text))
    return edition_of_no_issue(content.subject, html, text, hemisphere=hemisphere, nonce=nonce)
