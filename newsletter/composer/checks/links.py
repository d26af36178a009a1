"""Check links: their URLs, their text when read alone, and the ones that the law requires.

Both parts of a message must have an unsubscribe link and the postal address (CAN-SPAM Act,
15 U.S.C. 7704(a)(3) and (5)). The HTML part must have an unsubscribe link near its beginning too,
where clipping cannot hide it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from newsletter import merge
from newsletter.composer.checks.proof import Finding, Proof, error, in_post, warning
from newsletter.composer.markup import Node
from newsletter.models import Post
from newsletter.text import one_line

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
_TEMPLATE = "Correct the address in the settings, or your own copy of the email template."
_POST = "Correct the link in the blog's editor."
#: Bytes of HTML within which the first unsubscribe link must be.
EARLY_BYTES = 20 * 1024
_PUT_BACK = "Put it back into your own copy of the email template, or remove that copy."


def check_links(proof: Proof) -> Iterator[Finding]:
    """Yield findings on URLs of links and pictures, and on link texts.

    Errors where the template is at fault, warnings inside posts.
    """
    yield from _check_https(proof)
    links = [node for node in proof.nodes if node.tag == "a" and "href" in node.attributes]
    for node in links:
        yield from _check_url(proof, node, "href")
        yield from _check_text(proof, node)
    for node in proof.nodes:
        if node.tag == "img":
            yield from _check_url(proof, node, "src")
    yield from _check_same_text(proof, links)


def _check_url(proof: Proof, node: Node, key: str) -> Iterator[Finding]:
    """Yield a finding for a relative URL: a message has no base URL."""
    url = node.get(key).strip()
    if url in proof.fields.values() or _MAIL.match(url):
        return
    owner = proof.owner(url)
    where, cure = _place(proof, node, owner)
    report = warning if owner else error
    if not url.lower().startswith(("https://", "http://")):
        address = url[:80] or "nothing"
        yield report(
            "address", where, f"A link or picture leads to {address}, no web address.", cure
        )


def _check_https(proof: Proof) -> Iterator[Finding]:
    """Yield one warning per place, since a blog without https has only such links.

    URLs of this machine are for rehearsals and allowed.
    """
    reported: set[str] = set()
    for node in proof.nodes:
        url = node.get("href") or node.get("src")
        insecure = node.tag in {"a", "img"} and url.lower().startswith("http://")
        if not insecure or _LOCAL.match(url) or url in proof.fields.values():
            continue
        where, _ = _place(proof, node, proof.owner(url))
        if where not in reported:
            reported.add(where)
            yield warning(
                "https",
                where,
                f"{url[:80]} is not a secure address; mail programs warn of such links.",
                "Use https:// where the site offers it.",
            )


def _check_text(proof: Proof, node: Node) -> Iterator[Finding]:
    words = node.words()
    owner = proof.owner(node.get("href"))
    where, cure = _place(proof, node, owner)
    report = warning if owner else error
    if not words:
        yield report(
            "link-text", where, "A link has no words: nobody can tell where it leads.", cure
        )
    elif words.strip(_EDGES).lower() in _EMPTY_WORDS:
        yield report(
            "link-text",
            where,
            f"A link says only “{words}”, which makes no sense when read alone.",
            "Name what it leads to: “read the whole article at …”.",
        )


def _check_same_text(proof: Proof, links: list[Node]) -> Iterator[Finding]:
    targets: dict[str, dict[str, Node]] = defaultdict(dict)
    for node in links:
        words = node.words().lower().strip(_EDGES)
        if words and words not in _EMPTY_WORDS:
            targets[words].setdefault(node.get("href"), node)
    for words, nodes in targets.items():
        if len(nodes) > 1:
            node = list(nodes.values())[1]
            owner = proof.owner(node.get("href"))
            where, _ = _place(proof, node, owner)
            report = warning if any(map(proof.owner, nodes)) else error
            yield report(
                "link-same-text",
                where,
                f"“{words[:60]}” leads to {len(nodes)} different places.",
                "Let each link say where it leads.",
            )


def _place(proof: Proof, node: Node, owner: Post | None) -> tuple[str, str]:
    """Return the place in words, and the cure for it."""
    return (in_post(owner.title), _POST) if owner else (proof.where(node), _TEMPLATE)


def check_unsubscribe_link(proof: Proof) -> Iterator[Finding]:
    """Yield errors for a missing link or postal address, and a warning for a late link."""
    way = merge.unsubscribe_way(merge.count_tags(proof.edition.html, proof.edition.nonce))
    url = proof.fields.get(merge.UNSUBSCRIBE[way or proof.letterhead.unsubscribe], "mailto:")
    links = [node for node in proof.nodes if node.tag == "a" and node.get("href") == url]
    if not any(map(_is_visible, links)):
        yield error(
            "unsubscribe",
            "in the HTML",
            "There is no unsubscribe link that a reader can see.",
            _PUT_BACK,
        )
    elif len(proof.html[: proof.html.find(url)].encode()) > EARLY_BYTES:
        yield warning(
            "unsubscribe-late",
            "in the HTML",
            "The first unsubscribe link comes so late that Gmail may cut it off.",
            "Put one into the first lines of your own copy of the email template too.",
        )
    if url not in proof.text:
        problem = "There is no unsubscribe link."
        yield error("unsubscribe", "in the plain text", problem, _PUT_BACK)
    yield from _check_postal_address(proof)


def _check_postal_address(proof: Proof) -> Iterator[Finding]:
    lines = [one_line(line) for line in proof.letterhead.postal_address.splitlines()]
    postal_address = _remove_spaces("".join(filter(None, lines)))
    if not postal_address:
        yield error(
            "postal-address",
            "in the footer",
            "There is no postal address; the law asks for one in each message.",
            "Write postal_address under [newsletter] in newsletter.toml.",
        )
        return
    body = next((node for node in proof.nodes if node.tag == "body"), proof.page)
    for where, text in (("in the HTML", body.words()), ("in the plain text", proof.text)):
        if postal_address not in _remove_spaces(text):
            yield error("postal-address", where, "The postal address is missing.", _PUT_BACK)


def _remove_spaces(text: str) -> str:
    """Return `text` without white space, so that line breaks do not matter."""
    return "".join(text.split())


def _is_visible(node: Node) -> bool:
    hidden = any(
        "display:none" in _remove_spaces(up.get("style")) or up.get("aria-hidden") == "true"
        for up in node.ancestors()
    )
    return bool(node.words()) and not hidden
