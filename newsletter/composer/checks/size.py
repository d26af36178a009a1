"""Check the size of the message against Gmail's limits, which `composer.fit` names."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, error, warning
from newsletter.composer.render import CSS_LIMIT, HTML_BUDGET, HTML_LIMIT


def check_size(proof: Proof) -> Iterator[Finding]:
    """Yield an error beyond the limits, and a warning for HTML beyond the budget."""
    size = len(proof.html.encode())
    shorter = "Shorten your note." if 2 * len(proof.issue.note.encode()) > size else ""
    if size > HTML_LIMIT:
        yield error(
            "html-size",
            "in the HTML",
            f"It is {size // 1024} KB; Gmail cuts off what is beyond 102 KB, the footer too.",
            shorter or f'Lower {proof.limit}, or set body = "excerpt" under [issue].',
        )
    elif size > HTML_BUDGET:
        yield warning(
            "html-size",
            "in the HTML",
            f"It is {size // 1024} KB, close to the 102 KB beyond which Gmail cuts off.",
            shorter or f"Lower {proof.limit} under [issue].",
        )
    css = sum(
        len(child.text) for node in proof.nodes if node.tag == "style" for child in node.children
    )
    if css > CSS_LIMIT:
        yield error(
            "css-size",
            "in the HTML",
            f"Its style blocks hold {css} characters; Gmail drops all of them beyond 16,384.",
            "Shorten the style sheets of your own email templates.",
        )
