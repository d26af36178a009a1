"""Every status update takes its origins from the state machine, by the text of the queries."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.storage import issues

STORAGE = Path(issues.__file__).parent
QUERIES = sorted([STORAGE / "issues.py", *(STORAGE / "ledger").glob("*.py")])


def status_updates(tree: ast.AST) -> Iterator[ast.Call]:
    """Yield each call `update(...).where(...).values(status=...)`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "values"
            and any(keyword.arg == "status" for keyword in node.keywords)
            and "insert(" not in ast.unparse(node)
        ):
            yield node


def literal_origins(update: ast.Call) -> list[str]:
    """Return the conditions of an update that compare a status with a literal."""
    return [
        ast.unparse(node)
        for node in ast.walk(update)
        if (isinstance(node, ast.Compare) and ".status ==" in ast.unparse(node))
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith(".status.in_")
            and not any(isinstance(part, ast.Name) for part in ast.walk(node.args[0]))
        )
    ]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_no_status_update_decides_by_itself_where_it_may_start(path: Path) -> None:
    updates = list(status_updates(ast.parse(path.read_text("utf-8"))))
    assert [
        literal_origin for update in updates for literal_origin in literal_origins(update)
    ] == []
    assert all(
        ".status.in_(" in ast.unparse(update) or "_origins(" in ast.unparse(update)
        for update in updates
    )


def test_there_are_updates_to_look_at() -> None:
    updates = [
        update for path in QUERIES for update in status_updates(ast.parse(path.read_text("utf-8")))
    ]
    assert len(updates) > 7
