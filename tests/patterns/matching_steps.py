"""Count the steps in which a backtracking matcher tries a regular expression.

The matcher walks the tree that Python's own parser makes of an expression, as `re` does, without
the shortcuts of `re`: its steps grow as the time of `re` does, and are the same on every machine.
"""

from __future__ import annotations

import re
import re._constants as code  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Then = Callable[[int], bool]
_ONE_CHARACTER = {code.LITERAL, code.NOT_LITERAL, code.ANY, code.IN}
_CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}
_MOST_STEPS = 500_000
# What stands for a class of characters, and what an expression is tried with besides its own.
_ALPHABET = " \na1.-<>@=\"'/:,_AZ€"


class TooManySteps(Exception):  # named for what is the case, as the product's errors
    """The matcher was stopped."""


def parse(pattern: re.Pattern[Any]) -> Any:
    """Return the tree of an expression."""
    return parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)


def count_steps(pattern: re.Pattern[Any], text: str, *, anchored: bool) -> int:
    """Return the steps to search `text`, or if `anchored` to match it from its start only.

    Raise TooManySteps after half a million.
    """
    matcher = _Matcher(text, pattern.flags)
    tree, start = list(parse(pattern)), 0
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        while start <= len(text):
            end = matcher.match(tree, start)
            if anchored:
                break
            start = end if end > start else start + 1
    finally:
        sys.setrecursionlimit(limit)
    return matcher.steps


def texts_against(pattern: re.Pattern[Any], length: int) -> Iterator[str]:
    """Yield texts about so long, made of the pieces an expression looks for."""
    tree = parse(pattern)
    pieces = [*_pieces(tree), *_ALPHABET]
    starts = dict.fromkeys(["", *(sample(tree[:end]) for end in _ends(tree))])
    for piece in dict.fromkeys(filter(None, pieces)):
        for start in starts:
            # No expression ends with this character, so none matches as a whole.
            yield start + piece * max(1, length // len(piece)) + "\x01"


def sample(nodes: Sequence[Any]) -> str:
    """Return a short text that these nodes match; each repetition stands there at least once."""
    text = ""
    for kind, value in nodes:
        if kind is code.LITERAL:
            text += chr(value)
        elif kind in {code.IN, code.NOT_LITERAL, code.ANY}:
            text += next((c for c in _characters(kind, value)), "")
        elif kind in {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}:
            text += sample(value[2]) * max(1, value[0])
        elif kind is code.SUBPATTERN:
            text += sample(value[-1])
        elif kind is code.BRANCH:
            text += sample(value[1][0])
        elif kind is code.ATOMIC_GROUP:
            text += sample(value)
    return text


def _pieces(nodes: Sequence[Any]) -> Iterator[str]:
    """Yield a text for each beginning of the nodes, and for the nodes inside of each."""
    for end in _ends(nodes):
        yield sample(nodes[:end])
    for kind, value in nodes:
        if kind in {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}:
            yield from _pieces(value[2])
        elif kind is code.SUBPATTERN:
            yield from _pieces(value[-1])
        elif kind is code.BRANCH:
            for branch in value[1]:
                yield from _pieces(branch)


def _ends(nodes: Sequence[Any]) -> Iterator[int]:
    """Yield where a beginning of the nodes may end: not within a word."""
    for end, (kind, _) in enumerate(nodes, start=1):
        if kind is not code.LITERAL or end == len(nodes) or nodes[end][0] is not code.LITERAL:
            yield end


def _characters(kind: Any, value: Any) -> Iterator[str]:
    own = [chr(node[1]) for node in value if node[0] is code.LITERAL] if kind is code.IN else []
    if kind is code.IN:
        own += [chr(node[1][0]) for node in value if node[0] is code.RANGE]
    return (c for c in (*_ALPHABET[2:], *own, " ", "\n") if _is_matched(kind, value, c, 0))


def _is_matched(kind: Any, value: Any, char: str, flags: int) -> bool:
    if kind is code.ANY:
        return char != "\n" or bool(flags & re.DOTALL)
    cases = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
    if kind is code.IN:
        negated = bool(value) and value[0][0] is code.NEGATE
        return negated != any(_is_in(node, case) for node in value for case in cases)
    return (kind is code.LITERAL) == (chr(value) in cases)


def _is_in(node: Any, char: str) -> bool:
    kind, value = node
    if kind is code.LITERAL:
        return chr(value) == char
    if kind is code.RANGE:
        return bool(value[0] <= ord(char[0]) <= value[1])
    if kind is code.CATEGORY:
        return re.match(_CATEGORIES[value], char) is not None
    return False


class _Matcher:
    """Matches one text, and counts."""

    def __init__(self, text: str, flags: int) -> None:
        self.steps = 0
        self._text = text
        self._flags = flags
        self._groups: dict[int, str] = {}
        self._known: dict[tuple[Any, int, str], bool] = {}

    def match(self, nodes: Sequence[Any], start: int) -> int:
        """Return the end of the match at `start`, -1 for none."""
        ends: list[int] = []

        def accept(end: int) -> bool:
            ends.append(end)
            return True

        return ends[0] if self._run(nodes, 0, start, accept) else -1

    def _run(  # noqa: C901  # one case for each kind of node
        self, nodes: Sequence[Any], at: int, place: int, then: Then
    ) -> bool:
        while at < len(nodes):
            self._step()
            kind, value = nodes[at]
            at += 1
            if kind in _ONE_CHARACTER:
                if not self._matches(kind, value, place):
                    return False
                place += 1
            elif kind is code.AT:
                if not self._is_at(value, place):
                    return False
            elif kind in {code.ASSERT, code.ASSERT_NOT}:
                start = place - value[1].getwidth()[0] if value[0] < 0 else place
                found = start >= 0 and self.match(list(value[1]), start) >= 0
                if found != (kind is code.ASSERT):
                    return False
            elif kind is code.ATOMIC_GROUP:
                if (place := self.match(list(value), place)) < 0:
                    return False
            elif kind is code.GROUPREF:
                word = self._groups.get(value, "")
                if not self._text.startswith(word, place):
                    return False
                place += len(word)
            else:
                return self._run_compound(kind, value, nodes, at, place, then)
        return then(place)

    def _run_compound(
        self, kind: Any, value: Any, nodes: Sequence[Any], at: int, place: int, then: Then
    ) -> bool:
        def rest(end: int) -> bool:
            return self._run(nodes, at, end, then)

        if kind is code.BRANCH:
            for branch in value[1]:  # noqa: SIM110  # a generator would take the stack of C
                if self._run(branch, 0, place, rest):
                    return True
            return False
        if kind is code.SUBPATTERN:

            def close(end: int) -> bool:
                self._groups[value[0]] = self._text[place:end]
                return rest(end)

            return self._run(value[-1], 0, place, close)
        least, most, body = value
        if len(body) == 1 and body[0][0] in _ONE_CHARACTER:
            return self._repeat_character(kind, body[0], int(least), most, place, rest)
        return self._repeat(kind, body, int(least), most, place, rest)

    def _repeat_character(
        self, kind: Any, node: Any, least: int, most: Any, place: int, rest: Then
    ) -> bool:
        count = 0
        limit = len(self._text) if most is code.MAXREPEAT else int(most)
        if kind is code.MIN_REPEAT:
            while True:
                self._step()
                if count >= least and rest(place + count):
                    return True
                if count >= limit or not self._matches(node[0], node[1], place + count):
                    return False
                count += 1
        while count < limit and self._matches(node[0], node[1], place + count):
            self._step()
            count += 1
        if kind is code.POSSESSIVE_REPEAT:
            return count >= least and rest(place + count)
        while count >= least:
            self._step()
            if rest(place + count):
                return True
            count -= 1
        return False

    def _repeat(
        self, kind: Any, body: Sequence[Any], least: int, most: Any, place: int, rest: Then
    ) -> bool:
        limit = len(self._text) + least if most is code.MAXREPEAT else int(most)

        def again(count: int, at: int) -> bool:
            self._step()
            if kind is code.MIN_REPEAT and count >= least and rest(at):
                return True
            if count < limit and self._run(
                body, 0, at, lambda end: (end > at or count < least) and again(count + 1, end)
            ):
                return True
            return kind is not code.MIN_REPEAT and count >= least and rest(at)

        return again(0, place)

    def _matches(self, kind: Any, value: Any, place: int) -> bool:
        if place >= len(self._text):
            return False
        char = self._text[place]
        key = (kind, id(value), char)
        if key not in self._known:
            self._known[key] = _is_matched(kind, value, char, self._flags)
        return self._known[key]

    def _is_at(self, kind: Any, place: int) -> bool:
        before = self._text[place - 1 : place] if place else ""
        after = self._text[place : place + 1]
        if kind in {code.AT_BEGINNING, code.AT_BEGINNING_STRING}:
            return not before or (bool(self._flags & re.MULTILINE) and before == "\n")
        if kind in {code.AT_END, code.AT_END_STRING}:
            last = kind is code.AT_END and self._text[place:] == "\n"
            return not after or last or (bool(self._flags & re.MULTILINE) and after == "\n")
        is_edge = bool(re.match(r"\w", before)) != bool(re.match(r"\w", after))
        return is_edge == (kind is code.AT_BOUNDARY)

    def _step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TooManySteps
