"""Every message of the program that names a cure, read from its source.

    source files ─▶ error classes and what makes errors ─▶ calls ─▶ Message(text, cure, rule)

A message is made by a call of an error class with a `cure`, or by a function that passes a
parameter of that name on to one: `error(rule, text, cure)` of the doctor is such a function.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tools.docs.expressions import GAP, Names, UnknownText, constants, scopes, texts

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("newsletter", "subscribers")
_BASE = "HappyTrailsError"
_CLASS = re.compile(r"^ *class (\w+)\(([^)]*)\):", re.MULTILINE)
# What a file must hold to say anything: a cure, or a call that takes one without its name.
_SPEAKS = re.compile(r"\bcure\b|\b(?:error|warning|note|_reject)\(")
# Facts that are no errors, and yet are told with their cure.
_FACTS = {"Diagnosis": ("text", "rule"), "Finding": ("problem", "rule")}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Message:
    """One sentence that the program may say, and what to do then."""

    text: str
    cure: str
    #: The name of a check or a diagnosis, "" for an error.
    rule: str = ""
    #: The module that says it, as a path from the root of the repository.
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What makes a message: the names of its parameters, in order."""

    parameters: tuple[str, ...]
    text: str = "message"
    rule: str = ""


@dataclass(frozen=True)
class Module:
    """A file of the program."""

    path: str

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text("utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def constants(self) -> dict[str, list[ast.expr]]:
        return constants(self.tree)

    @cached_property
    def calls(self) -> list[tuple[ast.AST, ast.Call]]:
        """Each call with the function that contains it, or the module."""
        return list(_calls(self.tree))

    @cached_property
    def imports(self) -> list[ast.ImportFrom]:
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom)]


def pattern(text: str) -> re.Pattern[str]:
    """Return what a message looks like when the program says it, with its gaps filled in."""
    return re.compile(".+?".join(map(re.escape, text.split(GAP))), re.DOTALL)


@cache
def collect_messages() -> tuple[list[Message], list[str]]:
    """Return all messages, sorted, and the calls whose words the source does not tell."""
    modules = [
        Module(str(file.relative_to(ROOT)))
        for package in _PACKAGES
        for file in sorted((ROOT / package).rglob("*.py"))
    ]
    collector = _Collector(modules)
    speaking = [module for module in modules if _SPEAKS.search(module.text)]
    found = {message for module in speaking for message in collector.messages_of(module)}
    return sorted(found), collector.unknown


class _Collector:
    def __init__(self, modules: list[Module]) -> None:
        self.unknown: list[str] = []
        self._shared = {name: _class_maker(name) for name in (*_error_classes(modules), *_FACTS)}
        self._modules = {_module_name(module.path): module for module in modules}
        self._wrappers: dict[str, dict[str, Maker]] = {}

    def messages_of(self, module: Module) -> Iterator[Message]:
        makers = self._makers(module)
        outer = self._outer(module)
        for function, call in module.calls:
            maker = makers.get(_name(call.func))
            if maker is not None:
                yield from self._read(module, function, call, maker, outer)

    def _read(
        self,
        module: Module,
        function: ast.AST,
        call: ast.Call,
        maker: Maker,
        outer: dict[str, list[ast.expr]],
    ) -> Iterator[Message]:
        values = _arguments(call, maker)
        text, cure = values.get(maker.text), values.get("cure")
        if text is None or cure is None or (isinstance(cure, ast.Constant) and not cure.value):
            return
        parameters = _parameters(function)
        if any(_is_passed_on(node, parameters) for node in (text, cure)):
            return
        rule = values.get(maker.rule) if maker.rule else None
        for names in scopes(function, outer):
            try:
                yield from _messages(module.path, text, cure, rule, names)
            except UnknownText as error:
                self.unknown.append(f"{module.path}: {_name(call.func)}(…{error}…)")

    def _makers(self, module: Module) -> dict[str, Maker]:
        makers = dict(self._shared)
        for node, theirs in self._imports_of(module):
            wrappers = self._wrappers_of(theirs)
            makers |= {
                alias.asname or alias.name: wrappers[alias.name]
                for alias in node.names
                if alias.name in wrappers
            }
        return makers | self._wrappers_of(module)

    def _outer(self, module: Module) -> dict[str, list[ast.expr]]:
        """Return the constants of a module, those that it imports included."""
        outer = dict(module.constants)
        for node, theirs in self._imports_of(module):
            outer |= {
                alias.asname or alias.name: theirs.constants[alias.name]
                for alias in node.names
                if alias.name in theirs.constants
            }
        return outer

    def _imports_of(self, module: Module) -> Iterator[tuple[ast.ImportFrom, Module]]:
        for node in module.imports:
            if node.module in self._modules:
                yield node, self._modules[node.module]

    def _wrappers_of(self, module: Module) -> dict[str, Maker]:
        if module.path not in self._wrappers:
            self._wrappers[module.path] = dict(self._find_wrappers(module))
        return self._wrappers[module.path]

    def _find_wrappers(self, module: Module) -> Iterator[tuple[str, Maker]]:
        """Yield the functions that pass a message and a cure of their caller's on."""
        for function, call in module.calls if "cure" in module.text else ():
            maker = self._shared.get(_name(call.func))
            if maker is None or not isinstance(function, ast.FunctionDef):
                continue
            parameters = _parameters(function)
            values = _arguments(call, maker)
            text, cure = values.get(maker.text), values.get("cure")
            if not (isinstance(text, ast.Name) and isinstance(cure, ast.Name)):
                continue
            if {text.id, cure.id} <= set(parameters) and cure.id == "cure":
                rule = "rule" if "rule" in parameters else ""
                yield function.name, Maker(parameters=parameters, text=text.id, rule=rule)


def _messages(
    path: str, text: ast.expr, cure: ast.expr, rule: ast.expr | None, names: Names
) -> Iterator[Message]:
    rules = texts(rule, names) if rule is not None else [""]
    for words in _words(text, names, has_rule=rule is not None):
        for advice in texts(cure, names):
            for name in rules:
                if advice.strip():
                    yield Message(text=words.strip(), cure=advice.strip(), rule=name, path=path)


def _words(text: ast.expr, names: Names, *, has_rule: bool) -> list[str]:
    """Return what a message may say. One that comes from elsewhere is found by its rule."""
    try:
        return texts(text, names)
    except UnknownText:
        if has_rule:
            return [GAP]
        raise


def _error_classes(modules: list[Module]) -> set[str]:
    """Return the names of the base of all errors and of every class below it."""
    classes = [
        (name, {base.strip() for base in bases.split(",")})
        for module in modules
        for name, bases in _CLASS.findall(module.text)
    ]
    found = {_BASE}
    while more := {name for name, bases in classes if bases & found} - found:
        found |= more
    return found


def _class_maker(name: str) -> Maker:
    if name in _FACTS:
        text, rule = _FACTS[name]
        return Maker(parameters=(), text=text, rule=rule)
    return Maker(parameters=("message",))


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Yield each call with the function that contains it, or the module."""
    pending: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while pending:
        owner, node = pending.pop()
        for child in ast.iter_child_nodes(node):
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            pending.append((child if is_function else owner, child))
            if isinstance(child, ast.Call):
                yield owner, child


def _arguments(call: ast.Call, maker: Maker) -> dict[str, ast.expr]:
    values = dict(zip(maker.parameters, call.args, strict=False))
    return values | {word.arg: word.value for word in call.keywords if word.arg}


def _parameters(function: ast.AST) -> tuple[str, ...]:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return ()
    arguments = function.args
    return tuple(a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _is_passed_on(node: ast.expr, parameters: tuple[str, ...]) -> bool:
    """Tell whether words come from somewhere else: a parameter, or another error's own."""
    if isinstance(node, ast.Attribute):
        return node.attr in ("message", "cure")
    return isinstance(node, ast.Name) and node.id in parameters


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
