"""The reference for blocks and functions: the same source, run by Python, traced a line at a time."""

from __future__ import annotations

import ast
import sys
from types import CodeType, FrameType
from typing import Any

import numpy as np
import torch

from tests.language.reference import Snapshot, grad_of
from viz.editing.training_loops import training_loops
from viz.frames.frame import Frame
from viz.language import Program

#: Python traces these as functions of their own; here they are expressions.
_EXPRESSIONS = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")


def traced(source: str) -> tuple[list[tuple[int, Snapshot]], BaseException | None]:
    """Return each line that Python ran, when it ended, with the values of all names then, and the exception.

    A statement has to be on one line. A `with` ends when it is entered.
    """
    code = compile(source, "<program>", "exec")
    tracer = _Tracer(code, {node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.With)})
    error: BaseException | None = None
    before = sys.gettrace()
    sys.settrace(tracer.called)
    try:
        # An exception of the tracer when Python leaves a `with` would prevent leaving the block.
        with torch.enable_grad():
            exec(code, {"__name__": "__main__"})
    except Exception as raised:  # noqa: BLE001  # whatever the program raises is what is compared
        error = raised
    finally:
        sys.settrace(before)
    return tracer.over, error


def heads(program: Program) -> set[int]:
    """The lines of the loops over iterations, whose heads make no frame; Python visits each of them."""
    if program.loop is not None:
        return {program.loop.span.line}
    loops = training_loops([ast.parse(program.source)]) if program.trains_until else ()
    return {one.lineno for one in loops if isinstance(one, ast.For)}


class _Tracer:
    def __init__(self, code: CodeType, withs: set[int]) -> None:
        self._withs = withs
        self._inside: set[tuple[FrameType, int]] = set()
        self.over: list[tuple[int, Snapshot]] = []
        self._file = code.co_filename
        self._pending: dict[FrameType, int] = {}
        self._raised: set[FrameType] = set()

    def called(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != self._file or frame.f_code.co_name in _EXPRESSIONS:
            return None
        return self.traced

    def traced(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "exception":
            self._raised.add(frame)
        elif event in ("line", "return"):
            line = self._pending.pop(frame, None)
            if line is not None and frame not in self._raised:
                self.over.append((line, snapshot(visible(frame))))
            if event == "line" and not self._leaves(frame, frame.f_lineno):
                self._pending[frame] = frame.f_lineno
        return self.traced

    def _leaves(self, frame: FrameType, line: int) -> bool:
        """Whether Python visits the line of a `with` because its block has ended."""
        if line not in self._withs:
            return False
        self._inside ^= {(frame, line)}
        return (frame, line) not in self._inside


def visible(frame: FrameType) -> dict[str, Any]:
    """The names that a statement sees with their values; a function's own names hide those of the program."""
    code, held = frame.f_code, frame.f_locals
    if held is frame.f_globals:
        return held
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    return {name: one for name, one in frame.f_globals.items() if name not in own} | held


def snapshot(names: dict[str, Any]) -> Snapshot:
    """The values of all names, as text."""
    return {name: shown for name, one in names.items() if (shown := _shown(one)) is not None}


def told(frame: Frame) -> Snapshot:
    """The snapshot of a frame, without the parameters of modules, which have no name in Python."""
    held = {}
    for name, one in frame.variables.items():
        if not name.isidentifier():
            continue
        if one.kind in ("tensor", "array", "number"):
            held[name] = (repr(one.value), repr(one.grad))
        elif one.kind == "list" and one.value is not None:
            held[name] = (repr(one.value), "None")
    return held


def _shown(thing: Any) -> tuple[str, str] | None:
    if isinstance(thing, torch.Tensor):
        # Nothing here may raise: an exception of a tracer enters the program, and between a `no_grad` block and
        # the end of its mode it would leave gradients disabled for good.
        return repr(thing.tolist()), repr(grad_of(thing))
    if isinstance(thing, (np.ndarray, np.generic)):
        return repr(thing.tolist()), "None"
    if isinstance(thing, (bool, int, float)):
        return repr(thing), "None"
    if isinstance(thing, (list, tuple)) and all(isinstance(one, (bool, int, float)) for one in thing):
        return repr([one.item() if isinstance(one, np.generic) else one for one in thing]), "None"
    return None
