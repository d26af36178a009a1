"""Check the text part, which readers of plain text and some phones' previews show."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, error, in_post, warning
from newsletter.text import columns

# RFC 5322 2.1.1.
_WIDEST = 78
# Least share of the HTML's words.
_SHARE = 0.3
_WHERE = "in the plain text"
_TEMPLATE = "Correct your own copy of the text template."
_INVISIBLE = re.compile("[\u00a0\u200b\u200c\u00ad\ufeff]")
_MARKUP = re.compile(r"</?(?:p|a|div|span|br|img|table|h[1-6])\b[^<>]*>|&(?:nbsp|amp|quot|#\d+);")


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
