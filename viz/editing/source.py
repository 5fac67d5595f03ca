"""A parsed program: its tree, its imported names, and the place of each node in the text."""

from __future__ import annotations

import ast
import bisect
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from viz.editing.loops import iteration_loop, top_level
from viz.frames.plain import Span
from viz.syntax import tree_of

#: Programs of up to this many characters are cached: the learners of a class all change numbers in the same one.
_SHORT = 4_000
_LONE_RETURN = re.compile(r"\r(?!\n)")


class Edit(NamedTuple):
    """Replace the characters from `start` to `end` (exclusive) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class ParsedSource:
    """A program's text and its tree."""

    text: str
    tree: ast.Module

    @cached_property
    def imports(self) -> dict[str, tuple[str, ast.alias]]:
        """For each imported name, its full name (`"torch.nn"`) and the alias that binds it."""
        bound: dict[str, tuple[str, ast.alias]] = {}
        for statement in top_level(self.tree.body):
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    top = alias.name.partition(".")[0]
                    bound[alias.asname or top] = (alias.name if alias.asname else top, alias)
            elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
                for alias in statement.names:
                    bound[alias.asname or alias.name] = (f"{statement.module}.{alias.name}", alias)
        return bound

    @cached_property
    def loop(self) -> ast.For | None:
        """The training loop."""
        return iteration_loop(self.tree.body)

    @property
    def setup(self) -> list[ast.stmt]:
        """The statements before the loop; all of them in a program without one."""
        body = top_level(self.tree.body)
        return body[: body.index(self.loop)] if self.loop else body

    def path(self, node: ast.expr) -> str | None:
        """Return a dotted name in full: `"torch.optim.SGD"` for `optim.SGD`; None if no import binds it."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports:
            return None
        return ".".join([self.imports[node.id][0], *reversed(attributes)])

    @cached_property
    def _once(self) -> dict[str, ast.expr]:
        """What the set-up assigns to each name that the program binds only once."""
        bound = Counter(
            node.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del))
        )
        return {name: value for name, value in assignments(self.setup) if bound[name] == 1}

    def meaning(self, node: ast.expr) -> ast.expr:
        """Return the expression that a name is bound to, once and in the set-up; any other node as it is."""
        return self._once.get(node.id, node) if isinstance(node, ast.Name) else node

    def name_of(self, path: str) -> str | None:
        """Return a name that an import binds to `path`, or None."""
        return next((name for name, (bound, _) in self.imports.items() if bound == path), None)

    def start(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> int:
        """Return where a node begins, in characters."""
        return self._offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> int:
        """Return where a node ends, in characters; exclusive."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._offset(node.end_lineno, node.end_col_offset)

    def segment(self, node: ast.expr | ast.keyword) -> str:
        """Return the text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def span(self, node: ast.expr) -> Span:
        """Return the span of the source that a node covers."""
        start, end = self.start(node), self.end(node)
        first, last = self._line(start), self._line(end)
        return Span(
            self.text[start:end],
            line=first + 1,
            column=start - self._line_starts[first],
            end_line=last + 1,
            end_column=end - self._line_starts[last],
        )

    def column(self, offset: int) -> int:
        """Return how many characters are before `offset` in its line."""
        return offset - self._line_starts[self._line(offset)]

    def rest_of_line(self, offset: int) -> str:
        """Return the text after `offset` in its line."""
        return self.text[offset:].partition("\n")[0].rstrip("\r")

    def edited(self, edits: Iterable[Edit]) -> str:
        """Return the text with all edits made; they must not overlap."""
        pieces, position = [], 0
        for start, end, text in sorted(edits):
            assert start >= position, "edits overlap"
            pieces += [self.text[position:start], text.replace("\n", self._line_break)]
            position = end
        return "".join([*pieces, self.text[position:]])

    @property
    def _line_break(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(place.end() for place in re.finditer("\n", self.text))]

    def _line(self, offset: int) -> int:
        return bisect.bisect_right(self._line_starts, offset) - 1

    def _offset(self, line: int, byte: int) -> int:
        """Return an offset in characters: `ast` counts the bytes of a line in UTF-8."""
        start = self._line_starts[line - 1]
        text = self.rest_of_line(start)
        return start + (byte if text.isascii() else len(text.encode()[:byte].decode()))


def parsed(text: str) -> ParsedSource | None:
    """Return the parsed program; None if the text is not Python, or has a carriage return without a line feed."""
    return _kept(text) if len(text) <= _SHORT else _kept_long(text)


@lru_cache(maxsize=128)
def _kept(text: str) -> ParsedSource | None:
    return _parsed(text)


@lru_cache(maxsize=4)
def _kept_long(text: str) -> ParsedSource | None:
    return _parsed(text)


def _parsed(text: str) -> ParsedSource | None:
    if _LONE_RETURN.search(text):
        return None
    try:
        tree = tree_of(text)
    except (
        SyntaxError,
        ValueError,
        RecursionError,
        MemoryError,
    ):  # the last three: NUL bytes, nested too deep, too long
        return None
    return ParsedSource(text, tree)


def assignments(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that a plain assignment binds, and its expression: two for `a, b = 1, 2`."""
    for statement in statements:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name):
            yield target.id, value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = zip(target.elts, value.elts, strict=False)  # Python refuses unequal lengths
            yield from ((name.id, part) for name, part in pairs if isinstance(name, ast.Name))
