"""Check the HTML as a whole: size, language, title, table roles, headings, active content.

The size goes against Gmail's limits, which `composer.render` names. The rest follows the list of
the Email Markup Consortium's yearly report (https://emailmarkup.org/en/reports/accessibility/2025)
and Parcel's checker.
"""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.composer.checks.proof import TOP, Finding, Proof, error, warning
from newsletter.composer.render import CSS_LIMIT, HTML_BUDGET, HTML_LIMIT

_FORBIDDEN = frozenset(
    ("script", "form", "iframe", "object", "embed", "base", "input", "button", "link", "video")
)
_TEMPLATE = "Correct your own copy of the email template, or remove it to have the shipped one."
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


def check_structure(proof: Proof) -> Iterator[Finding]:
    """Yield errors in the structure; all of them come from the template."""
    yield from _check_language(proof)
    yield from _check_title(proof)
    yield from _check_table_roles(proof)
    yield from _check_headings(proof)
    yield from _check_active_content(proof)


def _check_language(proof: Proof) -> Iterator[Finding]:
    """Check `lang` and `dir`, also on a wrapper in the body: Gmail drops the html element."""
    html = next((node for node in proof.nodes if node.tag == "html"), None)
    body = next((node for node in proof.nodes if node.tag == "body"), None)
    wrapper = next((node for node in body.children if node.tag), None) if body else None
    for node, name in ((html, "html element"), (wrapper, "first element of the body")):
        missing = [key for key in ("lang", "dir") if node is None or not node.get(key)]
        if missing:
            problem = f"The {name} has no {' and no '.join(missing)}: screen readers guess."
            yield error("language", TOP, problem, _TEMPLATE)


def _check_title(proof: Proof) -> Iterator[Finding]:
    title = next((node for node in proof.nodes if node.tag == "title"), None)
    if title is None or not title.words():
        yield error("title", TOP, "The page has no title.", _TEMPLATE)


def _check_table_roles(proof: Proof) -> Iterator[Finding]:
    bare = [node for node in proof.nodes if node.tag == "table" and not node.get("role")]
    if bare:
        yield error(
            "table-role",
            proof.where(bare[0]),
            f"{_count(len(bare), 'table')} without a role: a screen reader reads out rows and "
            "columns where there are none.",
            'Write role="presentation" into tables that only lay out the page.',
        )


def _check_headings(proof: Proof) -> Iterator[Finding]:
    headings = [node for node in proof.nodes if node.tag in _HEADINGS]
    top_level = [node for node in headings if node.tag == "h1"]
    if len(top_level) != 1:
        yield error(
            "headings", TOP, f"The message has {len(top_level)} h1 headings, not one.", _TEMPLATE
        )
    before = 0
    for node in headings:
        level = _HEADINGS[node.tag]
        if level > before + 1:
            yield error(
                "headings",
                proof.where(node),
                f"The heading “{node.words()[:60]}” is an h{level} below an h{before}: a level "
                "is skipped.",
                _TEMPLATE,
            )
        before = level
    for node in headings:
        if not node.words():
            yield error("headings", proof.where(node), "A heading is empty.", _TEMPLATE)


def _check_active_content(proof: Proof) -> Iterator[Finding]:
    for node in proof.nodes:
        if node.tag in _FORBIDDEN:
            yield error(
                "active-content",
                proof.where(node),
                f"The message holds a <{node.tag}>, which mail programs remove or fear.",
                _TEMPLATE,
            )
        for name in node.attributes:
            if name.startswith("on"):
                yield error(
                    "active-content",
                    proof.where(node),
                    f"A <{node.tag}> holds a script ({name}).",
                    _TEMPLATE,
                )


def _count(number: int, noun: str) -> str:
    return f"One {noun} is" if number == 1 else f"{number} {noun}s are"


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
