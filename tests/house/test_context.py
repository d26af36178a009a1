"""Only use cases see the whole `Context`: what a command, a page or a job calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.sources import Source, sources

# Commands and the desk's pages hand the context on among their own functions.
_EDGE = re.compile(r"newsletter/(cli|desk)/")
# A use case in several steps, each with transactions of its own.
_STEPS = {
    "newsletter/collecting/feed_admin.py:_read_first",
    "newsletter/delivery/send.py:_deliver_and_complete",
    "newsletter/delivery/send.py:_record_beginning",
    "newsletter/pipeline/run.py:_process_sign_ups",
    "newsletter/subscriptions/transactional_mail.py:_send_kind",
}


def test_below_the_use_cases_functions_take_values_and_a_connection() -> None:
    below = {
        f"{source.path}:{function.name}"
        for source in sources("newsletter")
        if not _EDGE.match(source.path.as_posix())
        for function in _take_context(source)
        if function.name.startswith("_") and function.name != "__init__"
    }

    assert below == _STEPS


def test_no_function_takes_the_context_and_a_connection_at_once() -> None:
    both = [
        f"{source.path}:{function.lineno}: {function.name}"
        for source in sources("newsletter")
        for function in _take_context(source)
        if "Connection" in _annotations(function)
    ]

    assert not both, "the use case owns the transaction: " + "\n".join(both)


def _take_context(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (function for function in source.functions if "Context" in _annotations(function))


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    taken = function.args
    return {
        ast.unparse(argument.annotation)
        for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)
        if argument.annotation is not None
    }
