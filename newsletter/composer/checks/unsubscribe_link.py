"""What the law and the mailbox providers ask for: a way out and a postal address.

Both stand in both parts (CAN-SPAM Act, 15 U.S.C. 7704(a)(3) and (5)); the way out also
stands early in the HTML, where no clipping can hide it.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.finding import Finding, error, warning
from newsletter.composer.checks.proof import Proof
from newsletter.composer.html_tree import Node
from newsletter.text import one_line

EARLY_BYTES = 20 * 1024
_FRAME = "Put it back into your own copy of the email template, or remove that copy."


def check_unsubscribe_link(proof: Proof) -> Iterator[Finding]:
    url = proof.fields["unsubscribe_url"]
    links = [node for node in proof.nodes if node.tag == "a" and node.get("href") == url]
    if not any(map(_seen, links)):
        yield error(
            "unsubscribe",
            "in the HTML",
            "There is no unsubscribe link that a reader can see.",
            _FRAME,
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
        yield error("unsubscribe", "in the plain text", problem, _FRAME)
    yield from _postal_address(proof)


def _postal_address(proof: Proof) -> Iterator[Finding]:
    lines = [one_line(line) for line in proof.letterhead.postal_address.splitlines()]
    wanted = _bare("".join(filter(None, lines)))
    if not wanted:
        yield error(
            "postal-address",
            "in the footer",
            "There is no postal address; the law asks for one in each message.",
            "Write postal_address under [newsletter] in newsletter.toml.",
        )
        return
    body = next((node for node in proof.nodes if node.tag == "body"), proof.page)
    for where, text in (("in the HTML", body.words()), ("in the plain text", proof.text)):
        if wanted not in _bare(text):
            yield error("postal-address", where, "The postal address is missing.", _FRAME)


def _bare(text: str) -> str:
    """The characters alone: lines may be broken anywhere."""
    return "".join(text.split())


def _seen(node: Node) -> bool:
    hidden = any(
        "display:none" in _bare(up.get("style")) or up.get("aria-hidden") == "true"
        for up in node.ancestors()
    )
    return bool(node.words()) and not hidden
