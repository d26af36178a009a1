"""Names in the product: one class per name, and functions named by what they do."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from tests.house.sources import EVERYTHING, PRODUCT, sources

# Participles that do not end in -ed or -ing.
_IRREGULAR = re.compile(
    "asked|begun|bound|bought|broken|brought|built|caught|chosen|dealt|done|drawn|driven|fallen|fed"
    "|felt|flown|forgotten|fought|found|frozen|given|gone|grown|heard|held|hidden|kept|known|laid"
    "|led|left|lent|lost|made|meant|met|paid|said|seen|sent|shown|sold|spent|spoken|stood|stuck"
    "|stolen|sunk|taken|taught|thought|thrown|told|torn|understood|woken|won|worn|written"
)
# Verbs and nouns that only look like participles.
_NOT_PARTICIPLES = re.compile(
    "bed|embed|exceed|feed|need|proceed|seed|shed|speed"
    "|greeting|heading|listing|nothing|recording|ring|string|warning"
)
# What a local never is: it says no more than that there is one.
_NO_NOUNS = {"asked", "found", "made", "one", "told"}
# Whose names are read as an attribute, an argument or a block, not as a call.
_READ_AS_NOUNS = ("property", "fixture", "contextmanager")


def is_bare_participle(name: str) -> bool:
    """Tell whether a function's name is a participle alone: `composed`, `_told`."""
    word = name.strip("_")
    if "_" in word or _NOT_PARTICIPLES.fullmatch(word):
        return False
    return bool(_IRREGULAR.fullmatch(word)) or word.endswith(("ed", "ing"))


def test_no_class_name_is_defined_twice() -> None:
    places = defaultdict(list)
    for source in sources(*PRODUCT):
        for node in source.classes:
            places[node.name].append(f"{source.path}:{node.lineno}")
    twice = {name: where for name, where in places.items() if len(where) > 1}

    assert not twice


def test_no_function_is_named_by_a_bare_participle() -> None:
    participles = [
        f"{source.path}:{node.lineno}: {node.name}"
        for source in sources(*EVERYTHING)
        for node in source.functions
        if is_bare_participle(node.name) and not _is_read_as_noun(node)
    ]

    assert not participles, "\n".join(participles)


def _is_read_as_noun(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        word in ast.unparse(decorator)
        for decorator in node.decorator_list
        for word in _READ_AS_NOUNS
    )


def test_locals_of_the_product_are_nouns() -> None:
    places = {
        f"{source.path}: {function.name}: {name}"
        for source in sources(*PRODUCT)
        for function in source.functions
        for name in _NO_NOUNS.intersection(map(_local, ast.walk(function)))
    }

    assert not places, "\n".join(sorted(places))


def _local(node: ast.AST) -> str:
    if isinstance(node, ast.arg):
        return node.arg
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else ""


def test_participles_are_told_from_verbs() -> None:
    assert is_bare_participle("composed")
    assert is_bare_participle("_told")
    assert not is_bare_participle("compose_edition")
    assert not is_bare_participle("feed")
    assert not is_bare_participle("sent_messages")


def test_docstrings_say_return_and_raise() -> None:
    """One form for the whole repository, named in CONTRIBUTING.md."""
    third_person = [
        f"{source.path}:{line}"
        for source in sources(*EVERYTHING)
        for line, text in source.prose
        if re.search(r"\b(?:Raises|Returns)\b", text)
    ]

    assert not third_person
