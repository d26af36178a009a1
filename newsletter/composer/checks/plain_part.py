"""The text part: what a reader of plain text, and some phones' previews, get."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.composer.checks.finding import Finding, error, warning
from newsletter.composer.checks.proof import Proof, in_post
from newsletter.text import columns

_WIDEST = 78
_SHARE = 0.3
_WHERE = "in the plain text"
_TEMPLATE = "Correct your own copy of the text template."
_INVISIBLE = re.compile("[\u00a0\u200b\u200c\u00ad\ufeff]")
_MARKUP = re.compile(r"</?(?:p|a|div|span|br|img|table|h[1-6])\b[^>]*>|&(?:nbsp|amp|quot|#\d+);")


def check_plain_part(proof: Proof) -> Iterator[Finding]:
    lines = proof.text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        yield error("text", _WHERE, "There is no plain text.", _TEMPLATE)
        return
    if "://" in first:
        problem = "It starts with an address; phones show its first line as the preview."
        yield warning("text-start", _WHERE, problem, _TEMPLATE)
    # As composed: a reader's long address widens a line, and cannot be broken.
    composed = proof.edition.text.splitlines()
    wide = next((line for line in composed if columns(line) > _WIDEST and "://" not in line), "")
    if wide and len(wide.split()) > 1:
        problem = f"A line is wider than {_WIDEST} columns: “{wide[:40]}…”."
        yield warning("text-lines", _WHERE, problem, _TEMPLATE)
    if re.search(r"\n\s*\n\s*\n\s*\n", proof.text):
        yield warning("text-lines", _WHERE, "It has more than two empty lines.", _TEMPLATE)
    if _INVISIBLE.search(proof.text):
        yield warning("text-marks", _WHERE, "It holds invisible characters.", _TEMPLATE)
    yield from _markup(proof)
    yield from _as_much(proof)


def _markup(proof: Proof) -> Iterator[Finding]:
    found = _MARKUP.search(proof.text)
    written = found and any(found[0] in f"{p.title}{p.excerpt}{p.html}" for p in proof.issue.posts)
    if found and not written:
        yield warning("text-marks", _WHERE, f"It holds markup: {found[0][:40]}.", _TEMPLATE)


def _as_much(proof: Proof) -> Iterator[Finding]:
    """The text part says what the HTML says: all posts, and a fair share of the words."""
    for post in proof.issue.posts:
        if post.url in proof.html and post.url not in proof.text:
            problem = "The plain text does not link to this post."
            yield warning("text-links", in_post(post.title), problem, _TEMPLATE)
    body = next((node for node in proof.nodes if node.tag == "body"), proof.page)
    seen, written = len(body.words().split()), len(proof.text.split())
    if written < _SHARE * seen:
        problem = f"It has {written} words, the HTML {seen}: filters look for such a difference."
        yield warning("text-share", _WHERE, problem, _TEMPLATE)
