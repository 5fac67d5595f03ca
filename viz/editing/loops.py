"""Finds the loop of a program that runs its iterations."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

#: Methods that a training loop calls, and a loop that only prepares something does not.
TRAINING = frozenset({"backward", "step", "grad"})
#: The functions of `tqdm`.
BARS = frozenset({"tqdm", "trange"})


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

    The range may be in a progress bar: `tqdm(range(…))`, `trange(…)`.

    Such a loop calls `.backward()`, `.step()` or `autograd.grad()`, or a function of the program that does. If
    there is none, it is the first `for name in range(…)`; None if there is no loop over a range. Every other loop
    belongs to the code around it.
    """
    every = top_level(statements)
    bars = frozenset(name for one in every for name in _bars(one))
    loops = [one for one in every if isinstance(one, ast.For) and _counts(one, bars)]
    trainers = {one.name for one in every if isinstance(one, ast.FunctionDef) and _trains(one, frozenset())}
    return next((one for one in loops if _trains(one, trainers)), loops[0] if loops else None)


def range_of(loop: ast.For, bars: frozenset[str] = BARS) -> ast.Call | None:
    """Return the `range(…)` that a loop goes through, or the `trange(…)`; None if it goes through anything else.

    `bars` are the names that `tqdm` and `trange` have in the program.
    """
    call = loop.iter
    if _is_call(call, bars & {"tqdm"}) and isinstance(call, ast.Call) and call.args:
        call = call.args[0]
    return call if isinstance(call, ast.Call) and _is_call(call, (bars & {"trange"}) | {"range"}) else None


def _counts(loop: ast.For, bars: frozenset[str]) -> bool:
    return range_of(loop, bars) is not None and isinstance(loop.target, ast.Name)


def _is_call(node: ast.expr, names: frozenset[str] | set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _bars(statement: ast.stmt) -> Iterator[str]:
    """Yield the names of progress bars that a statement imports."""
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").partition(".")[0] == "tqdm":
        yield from (one.name for one in statement.names if one.asname is None and one.name in BARS)


def _trains(node: ast.AST, trainers: frozenset[str] | set[str]) -> bool:
    calls = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    return any(
        one.attr in TRAINING
        if isinstance(one, ast.Attribute)
        else isinstance(one, ast.Name) and one.id in trainers
        for one in calls
    )
