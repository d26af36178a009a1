"""Links: where they lead, and whether their words make sense alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from newsletter.composer.checks.finding import Finding, error, warning
from newsletter.composer.checks.proof import Proof, in_post
from newsletter.composer.html_tree import Node
from newsletter.models import Post

_EMPTY_WORDS = frozenset(
    (
        "click", "click here", "click here to read", "continue", "continue reading", "details",
        "go", "here", "learn more", "link", "more", "more info", "read", "read it", "read more",
        "read on", "see here", "see more", "this", "this link", "this post", "view",
    )
)  # fmt: skip
_LOCAL = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?:[:/]|$)", re.IGNORECASE)
_EDGES = " \t.,:;!?…→»>()[]“”\"'"
_MAIL = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_FRAME = "Correct the address in the settings, or your own copy of the email template."
_POST = "Correct the link in the blog's editor."


def check_links(proof: Proof) -> Iterator[Finding]:
    yield from _insecure(proof)
    links = [node for node in proof.nodes if node.tag == "a" and "href" in node.attributes]
    for node in links:
        yield from _address(proof, node, "href")
        yield from _text(proof, node)
    for node in proof.nodes:
        if node.tag == "img":
            yield from _address(proof, node, "src")
    yield from _twins(proof, links)


def _address(proof: Proof, node: Node, key: str) -> Iterator[Finding]:
    """Addresses must stand alone: a message has no page that relative ones start from."""
    url = node.get(key).strip()
    if url in proof.fields.values() or _MAIL.match(url):
        return
    owner = proof.owner(url)
    where, cure = _place(proof, node, owner)
    say = warning if owner else error
    if not url.lower().startswith(("https://", "http://")):
        shown = url[:80] or "nothing"
        yield say("address", where, f"A link or picture leads to {shown}, no web address.", cure)


def _insecure(proof: Proof) -> Iterator[Finding]:
    """One finding a place: a blog without https has nothing else. Rehearsals may stay local."""
    told: set[str] = set()
    for node in proof.nodes:
        url = node.get("href") or node.get("src")
        insecure = node.tag in {"a", "img"} and url.lower().startswith("http://")
        if not insecure or _LOCAL.match(url) or url in proof.fields.values():
            continue
        where, _ = _place(proof, node, proof.owner(url))
        if where not in told:
            told.add(where)
            yield warning(
                "https",
                where,
                f"{url[:80]} is not a secure address; mail programs warn of such links.",
                "Use https:// where the site offers it.",
            )


def _text(proof: Proof, node: Node) -> Iterator[Finding]:
    words = node.words()
    owner = proof.owner(node.get("href"))
    where, cure = _place(proof, node, owner)
    say = warning if owner else error
    if not words:
        yield say("link-text", where, "A link has no words: nobody can tell where it leads.", cure)
    elif words.strip(_EDGES).lower() in _EMPTY_WORDS:
        yield say(
            "link-text",
            where,
            f"A link says only “{words}”, which makes no sense when read alone.",
            "Name what it leads to: “read the whole article at …”.",
        )


def _twins(proof: Proof, links: list[Node]) -> Iterator[Finding]:
    targets: dict[str, dict[str, Node]] = defaultdict(dict)
    for node in links:
        words = node.words().lower().strip(_EDGES)
        if words and words not in _EMPTY_WORDS:
            targets[words].setdefault(node.get("href"), node)
    for words, found in targets.items():
        if len(found) > 1:
            node = list(found.values())[1]
            owner = proof.owner(node.get("href"))
            where, _ = _place(proof, node, owner)
            say = warning if any(map(proof.owner, found)) else error
            yield say(
                "link-same-text",
                where,
                f"“{words[:60]}” leads to {len(found)} different places.",
                "Let each link say where it leads.",
            )


def _place(proof: Proof, node: Node, owner: Post | None) -> tuple[str, str]:
    return (in_post(owner.title), _POST) if owner else (proof.where(node), _FRAME)
