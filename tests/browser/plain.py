"""The values of a program's names at a moment, computed by plain Python and PyTorch, without our code."""

from __future__ import annotations

import ast
from typing import Any

import torch

from viz.writing.numbers import brief

#: The values of a program's names.
Names = dict[str, Any]


def names_at(source: str, iteration: int, statement: int) -> Names:
    """The names after a statement of an iteration; the iterations before it run whole. -1: before its first."""
    program = ast.parse(source).body
    loop = next(place for place, part in enumerate(program) if isinstance(part, ast.For))
    body = program[loop]
    assert isinstance(body, ast.For) and isinstance(body.target, ast.Name)
    names: Names = {}
    _run(program[:loop], names)
    for count in range(iteration + 1):
        names[body.target.id] = count
        _run(body.body[: statement + 1] if count == iteration else body.body, names)
    return names


def each_iteration(source: str, iterations: int) -> list[Names]:
    """Copies of the tensors at the end of every iteration: values, and the `.grad`s as `name.grad`."""
    program = ast.parse(source).body
    loop = next(part for part in program if isinstance(part, ast.For))
    names: Names = {}
    _run(program[: program.index(loop)], names)
    ends: list[Names] = []
    for _ in range(iterations):
        _run(loop.body, names)
        tensors = {name: one for name, one in names.items() if isinstance(one, torch.Tensor)}
        grads = {f"{name}.grad": one.grad for name, one in tensors.items() if one.is_leaf}
        held = {name: one for name, one in (tensors | grads).items() if one is not None}
        ends.append({name: one.detach().clone() for name, one in held.items()})
    return ends


def line_of(source: str, text: str) -> int:
    """The number of the only line that contains a string."""
    found = [number for number, line in enumerate(source.splitlines(), start=1) if text in line]
    assert len(found) == 1, f"{text!r} is in the lines {found}"
    return found[0]


def shown(tensor: torch.Tensor | None) -> str:
    """A tensor as the page writes it; `None` for None."""
    return brief(None if tensor is None else tensor.tolist())


def signed(tensor: torch.Tensor) -> str:
    """A tensor of one element with its sign, as a change is written."""
    return f"{'+' if tensor.item() > 0 else ''}{shown(tensor)}"


def _run(statements: list[ast.stmt], names: Names) -> None:
    exec(compile(ast.Module(statements, []), "<program>", "exec"), names)
