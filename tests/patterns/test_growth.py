"""No expression takes more than twice the steps for twice the text, whatever the text.

Each is tried with texts made of its own pieces, so that nearly all of it matches again and again.
Steps are counted, not time.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

import newsletter
import subscribers
from tests.patterns.matching_steps import TooManySteps, count_steps, texts_against

# The packages that meet text of a feed, a letter, a form or a file from elsewhere.
PACKAGES = (
    "newsletter.addressing",
    "newsletter.collecting",
    "newsletter.composer",
    "newsletter.delivery",
    "newsletter.desk",
    "newsletter.editorial",
    "newsletter.mailbox",
    "newsletter.merge",
    "newsletter.reader",
    "newsletter.sender",
    "newsletter.setup",
    "newsletter.site",
    "newsletter.storage",
    "newsletter.text",
    "subscribers",
)
# What is only asked of our own frame and of cleaned HTML, in which each element has its end.
BALANCED = {
    "newsletter.composer.layout.html_part._ROW",
    "newsletter.editorial.archive._STYLE",
    "newsletter.reader.clean.left_out._TAG",
}
# A repetition with a limit grows faster until the text is longer than the limit: then once more.
SHORT, LONG = 40, 700
EXPONENTIAL = re.compile("(?:a+)+!")
QUADRATIC = re.compile("<i[^>]*>")


def modules() -> Iterator[ModuleType]:
    for root in (newsletter, subscribers):
        for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
            is_program = found.name.endswith(("__main__", "env")) or "versions" in found.name
            if f"{found.name}.".startswith(tuple(f"{p}." for p in PACKAGES)) and not is_program:
                yield importlib.import_module(found.name)


def patterns(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any], bool]]:
    """Yield each expression of a module, and whether it is only matched from a text's start."""
    tree = ast.parse(inspect.getsource(module))
    methods: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            methods.setdefault(node.value.id, set()).add(node.attr)
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            used = methods.get(name, set())
            yield name, value, bool(used) and used <= {"match", "fullmatch", "pattern"}
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr=method),
                args=[ast.Constant(value=str(pattern)), *_],
            ) if method not in {"compile", "escape"}:
                expression = re.compile(pattern)
                yield f"line {node.lineno}", expression, method in {"match", "fullmatch"}


def growth(pattern: re.Pattern[Any], *, anchored: bool) -> str:
    """Return the text for which the steps grow faster than the text, "" for none."""
    for place, (once, twice) in enumerate(_pairs(pattern, SHORT)):
        if _grows(pattern, once, twice, anchored=anchored):
            longer = list(_pairs(pattern, LONG))[place]
            if _grows(pattern, *longer, anchored=anchored):
                return once
    return ""


def _pairs(pattern: re.Pattern[Any], length: int) -> Iterator[tuple[str, str]]:
    return zip(texts_against(pattern, length), texts_against(pattern, 2 * length), strict=True)


def _grows(pattern: re.Pattern[Any], once: str, twice: str, *, anchored: bool) -> bool:
    try:
        steps = count_steps(pattern, once, anchored=anchored)
        return count_steps(pattern, twice, anchored=anchored) > 2.8 * steps + 60
    except TooManySteps:
        return True


@pytest.mark.parametrize("package", PACKAGES)
def test_no_expression_grows_faster_than_its_text(package: str) -> None:
    faults = [
        f"{module.__name__}.{name}: {pattern.pattern!r} on {text[:40]!r}"
        for module in modules()
        if f"{module.__name__}.".startswith(f"{package}.")
        for name, pattern, anchored in patterns(module)
        if f"{module.__name__}.{name}" not in BALANCED
        if (text := growth(pattern, anchored=anchored))
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("pattern", [EXPONENTIAL, QUADRATIC])
def test_an_expression_that_grows_faster_is_found(pattern: re.Pattern[str]) -> None:
    assert growth(pattern, anchored=False)


@pytest.mark.parametrize("pattern", ["a{1,80}b", r"\s+", "[^<]*<", r"https?://\S+"])
def test_an_expression_that_does_not_is_let_through(pattern: str) -> None:
    assert not growth(re.compile(pattern), anchored=True)
