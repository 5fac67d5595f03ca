"""Finds the loop of a program that runs its iterations."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TypeGuard

#: Methods that a training loop calls, and a loop that only prepares something does not.
TRAINING = frozenset({"backward", "step", "grad"})


def top_level(statements: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Return the statements of a program in their order, those below `if __name__ == "__main__":` after it."""
    return [part for one in statements for part in (one, *(one.body if is_main_guard(one) else ()))]


def is_main_guard(statement: ast.stmt) -> TypeGuard[ast.If]:
    """Whether a statement is `if __name__ == "__main__":`, which always holds, and has no `else`."""
    if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.Compare):
        return False
    sides = [statement.test.left, *statement.test.comparators]
    names = [one for one in sides if isinstance(one, ast.Name) and one.id == "__name__"]
    texts = [one for one in sides if isinstance(one, ast.Constant) and one.value == "__main__"]
    return len(sides) == 2 and isinstance(statement.test.ops[0], ast.Eq) and bool(names and texts)


def iteration_loop(statements: Sequence[ast.stmt]) -> ast.For | None:
    """Return the loop over the iterations: the first top-level `for name in range(…)` that trains something.

    Such a loop calls `.backward()`, `.step()` or `autograd.grad()`, or a function of the program that does. If
    there is none, it is the first `for name in range(…)`; None if there is no loop over a range. Every other loop
    belongs to the code around it.
    """
    every = top_level(statements)
    loops = [one for one in every if isinstance(one, ast.For) and _counts(one)]
    trainers = {one.name for one in every if isinstance(one, ast.FunctionDef) and _trains(one, frozenset())}
    return next((one for one in loops if _trains(one, trainers)), loops[0] if loops else None)


def _counts(loop: ast.For) -> bool:
    call = loop.iter
    counted = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"
    return counted and isinstance(loop.target, ast.Name)


def _trains(node: ast.AST, trainers: frozenset[str] | set[str]) -> bool:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(
        one.attr in TRAINING
        if isinstance(one, ast.Attribute)
        else isinstance(one, ast.Name) and one.id in trainers
        for one in calls
    )
