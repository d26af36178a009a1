"""What a check is given and what it says: the proof of an edition, findings, and the rules' names.

A proof is an edition with its merge fields filled in and its HTML parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Literal, get_args

from newsletter import merge
from newsletter.composer.markup import Node, parse_html
from newsletter.models import Edition, Issue, Letterhead, Post
from newsletter.text import one_line

TOP = "at the top of the message"
Level = Literal["error", "warning"]
RuleName = Literal[
    "active-content",
    "address",
    "client-support",
    "contrast",
    "contrast-turned",
    "css-size",
    "font-size",
    "from-name",
    "headings",
    "html-size",
    "https",
    "image-alt",
    "image-animated",
    "image-dead",
    "image-format",
    "image-weight",
    "image-width",
    "language",
    "left-out",
    "leftover",
    "link-dead",
    "link-same-text",
    "link-text",
    "network",
    "one-click",
    "postal-address",
    "preheader",
    "season",
    "settings",
    "shortened",
    "spam-phrase",
    "spam-score",
    "subject",
    "subject-emoji",
    "subject-length",
    "subject-shouting",
    "table-role",
    "target-size",
    "template",
    "text",
    "text-lines",
    "text-links",
    "text-marks",
    "text-share",
    "text-start",
    "title",
    "unsubscribe",
    "unsubscribe-late",
]
#: All rule names; authors see them in findings and pass them to `send --force`.
RULES: tuple[RuleName, ...] = get_args(RuleName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An edition as the recipient with the longest merge fields gets it."""

    edition: Edition
    issue: Issue
    letterhead: Letterhead
    #: Values of the merge fields.
    fields: Mapping[str, str]
    html: str
    text: str
    #: Root of the tree of `html`.
    page: Node
    #: All nodes in document order.
    nodes: tuple[Node, ...]
    #: The place of each node in words, by the node's id().
    places: Mapping[int, str]
    #: Name of the setting that limits the number of posts.
    limit: str
    #: Whether our own copies of pictures are shown, where there are any.
    copied: bool = False

    def where(self, node: Node) -> str:
        """Return the place of `node` in words: in which post, or under which heading."""
        return self.places.get(id(node), TOP)

    def owner(self, url: str) -> Post | None:
        """Return the post that contains `url`, None if it comes from the template."""
        return next((post for post in self.issue.posts if _contains(post, url)), None)


def _contains(post: Post, url: str) -> bool:
    if not url:
        return False
    own = url in (post.url, post.comments_url) or (post.image is not None and url == post.image.url)
    return own or f'"{escape(url, quote=False)}"' in post.html


def make_proof(
    edition: Edition,
    issue: Issue,
    letterhead: Letterhead,
    *,
    fields: Mapping[str, str],
    limit: str = "max_posts",
    copied: bool = False,
) -> Proof:
    """Return the proof of `edition`; `fields` should be the longest values any reader has."""
    html = merge.fill(edition.html, edition.nonce, fields, html=True)
    page = parse_html(html)
    nodes = tuple(page.walk())
    return Proof(
        edition=edition,
        issue=issue,
        letterhead=letterhead,
        fields=fields,
        html=html,
        text=merge.fill(edition.text, edition.nonce, fields, html=False),
        page=page,
        nodes=nodes,
        places=_places(nodes, issue),
        limit=limit,
        copied=copied,
    )


def _places(nodes: tuple[Node, ...], issue: Issue) -> dict[int, str]:
    titles = {one_line(post.title) for post in issue.posts}
    place, places = TOP, {}
    for node in nodes:
        if node.tag in {"h1", "h2"}:
            heading = node.words()
            if node.tag == "h2":
                place = in_post(heading) if heading in titles else f"under “{heading}”"
        places[id(node)] = place
    return places


def in_post(title: str) -> str:
    """Return the place in words of something inside a post."""
    return f"in the post “{one_line(title)}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One problem of a message."""

    #: An error holds the issue back unless its rule is forced; a warning does not.
    level: Level
    rule: RuleName
    #: The place, in words.
    where: str
    problem: str
    cure: str


def error(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="error", rule=rule, where=where, problem=problem, cure=cure)


def warning(rule: RuleName, where: str, problem: str, cure: str) -> Finding:
    return Finding(level="warning", rule=rule, where=where, problem=problem, cure=cure)
