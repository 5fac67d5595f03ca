"""Finds, from Python's frames, the expression of a file that Python is evaluating."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from dis import opmap
from itertools import islice
from types import CodeType, FrameType
from typing import TypeAlias

from viz.editing.spans import Source
from viz.frames.plain import Span
from viz.syntax import tree_of

#: The position of a syntax node: its first line and column, its last line and column; columns count bytes.
_Place: TypeAlias = tuple[int, int, int, int]

#: The place of what no code of the file asked for.
NOWHERE = Span("", 1, 0, 1, 0)
_ITERATES = frozenset({opmap["FOR_ITER"], opmap["GET_ITER"]})
_STORES = frozenset({opmap["STORE_SUBSCR"], opmap["STORE_ATTR"]})


@dataclass(frozen=True, slots=True)
class OneSite:
    """The site of all calls that one expression makes: those of a layer's own code, in `net(x)`."""

    span: Span

    def current(self) -> Span:
        """Return the expression."""
        return self.span

    def in_constructor(self) -> bool:
        """Return False: the layer is made already."""
        return False


class CallSites:
    """Finds positions in one file. Each instruction of a code object is read once: reading is slow."""

    def __init__(self, text: str, filename: str) -> None:
        self._source = Source(text)
        self._filename = filename
        self._spans: dict[tuple[CodeType, int], Span] = {}
        self._lines = text.count("\n") + 1 if text else 0
        tree = tree_of(text)
        self._iterated = dict(_iterated(tree))
        self._augmented = {
            _place(one.target): _place(one) for one in ast.walk(tree) if isinstance(one, ast.AugAssign)
        }

    def current(self) -> Span:
        """Return the innermost expression of the file that is being evaluated; an empty Span if there is none."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            frame = frame.f_back
        return NOWHERE if frame is None else self.at(frame.f_code, frame.f_lasti)

    def in_constructor(self) -> bool:
        """Whether the file's code is waiting for the constructor of a layer of torch."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self._filename:
            if frame.f_code.co_name == "__init__" and frame.f_globals.get("__name__", "").startswith("torch.nn."):
                return True
            frame = frame.f_back
        return False

    def at(self, code: CodeType, instruction: int) -> Span:
        """Return the expression of an instruction, which is given by its offset in the bytecode."""
        key = code, instruction
        known = self._spans.get(key)
        if known is None:
            known = self._spans[key] = self._read(code, instruction)
        return known

    def _read(self, code: CodeType, instruction: int) -> Span:
        positions = next(islice(code.co_positions(), instruction // 2, None))
        line, end_line, column, end_column = (one or 0 for one in positions)
        place = line, column, end_line, end_column
        # Python positions each pass at the whole loop, and the store of `a[0] += 1` at `a[0]` alone.
        if end_line > self._lines:
            return Span("", line, 0, line, 0)  # the file changed since Python read it, or has no source
        opcode = code.co_code[instruction]
        if opcode in _ITERATES:
            place = self._iterated.get(place, place)
        elif opcode in _STORES:
            place = self._augmented.get(place, place)
        return self._source.stretch(*place)


def _iterated(tree: ast.Module) -> Iterator[tuple[_Place, _Place]]:
    """Yield the position of each loop and comprehension, with the position of what it iterates over."""
    for node in ast.walk(tree):
        match node:
            case ast.For(iter=entries):
                yield _place(node), _place(entries)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                yield _place(node), _place(node.generators[0].iter)


def _place(node: ast.stmt | ast.expr) -> _Place:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0
