"""Check pictures: alt text and width."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, error, in_post, warning
from newsletter.composer.html_tree import Node
from newsletter.composer.layout.post import LONGEST_ALT
from newsletter.models import Post
from newsletter.text import is_file_name

_DESCRIBE = "Describe the picture in the blog's editor (Alt text), in a few words."
_TEMPLATE = "Correct your own copy of the email template."


def check_pictures(proof: Proof) -> Iterator[Finding]:
    """Yield findings on the pictures in the message and their alt texts on the blog."""
    for node in proof.nodes:
        if node.tag == "img":
            owner = proof.owner(node.get("src"))
            yield from _check_element(proof, node, owner)
    for post in proof.issue.posts:
        yield from _check_post(post)


def _check_element(proof: Proof, node: Node, owner: Post | None) -> Iterator[Finding]:
    where = in_post(owner.title) if owner else proof.where(node)
    name = node.get("src").rpartition("/")[2][:60] or "A picture"
    if "alt" not in node.attributes:
        yield error(
            "image-alt",
            where,
            f"{name} has no alt text: with pictures off, its place is empty.",
            _DESCRIBE if owner else _TEMPLATE,
        )
    if not (node.get("width").isdigit() or node.get("height").isdigit()):
        report = warning if owner else error
        yield report(
            "image-width",
            where,
            f"{name} has no width: Outlook would show it at its full size.",
            "Give its width in the blog's editor." if owner else _TEMPLATE,
        )


def _check_post(post: Post) -> Iterator[Finding]:
    """Check the alt text on the blog. The message may show the post's title in its place."""
    if post.image is None:
        return
    alt = " ".join(post.image.alt.split())
    where = in_post(post.title)
    if not alt:
        yield warning("image-alt", where, "Its picture has no alt text.", _DESCRIBE)
    elif is_file_name(alt, post.image.url):
        yield warning(
            "image-alt", where, f"The alt text of its picture is a file name ({alt}).", _DESCRIBE
        )
    elif len(alt) > LONGEST_ALT:
        yield warning(
            "image-alt",
            where,
            f"The alt text of its picture has {len(alt)} characters; at most {LONGEST_ALT} are "
            "read in comfort.",
            "Say it shorter, and move the rest into the caption.",
        )
