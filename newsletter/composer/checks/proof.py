"""A message laid out for checking: an edition with the longest values a reader may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from newsletter import merge
from newsletter.composer.html_tree import Node, parse_html
from newsletter.models import Edition, Issue, Letterhead, Post
from newsletter.text import one_line

TOP = "at the top of the message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`html` and `text` with the merge fields filled in; `page` is the tree of `html`.

    `nodes` are the page's nodes in order, `places` the place in words of each; `limit` is
    the setting that says how many posts the issue may have.
    """

    edition: Edition
    issue: Issue
    letterhead: Letterhead
    fields: Mapping[str, str]
    html: str
    text: str
    page: Node
    nodes: tuple[Node, ...]
    places: Mapping[int, str]
    limit: str

    def where(self, node: Node) -> str:
        """The place of a node in words: which post, or under which heading."""
        return self.places.get(id(node), TOP)

    def owner(self, url: str) -> Post | None:
        """The post that an address comes from, None for one of the frame."""
        return next((post for post in self.issue.posts if _holds(post, url)), None)


def _holds(post: Post, url: str) -> bool:
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
) -> Proof:
    """The edition filled with `fields`, which should be the longest there may be."""
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
    """The place in words for something inside a post."""
    return f"in the post “{one_line(title)}”"
