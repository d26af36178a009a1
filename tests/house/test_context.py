"""Only use cases see the whole `Context`: what a command, a page or a job calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.sources import Source, sources

_PAGES = re.compile(r"newsletter/(desk|site)/")
# Who builds or serves an app of pages, and the desk's parts that outlive a request. A view finds
# the newsletter of its request by `current_context`.
_APPS = {
    "newsletter/desk/current.py:progress",
    "newsletter/desk/fresh_settings.py:__init__",
    "newsletter/desk/issue/link_check.py:_run",
    "newsletter/desk/issue/link_check.py:start",
    "newsletter/desk/server.py:listen",
    "newsletter/desk/web.py:create_app",
    "newsletter/desk/web.py:use",
    "newsletter/site/observe.py:read_figures",
    "newsletter/site/server.py:listen",
    "newsletter/site/server.py:serve",
    "newsletter/site/static_archive.py:ask_for",
    "newsletter/site/static_archive.py:export_archive",
    "newsletter/site/web.py:create_app",
}
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
        name
        for name, function in _context_takers()
        if function.name.startswith("_") and function.name != "__init__"
    }

    assert below - _APPS == _STEPS


def test_pages_ask_for_the_newsletter_of_their_request() -> None:
    pages = {name for name, _ in _context_takers() if _PAGES.match(name)}

    assert pages == _APPS


def test_no_command_hands_the_context_on() -> None:
    assert not [name for name, _ in _context_takers() if name.startswith("newsletter/cli/")]


def test_no_function_takes_the_context_and_a_connection_at_once() -> None:
    both = [
        f"{source.path}:{function.lineno}: {function.name}"
        for source in sources("newsletter")
        for function in _take_context(source)
        if "Connection" in _annotations(function)
    ]

    assert not both, "the use case owns the transaction: " + "\n".join(both)


def _context_takers() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for source in sources("newsletter"):
        for function in _take_context(source):
            yield f"{source.path}:{function.name}", function


def _take_context(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (function for function in source.functions if "Context" in _annotations(function))


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    taken = function.args
    return {
        ast.unparse(argument.annotation)
        for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)
        if argument.annotation is not None
    }
