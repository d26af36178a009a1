"""The texts that an expression of the code may become, with … where a value is filled in."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

#: Stands for a value that only the running program knows.
GAP = "…"
#: What names stand for in one place: each with the expressions that it may be. A function's name
#: stands for what the function returns.
Names = Mapping[str, Sequence[ast.expr]]


class UnknownText(Exception):
    """The expression is none whose texts the source tells."""


def texts(node: ast.expr, names: Names) -> list[str]:
    """Return every text that `node` may be. Raise UnknownText if the source does not tell."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            return _join([_pieces(value, names) for value in node.values])
        case ast.BinOp(op=ast.Add()):
            return _join([texts(node.left, names), texts(node.right, names)])
        case ast.IfExp():
            return texts(node.body, names) + texts(node.orelse, names)
        case ast.BoolOp():
            return [text for value in node.values for text in _texts_if_told(value, names) or [GAP]]
        case ast.Name(id=name) if name in names:
            rest = {key: value for key, value in names.items() if key != name}
            return [text for value in names[name] for text in texts(value, rest)]
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            return [re.sub(r"\{[^{}]*\}", GAP, text) for text in texts(template, names)]
        case ast.Call(func=ast.Name(id=name)) if name in names:
            results = [
                text for value in names[name] for text in _texts_if_told(value, names) or [GAP]
            ]
            return [text for text in results if text]
    raise UnknownText(ast.unparse(node))


def _texts_if_told(node: ast.expr, names: Names) -> list[str]:
    try:
        return texts(node, names)
    except UnknownText:
        return []


def _pieces(value: ast.expr, names: Names) -> list[str]:
    """Return what one part of an f-string may be: a gap where the source does not tell."""
    if isinstance(value, ast.FormattedValue):
        # A conversion puts quotation marks around the value, as !r does.
        found = _texts_if_told(value.value, names) if value.conversion == -1 else []
        return found if found and len(found) <= _MOST else [GAP]
    return texts(value, names)


# More alternatives than this are one gap: a list of all would hide the sentence.
_MOST = 4


def _join(parts: Sequence[Sequence[str]]) -> list[str]:
    joined = ["".join(pieces) for pieces in itertools.product(*parts)]
    return list(dict.fromkeys(joined))


def constants(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """Return what the names at the top of a module stand for: constants, and functions' results."""
    found: dict[str, list[ast.expr]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            found[statement.targets[0].id] = [statement.value]
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            found[ast.unparse(statement.target)] = [statement.value]
        elif isinstance(statement, ast.FunctionDef):
            found[statement.name] = [
                node.value
                for node in ast.walk(statement)
                if isinstance(node, ast.Return) and node.value is not None
            ]
    return found


def scopes(
    function: ast.AST, outer: Mapping[str, list[ast.expr]]
) -> Iterator[dict[str, list[ast.expr]]]:
    """Yield what the names in a function stand for, once for each row of a table it walks.

    `for words, cure in _TABLE` and `words, cure = _TABLE[key]` bind several names at once, which
    belong together.
    """
    local: dict[str, list[ast.expr]] = {}
    rows: list[dict[str, ast.expr]] = []
    for node in ast.walk(function):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                local.setdefault(name, []).append(value)
            case ast.Assign(targets=[ast.Tuple() as target], value=ast.Tuple() as value):
                rows.append(_bind(target, value))
            case ast.Assign(targets=[ast.Tuple() as target], value=ast.Subscript() as value):
                rows.extend(_rows(target, value.value, outer))
            case ast.For(target=ast.Tuple() as target, iter=iterable):
                rows.extend(_rows(target, iterable, outer))
    for row in rows or [{}]:
        yield dict(outer) | local | {name: [value] for name, value in row.items()}


def _rows(
    target: ast.Tuple, table: ast.expr, outer: Mapping[str, list[ast.expr]]
) -> Iterator[dict[str, ast.expr]]:
    if isinstance(table, ast.Name) and table.id in outer:
        table = outer[table.id][0]
    values: Sequence[ast.expr | None] = ()
    if isinstance(table, ast.Dict):
        values = table.values
    elif isinstance(table, ast.Tuple | ast.List):
        values = table.elts
    for value in values:
        if isinstance(value, ast.Tuple):
            yield _bind(target, value)


def _bind(target: ast.Tuple, value: ast.Tuple) -> dict[str, ast.expr]:
    return {
        name.id: each
        for name, each in zip(target.elts, value.elts, strict=False)
        if isinstance(name, ast.Name)
    }
