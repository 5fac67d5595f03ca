"""The reference for the evaluator: the same source, run by Python itself, a statement at a time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch

from viz.frames import Frame, Value

#: What one name holds: the numbers, and `.grad`; compared as text, so that NaN equals NaN and -0.0 is not 0.0.
Snapshot = dict[str, tuple[str, str]]


def python_snapshots(source: str) -> Iterator[tuple[int, Snapshot]]:
    """What every name holds after each statement that Python runs, with the statement's line."""
    names: dict[str, Any] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.For):
            for count in eval(ast.unparse(node.iter), names):
                names[ast.unparse(node.target)] = count
                for inner in node.body:
                    yield _run(inner, names)
        else:
            yield _run(node, names)


def frame_snapshot(frame: Frame) -> Snapshot:
    """The same of a frame."""
    held = {name: one for name, one in frame.variables.items() if one.kind in ("tensor", "number")}
    return {name: (repr(one.value), repr(one.grad)) for name, one in held.items()}


def _run(node: ast.stmt, names: dict[str, Any]) -> tuple[int, Snapshot]:
    exec(compile(ast.Module([node], []), "<program>", "exec"), names)
    return node.lineno, {name: shown for name, one in names.items() if (shown := _shown(one)) is not None}


def _shown(thing: Any) -> tuple[str, str] | None:
    if isinstance(thing, torch.Tensor):
        grad: Value | None = thing.grad.tolist() if thing.is_leaf and thing.grad is not None else None
        return repr(thing.tolist()), repr(grad)
    if isinstance(thing, (bool, int, float)):
        return repr(thing), "None"
    return None
