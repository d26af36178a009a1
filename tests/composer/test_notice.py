"""The notice as a message: alone, and above the issue that it is about."""

from __future__ import annotations

from newsletter.composer.transactional import (
    NoticeAction,
    NoticeContent,
    RenderedIssue,
    render_notice,
)
from newsletter.models import Edition, Theme
from newsletter.resources import templates

CONTENT = NoticeContent(
    subject="Issue 3 waits for you: Sunday 07:00",
    heading="Issue 3 waits for you: Sunday 07:00",
    lines=("It is due Sunday.",),
    changes=("“Mud & <more> mud” is new in it.",),
    posts=("Mud & <more> mud",),
    no_answer="Nobody gets it.",
    actions=(NoticeAction(label="Approve it", command="newsletter approve 3"),),
    foot="Commands are for the folder /home/jane/news.",
)
ISSUE = RenderedIssue(
    html='<html lang="de"><head><title>x</title></head><body style="margin:0"><p>Guten Lauf</p>'
    "</body></html>",
    text="Guten Lauf",
)


def render(issue: RenderedIssue | None) -> Edition:
    return render_notice(
        CONTENT,
        title="Pine & Pace",
        theme=Theme(),
        season="fall",
        hemisphere="north",
        folders=(templates() / "email",),
        issue=issue,
    )


def test_alone_it_is_a_whole_page_with_every_part() -> None:
    edition = render(None)

    for part in ("It is due Sunday.", "Nobody gets it.", "newsletter approve 3", "Approve it"):
        assert part in edition.html
        assert part in edition.text
    assert "Mud &amp; &lt;more&gt; mud" in edition.html
    assert "* Mud & <more> mud" in edition.text
    assert "prefers-color-scheme: dark" in edition.html
    assert "as it stands" not in edition.html + edition.text


def test_it_stands_above_the_issue_in_its_own_language() -> None:
    edition = render(ISSUE)

    assert edition.html.count("<body") == edition.html.count("</head>") == 1
    assert edition.html.index("newsletter approve 3") < edition.html.index("Guten Lauf")
    assert 'lang="en" dir="ltr"' in edition.html
    assert edition.text.index("newsletter approve 3") < edition.text.index("Guten Lauf")


def test_no_line_of_the_text_is_wider_than_76_columns() -> None:
    assert max(map(len, render(ISSUE).text.split("\n"))) <= 76
