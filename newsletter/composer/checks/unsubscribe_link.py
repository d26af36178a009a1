"""Check for the unsubscribe link and the postal address that the law requires.

Both parts must have both (CAN-SPAM Act, 15 U.S.C. 7704(a)(3) and (5)). The HTML part must
have an unsubscribe link near its beginning too, where clipping cannot hide it.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, error, warning
from newsletter.composer.html_tree import Node
from newsletter.text import one_line

#: Bytes of HTML within which the first unsubscribe link must be.
EARLY_BYTES = 20 * 1024
_TEMPLATE = "Put it back into your own copy of the email template, or remove that copy."


def check_unsubscribe_link(proof: Proof) -> Iterator[Finding]:
    """Yield errors for a missing link or postal address, and a warning for a late link."""
    url = proof.fields["unsubscribe_url"]
    links = [node for node in proof.nodes if node.tag == "a" and node.get("href") == url]
    if not any(map(_is_visible, links)):
        yield error(
            "unsubscribe",
            "in the HTML",
            "There is no unsubscribe link that a reader can see.",
            _TEMPLATE,
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
        yield error("unsubscribe", "in the plain text", problem, _TEMPLATE)
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
            yield error("postal-address", where, "The postal address is missing.", _TEMPLATE)


def _remove_spaces(text: str) -> str:
    """Return `text` without white space, so that line breaks do not matter."""
    return "".join(text.split())


def _is_visible(node: Node) -> bool:
    hidden = any(
        "display:none" in _remove_spaces(up.get("style")) or up.get("aria-hidden") == "true"
        for up in node.ancestors()
    )
    return bool(node.words()) and not hidden
