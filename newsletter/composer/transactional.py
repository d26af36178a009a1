"""Messages outside of issues: about one subscription, and notices to the author.

A message about a subscription is short, with at most one link. It has no pictures and no text of
the author's: a message that anybody can have sent to any address must not be useful to a spammer.
A notice is about the newsletter, and stands above the issue it is about. It is written in English,
as the desk is.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from newsletter import merge
from newsletter.composer.layout.palette import theme_colours
from newsletter.composer.phrases import locale_for
from newsletter.composer.templating import fill_template
from newsletter.models import Edition, Hemisphere, SeasonName, Theme

#: Merge field with the URL of the link, set for each recipient.
LINK = "link_url"
_BODY = re.compile(r"<body[^<>]*>")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAction:
    """What the author can do about it."""

    label: str
    #: The command that does it.
    command: str
    #: The URL of the page that performs the action; "" for none.
    url: str = ""


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
    #: What the checks say of the issue, one line each.
    checks: tuple[str, ...] = ()
    #: Whom the message lets decide, "" if nobody.
    caution: str = ""
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
