"""The reference for the evaluator: runs the same source in plain Python, statement by statement."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.pytorch.graph import is_leaf_tensor

#: The numbers of one name, and its `.grad`, compared as strings so that NaN equals NaN and -0.0 is not 0.0.
Snapshot = dict[str, tuple[str, str]]


def python_snapshots(source: str) -> Iterator[tuple[int, Snapshot]]:
    """The values of all names after each statement that Python runs, with the statement's line."""
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
    """The snapshot of a frame."""
    held = {name: one for name, one in frame.variables.items() if one.kind in ("tensor", "array", "number")}
    return {name: (repr(one.value), repr(one.grad)) for name, one in held.items()}


def _run(node: ast.stmt, names: dict[str, Any]) -> tuple[int, Snapshot]:
    exec(compile(ast.Module([node], []), "<program>", "exec"), names)
    return node.lineno, {name: shown for name, one in _held(names) if (shown := _shown(one)) is not None}


def _held(names: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of the names, and those of the modules' tensors that no earlier name holds."""
    seen = set()
    for name, one in names.items():
        yield name, one
        if isinstance(one, torch.Tensor):
            seen.add(id(one))
        if isinstance(one, torch.nn.Module):
            for path, parameter in (*one.named_parameters(), *one.named_buffers()):
                *places, own = path.split(".")
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield f"{name}{''.join(f'[{place}]' for place in places)}.{own}", parameter


def grad_of(tensor: torch.Tensor) -> Value | None:
    """The `.grad` of a tensor that may have one; for others torch would warn."""
    held = tensor.grad if is_leaf_tensor(tensor) or tensor.retains_grad else None
    grad: Value | None = None if held is None else held.tolist()
    return grad


def _shown(thing: Any) -> tuple[str, str] | None:
    if isinstance(thing, torch.Tensor):
        return repr(thing.tolist()), repr(grad_of(thing))
    if isinstance(thing, np.ndarray):
        return repr(thing.tolist()), "None"
    if isinstance(thing, np.generic):
        return repr(thing.item()), "None"
    if isinstance(thing, (bool, int, float)):
        return repr(thing), "None"
    return None
