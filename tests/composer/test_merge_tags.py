"""No text from outside becomes a merge tag, and none that looks like one holds an issue back."""

from __future__ import annotations

import datetime as dt
import sys
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter import merge
from newsletter.composer.checks.lint import lint
from newsletter.composer.render import render
from newsletter.errors import ComposeError
from newsletter.models import (
    Edition,
    Facts,
    Greeting,
    Image,
    Issue,
    Layout,
    OwnEdits,
    Race,
    SafeHtml,
)
from newsletter.resources import template_folders
from tests.composer.checks.conftest import FIELDS
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY, POSTS

FOLDERS = template_folders("email", None)
OWN = replace(LETTERHEAD, salutation="Hello {name},")
ALL = [chr(number) for number in range(sys.maxunicode + 1)]
# Control, format and white space characters, combining marks and private ones.
INVISIBLE = [c for c in ALL if unicodedata.category(c) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Me"}]
INVISIBLE += ["\u034f", "\u115f", "\u1160", "\u17b4", "\u180b", "\u3164", "\ufe0f", "\uffa0"]
LOOKALIKES = {
    letter: [c for c in ALL if c != letter and unicodedata.normalize("NFKC", c) == letter]
    for letter in "-nlabcdef0123456789."
}
TAGS = (
    *merge.UNSUBSCRIBE.values(),
    *merge.PREFERENCES.values(),
    "address",
    "salutation",
    "link_url",
)


def _render(issue: Issue, body: Any = "excerpt", layout: Layout = "digest", **own: Any) -> Edition:
    letterhead = replace(OWN, body=body, layout=layout, **own)
    return render(issue, "north", letterhead, folders=FOLDERS, merge_key=MERGE_KEY)


def _with_text(text: str) -> Issue:
    """Return an issue that says `text` wherever anybody from outside, or the author, can."""
    url = f"https://blog.example.com/?t={text}"
    post = replace(
        POSTS[0],
        title=text,
        excerpt=text,
        author=text,
        html=SafeHtml(f'<p>{text} <a href="{url}">{text}</a></p>'),
        url=url,
        comments_url=url,
        categories=(text,),
        image=Image(url=url, alt=text),
        facts=Facts(distance=text, time=text, pace=text, race=text, route=text),
    )
    race = Race(day=dt.date(2027, 4, 4), name=text, place=text, url=url)
    greeting: Greeting = replace(ISSUE.greetings[0], text=text)
    return replace(
        ISSUE,
        subject=text,
        preheader=text,
        note=SafeHtml(f"<p>{text}</p>"),
        own_edits=OwnEdits(note=text, excerpts=((post.id, text),)),
        posts=(post, POSTS[1]),
        races=(race,),
        greetings=(greeting, ISSUE.greetings[1]),
    )


def _own_tags(edition: Edition) -> tuple[Any, Any, int]:
    return (
        merge.count_tags(edition.html, edition.nonce),
        merge.count_tags(edition.text, edition.nonce),
        (edition.subject + edition.preheader).count(edition.nonce),
    )


def _first_nonce(body: str, layout: Layout) -> str:
    """Return the nonce that an issue without anything odd has, known to the attacker."""
    return _render(_with_text("mud"), body, layout).nonce


@pytest.mark.parametrize(
    ("body", "layout"), [("excerpt", "digest"), ("full", "full"), ("full", "letter")]
)
@pytest.mark.parametrize("place", range(4))
def test_no_invisible_character_makes_a_tag_of_any_text(
    body: str, layout: Layout, place: int
) -> None:
    tag = merge.tag(_first_nonce(body, layout), "preferences_url")
    cut = (0, 2, 6, len(tag) - 3)[place]
    text = " ".join(f"{tag[:cut]}{character}{tag[cut:]}" for character in INVISIBLE)
    edition = _render(_with_text(text), body, layout)
    assert edition.nonce not in tag
    assert _own_tags(edition) == _own_tags(_render(_with_text("mud"), body, layout))


def test_no_lookalike_makes_a_tag_of_any_text() -> None:
    nonce = _first_nonce("excerpt", "digest")
    tag = merge.tag(nonce, "address")
    likes = [tag.replace(letter, c) for letter, all_ in LOOKALIKES.items() for c in all_]
    edition = _render(_with_text(" ".join(likes)))
    assert edition.nonce != nonce
    assert _own_tags(edition) == _own_tags(_render(_with_text("mud")))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_mixture_leaves_the_tags_of_the_templates_alone(data: st.DataObject) -> None:
    tag = merge.tag(_first_nonce("excerpt", "digest"), data.draw(st.sampled_from(TAGS)))
    odd = st.sampled_from([*INVISIBLE, "&#8203;", "&shy;", "%E2%80%8B", "<!---->", "<b></b>"])
    text = "".join(letter + data.draw(st.one_of(st.just(""), odd)) for letter in tag)
    edition = _render(_with_text(text))
    assert _own_tags(edition) == _own_tags(_render(_with_text("mud")))


def test_each_newsletter_has_a_nonce_that_nobody_else_can_derive() -> None:
    nonces = {
        render(ISSUE, "north", OWN, folders=FOLDERS, merge_key=key).nonce for key in ("a", "b", "")
    }
    assert len(nonces) == 3


def test_another_secret_does_not_void_an_approval() -> None:
    hashes = {
        render(ISSUE, "north", OWN, folders=FOLDERS, merge_key=key).content_hash for key in "ab"
    }
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("digest.txt", "Hello, {}\n"),
        (
            "digest.mjml",
            "<mjml><mj-body><mj-raw>{}</mj-raw></mj-body></mjml>",
        ),
    ],
)
def test_a_template_that_makes_a_tag_of_a_text_is_an_error(
    tmp_path: Path, name: str, template: str
) -> None:
    nonce = _render(ISSUE, salutation="").nonce
    issue = replace(ISSUE, preheader=f"-nlz{nonce[1:]}.address-")
    put_together = f"{{{{ preheader | replace('z', '{nonce[0]}') }}}}"
    (tmp_path / name).write_text(template.format(put_together), "utf-8")
    with pytest.raises(ComposeError, match="reader's own link"):
        render(
            issue,
            "north",
            LETTERHEAD,
            folders=(tmp_path, *FOLDERS),
            merge_key=MERGE_KEY,
        )


@pytest.mark.parametrize(
    "text",
    [
        "Ran }\u200b} fast",
        "-nl\u200bb2ff01.preferences_url-",
        "-nlb2ff01.address-",
        "{\u00ad{ 7*7 }\u2060}",
        "*|UNSUB|* and [%x%] and %%name%%",
        "[your name here]",
        "<%\u200bx%>",
    ],
)
@pytest.mark.parametrize("body", ["excerpt", "full"])
def test_a_post_that_looks_like_a_tag_is_shown_and_holds_nothing_back(text: str, body: Any) -> None:
    html = SafeHtml(f"<p>{text.replace('<', '&lt;')}</p><p>{{<b>{{</b>x}}<i>}}</i></p>")
    facts = Facts(race=text, route=text)
    post = replace(POSTS[0], title=text, excerpt=text, html=html, facts=facts)
    race = Race(day=dt.date(2027, 4, 4), name=text, place=text)
    issue = replace(ISSUE, subject=text, posts=(post, POSTS[1]), races=(race,))
    letterhead = replace(LETTERHEAD, body=body)
    edition = render(issue, "north", letterhead, folders=FOLDERS, merge_key=MERGE_KEY)
    findings = lint(edition, issue, letterhead, fields=FIELDS)
    assert [f for f in findings if f.level == "error"] == []


def test_an_endless_address_is_dropped_from_the_link() -> None:
    endless = f"https://blog.example.com/{'a' * 100_000}"
    post = replace(POSTS[0], url=endless, image=Image(url=endless, alt="A hill"))
    issue = replace(ISSUE, posts=(post, *POSTS[1:]))
    edition = render(issue, "north", LETTERHEAD, folders=FOLDERS, merge_key=MERGE_KEY)
    assert "a" * 3000 not in edition.html + edition.text
    assert POSTS[0].title in edition.html
    findings = lint(edition, issue, LETTERHEAD, fields=FIELDS)
    assert [f for f in findings if f.level == "error"] == []


def test_a_name_cannot_put_itself_together_to_a_tag() -> None:
    name = "-nl-nlabcabc.address-"
    assert merge.fill("-nlabc.salutation-", "abc", {"salutation": name}, html=False) == ".address-"
