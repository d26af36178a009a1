"""The Python files of this repository, and what their comments and docstrings say."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("newsletter", "subscribers")
EVERYTHING = (*PRODUCT, "tests", "tools")
_Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Source:
    """One Python file; `path` is relative to the repository's root."""

    path: Path

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def package(self) -> Path:
        return self.path.parent

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @cached_property
    def prose(self) -> tuple[tuple[int, str], ...]:
        """Each docstring and comment with the number of its line."""
        docstrings = (
            (getattr(node, "lineno", 1), docstring)
            for node in self._definitions
            if (docstring := ast.get_docstring(node))
        )
        # Most files have few comments, and a file without a `#` has none to look for.
        tokens = (
            tokenize.generate_tokens(io.StringIO(self.text).readline) if "#" in self.text else ()
        )
        comments = (
            (token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT
        )
        return (*docstrings, *comments)

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """Every class, nested ones included."""
        return tuple(node for node in self._definitions if isinstance(node, ast.ClassDef))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Every function and method, nested ones included."""
        return tuple(
            node
            for node in self._definitions
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )

    @cached_property
    def _definitions(self) -> tuple[_Definition, ...]:
        return tuple(_definitions(self.tree))


def _definitions(node: ast.AST) -> Iterator[_Definition]:
    """Yield the module, classes and functions in and below a node.

    Only statements hold definitions, so expressions, nine nodes in ten, are passed over.
    """
    if isinstance(node, _DOCUMENTED):
        yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr | ast.expr_context | ast.operator):
            yield from _definitions(child)


def sources(*folders: str) -> list[Source]:
    """Return the Python files below these folders, in order of their paths."""
    return [source for folder in folders for source in _sources(folder)]


@cache
def _sources(folder: str) -> tuple[Source, ...]:
    return tuple(Source(path.relative_to(ROOT)) for path in sorted((ROOT / folder).rglob("*.py")))
