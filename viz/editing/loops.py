"""Which loop of a program is the one over the iterations."""

from __future__ import annotations

import ast
from collections.abc import Sequence

#: What is called in a training loop, and not in a loop that only prepares something.
_TRAINING = frozenset({"backward", "step", "grad"})


def iteration_loop(statements: Sequence[ast.stmt]) -> ast.For | None:
    """The loop over the iterations: the first `for name in range(…)` at the top level that trains something.

    That is one with a call of `.backward()`, `.step()` or `autograd.grad()` in it, or of a function of the program
    that has one; where there is none, the first `for name in range(…)`. Every other loop is part of its
    surroundings. None where no loop is one over a range.
    """
    loops = [one for one in statements if isinstance(one, ast.For) and _counts(one)]
    trainers = {one.name for one in statements if isinstance(one, ast.FunctionDef) and _trains(one, frozenset())}
    return next((one for one in loops if _trains(one, trainers)), loops[0] if loops else None)


def _counts(loop: ast.For) -> bool:
    call = loop.iter
    counted = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
    return counted and isinstance(loop.target, ast.Name)


def _trains(node: ast.AST, trainers: frozenset[str] | set[str]) -> bool:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(
        one.attr in _TRAINING
        if isinstance(one, ast.Attribute)
        else isinstance(one, ast.Name) and one.id in trainers
        for one in calls
    )
