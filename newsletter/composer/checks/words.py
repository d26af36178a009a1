"""Check the words of both parts: they say what the posts say, and nothing not meant for readers.

Left over may be placeholders, template syntax and unfilled merge tags; left out, words of a post
that no message can show. The text part, which readers of plain text and some phones' previews
show, holds all of the posts too, and no markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from newsletter.composer.checks.proof import Finding, Proof, error, in_post, warning
from newsletter.models import Issue
from newsletter.text import columns, one_line

_LEFTOVERS = (
    (re.compile(r"-nl[0-9a-f]{6,16}[.#]"), "a merge field that was never filled"),
    (re.compile(r"\{\{|\}\}|\{%|%\}|\{#"), "a template mark"),
    (re.compile(r"<%|%>"), "a SendGrid tag"),
    (re.compile(r"\[%|%\]|\*\|[A-Z_]+\|\*|%recipient\.|%%[a-z_]+%%"), "another program's tag"),
    (re.compile(r"\blorem ipsum\b", re.IGNORECASE), "filler text"),
    (re.compile(r"\b(?:TK){1,3}\b|\bTODO\b|\bFIXME\b|\bXXX\b"), "a note to yourself"),
    (
        re.compile(r"\[(?:insert|your|placeholder|add|name|date|link)\b[^\]]*\]", re.IGNORECASE),
        "a blank to be filled in",
    ),
    (re.compile(r"\[object Object\]"), "a value that is no text"),
)
_ELEMENT = re.compile(r"<[^<>]*>")
_LINK_NUMBER = re.compile(r"\s?\[\d+\]?")
_BREAK_HINTS = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
_EMPTY_VALUE = re.compile(r"(?:None|nan|NaN|null|undefined)")
_CURE = "Replace it by what you mean to say."
_POST_CURE = "If it is a slip, correct it on the blog; the draft follows."
_LEFT_OUT_CURE = (
    "Readers find it on your blog. To have it in messages too, write it as text, as a list, or "
    "as a table of at most four columns (more if all are short figures)."
)
_SEASON_CURE = (
    "Write one for these readers as well (“Your words are for” on the desk, or "
    "`newsletter greeting next --edition`), or name no season."
)
_SAME_SEASON = {"autumn": "fall"}
# RFC 5322 2.1.1.
_WIDEST = 78
# Least share of the HTML's words.
_SHARE = 0.3
_WHERE = "in the plain text"
_TEMPLATE = "Correct your own copy of the text template."
_INVISIBLE = re.compile("[\u00a0\u200b\u200c\u00ad\ufeff]")
_MARKUP = re.compile(r"</?(?:p|a|div|span|br|img|table|h[1-6])\b[^<>]*>|&(?:nbsp|amp|quot|#\d+);")


def check_leftovers(proof: Proof) -> Iterator[Finding]:
    """Yield errors in the template, the note, subject and preheader, and warnings in posts."""
    yield from _in_posts(proof)
    in_posts = _foreign_words(proof.issue)
    seen: set[str] = set()
    for where, text in _texts(proof):
        for pattern, what in _LEFTOVERS:
            for leftover in pattern.finditer(text):
                if leftover[0] not in seen and _clean(leftover[0]) not in in_posts:
                    seen.add(leftover[0])
                    yield error("leftover", where, f"“{leftover[0]}” is {what}.", _CURE)
        if _EMPTY_VALUE.fullmatch(text.strip()) and _clean(text) not in in_posts:
            yield error("leftover", where, f"“{text.strip()}” stands where a word should.", _CURE)


def _foreign_words(issue: Issue) -> str:
    """Return everything in the issue that its author did not write for it, cleaned.

    A post that writes about templates does not hold an issue back.
    """
    words: list[str] = []
    for post in issue.posts:
        words += [post.title, post.excerpt, post.author, post.url, post.comments_url, post.html]
        words += post.categories
        # An element may end between two braces, and the text part joins them.
        words += [unescape(_ELEMENT.sub(gap, post.html)) for gap in ("", " ")]
        words += [post.image.url, post.image.alt] if post.image else []
        facts = post.facts
        if facts is not None:
            words += [facts.distance, facts.time, facts.pace, facts.race, facts.route]
    for race in issue.races:
        words += [race.name, race.place, race.url]
    return "\n".join(map(_clean, words))


def _clean(text: str) -> str:
    """Return `text` as messages show it, without the numbers of the text part's links."""
    return one_line(_LINK_NUMBER.sub("", text.translate(_BREAK_HINTS)))


def _texts(proof: Proof) -> Iterator[tuple[str, str]]:
    """Yield place and text of everything a reader may see."""
    yield "in the subject", proof.edition.subject
    yield "in the preheader", proof.edition.preheader
    for node in proof.nodes:
        if node.tag == "" and (node.parent is None or node.parent.tag != "style"):
            yield proof.where(node), node.text
        for name in ("alt", "href", "src", "title", "aria-label"):
            if name in node.attributes:
                yield proof.where(node), node.attributes[name]
    yield "in the plain text", proof.text


def _in_posts(proof: Proof) -> Iterator[Finding]:
    for post in proof.issue.posts:
        text = f"{post.title}\n{post.excerpt}\n{post.html}"
        for pattern, what in _LEFTOVERS:
            leftover = pattern.search(text)
            if leftover:
                problem = f"“{leftover[0]}” looks like {what}."
                yield warning("leftover", in_post(post.title), problem, _POST_CURE)


def check_left_out(proof: Proof) -> Iterator[Finding]:
    """Yield a warning for each post of which a part is missing, with the part in words."""
    for post in proof.issue.posts:
        missing = post.left_out
        if missing is not None:
            problem = (
                f"{missing.words} of its {missing.total} words cannot be shown in a message, "
                f"most of them in {missing.part}."
            )
            yield warning("left-out", in_post(post.title), problem, _LEFT_OUT_CURE)


def check_season(proof: Proof) -> Iterator[Finding]:
    """Yield a warning if the author's own greeting welcomes readers to the others' season."""
    own, hemisphere = proof.issue.greeting_override, proof.edition.hemisphere
    here = proof.issue.greeting(hemisphere)
    if own.kind != "text" or here is None or hemisphere in dict(own.by_hemisphere):
        return
    spoken = {_SAME_SEASON.get(word, word) for word in re.findall(r"[a-z]+", own.words.lower())}
    elsewhere = {greeting.season.name for greeting in proof.issue.greetings} - {here.season.name}
    wrong = sorted(elsewhere & spoken)
    if wrong and here.season.name not in spoken:
        problem = f"Your greeting speaks of {wrong[0]}, and these readers have {here.season.name}."
        yield warning("season", f"in the edition {proof.edition.key}", problem, _SEASON_CURE)


def check_plain_part(proof: Proof) -> Iterator[Finding]:
    """Yield findings on the lines, the markup and the completeness of the text part."""
    lines = proof.text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        yield error("text", _WHERE, "There is no plain text.", _TEMPLATE)
        return
    if "://" in first:
        problem = "It starts with an address; phones show its first line as the preview."
        yield warning("text-start", _WHERE, problem, _TEMPLATE)
    # Before merge fields are filled in: a long address cannot be broken.
    unfilled = proof.edition.text.splitlines()
    wide = next((line for line in unfilled if columns(line) > _WIDEST and "://" not in line), "")
    if wide and len(wide.split()) > 1:
        problem = f"A line is wider than {_WIDEST} columns: “{wide[:40]}…”."
        yield warning("text-lines", _WHERE, problem, _TEMPLATE)
    if re.search(r"\n\s*\n\s*\n\s*\n", proof.text):
        yield warning("text-lines", _WHERE, "It has more than two empty lines.", _TEMPLATE)
    if _INVISIBLE.search(proof.text):
        yield warning("text-marks", _WHERE, "It holds invisible characters.", _TEMPLATE)
    yield from _check_markup(proof)
    yield from _check_completeness(proof)


def _check_markup(proof: Proof) -> Iterator[Finding]:
    markup = _MARKUP.search(proof.text)
    if markup is None:
        return
    posts = (f"{post.title}{post.excerpt}{post.html}" for post in proof.issue.posts)
    if not any(markup[0] in post for post in posts):
        yield warning("text-marks", _WHERE, f"It holds markup: {markup[0][:40]}.", _TEMPLATE)


def _check_completeness(proof: Proof) -> Iterator[Finding]:
    """Check that the text part has all posts and a fair share of the HTML's words."""
    for post in proof.issue.posts:
        if post.url in proof.html and post.url not in proof.text:
            problem = "The plain text does not link to this post."
            yield warning("text-links", in_post(post.title), problem, _TEMPLATE)
    body = next((node for node in proof.nodes if node.tag == "body"), proof.page)
    in_html, in_text = len(body.words().split()), len(proof.text.split())
    if in_text < _SHARE * in_html:
        problem = f"It has {in_text} words, the HTML {in_html}: filters look for such a difference."
        yield warning("text-share", _WHERE, problem, _TEMPLATE)
