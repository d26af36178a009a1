"""The time to render an edition of eight posts, against compilers and libraries of others."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal

from mjml import mjml2html

from newsletter.composer.render import render
from newsletter.models import Edition, Issue, SafeHtml
from newsletter.resources import template_folders
from tests.benchmarks.node import node_is_ready, node_peer
from tests.benchmarks.report.comparison import Comparison, Measurement
from tests.benchmarks.report.timing import compare, in_unit
from tests.support.sample_issue import ISSUE, LETTERHEAD, MERGE_KEY

_ROUNDS = 100
#: A round of a peer in Node renders as many, because its clock is coarser.
_IN_A_ROUND, _NODE_ROUNDS = 10, 15
_Body = Literal["excerpt", "full"]
_BARE = "bare mjml-python on the same MJML"
_WHY = (
    "By a profile, in times of the bare compiler: css-inline, which parses the compiled HTML once "
    "more, 1.7; the compiler 1.2 to 1.3; Jinja2 0.95 for the MJML, 0.55 for the text part and 0.5 "
    "for the style sheets; the variables of the posts 0.9; nonce, tags and hash 0.6."
)
_EXCERPT = Comparison(
    key="composing.excerpt",
    what=f"an edition of {len(ISSUE.posts)} posts (excerpts)",
    against=_BARE,
    unit="ms",
    floor=4.0,
    clock="processor",
    explanation=_WHY,
)
_FULL = Comparison(
    key="composing.full",
    what=f"an edition of {len(ISSUE.posts)} posts (in full)",
    against=_BARE,
    unit="ms",
    floor=12.0,
    clock="processor",
    explanation=f"The posts are also written as plain text, by inscriptis. {_WHY}",
)
_EDITIONS: dict[_Body, Comparison] = {"excerpt": _EXCERPT, "full": _FULL}
_NPM = Comparison(
    key="composing.npm-mjml",
    what="an edition of 8 posts, HTML, inlined, and text",
    against="npm mjml on the same MJML, HTML alone",
    unit="ms",
    floor=1.0,
    clock="processor",
    explanation=_WHY,
)
_REACT = Comparison(
    key="composing.react-email",
    what="an edition of 8 posts, from MJML",
    against="react-email, HTML and text of 8 posts",
    unit="ms",
    floor=1.5,
    clock="processor",
    explanation=f"react-email writes its tables without a compiler. {_WHY}",
)
COMPARISONS = (*_EDITIONS.values(), _NPM, _REACT)


def measure() -> Iterator[Measurement]:
    """Measure `render` of one edition, with excerpts and with full posts.

    Each edition is of an issue not seen before, so no cache can help.
    """
    for body, comparison in _EDITIONS.items():
        rendered = _renderer(body)
        source = rendered().mjml
        bare = partial(mjml2html, source)
        yield compare(
            comparison, rendered, bare, rounds=_ROUNDS, clock=time.process_time, scale=1e3
        )
    if node_is_ready():
        with tempfile.TemporaryDirectory() as name:
            source_file = Path(name) / "digest.mjml"
            source_file.write_text(_renderer("excerpt")().mjml, "utf-8")
            yield _against_node(_NPM, "mjml.mjs", source_file)
            issue_file = Path(name) / "issue.json"
            issue_file.write_text(json.dumps(_issue_for_react()), "utf-8")
            yield _against_node(_REACT, "react_email.mjs", issue_file)


def _against_node(comparison: Comparison, script: str, file: Path) -> Measurement:
    rendered = _renderer("excerpt")
    ours: list[float] = []
    theirs: list[float] = []
    with node_peer(script, str(file), str(_IN_A_ROUND)) as peer:
        rendered()
        for _ in range(_NODE_ROUNDS):
            start = time.process_time()
            for _ in range(_IN_A_ROUND):
                rendered()
            ours.append((time.process_time() - start) / _IN_A_ROUND)
            theirs.append(peer.round()[0] / _IN_A_ROUND)
    return Measurement(
        comparison=comparison, ours=in_unit(tuple(ours), 1e3), theirs=in_unit(tuple(theirs), 1e3)
    )


def _issue_for_react() -> dict[str, object]:
    posts = [
        {
            "title": post.title,
            "url": post.url,
            "excerpt": post.excerpt,
            "image": post.image.url if post.image else "",
        }
        for post in ISSUE.posts
    ]
    return {"title": LETTERHEAD.title, "greeting": ISSUE.preheader, "posts": posts}


def _renderer(body: _Body) -> Callable[[], Edition]:
    letterhead = replace(LETTERHEAD, body=body)
    folders = template_folders("email", None)
    most = max(_ROUNDS, _NODE_ROUNDS * _IN_A_ROUND) + 2
    issues = iter([_issue(number) for number in range(most)])
    return lambda: render(next(issues), "north", letterhead, folders=folders, merge_key=MERGE_KEY)


def _issue(number: int) -> Issue:
    """Return an issue whose posts differ from those of every other."""
    posts = tuple(
        replace(post, title=f"{post.title} {number}", html=SafeHtml(f"{post.html}<p>{number}</p>"))
        for post in ISSUE.posts
    )
    return replace(ISSUE, posts=posts)
