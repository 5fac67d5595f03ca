"""Finds the loops whose passes are training iterations: the innermost loops around a backward or a step."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from viz.editing.loops import TRAINING, is_main_guard, top_level

Loop: TypeAlias = ast.For | ast.While
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


def training_loops(trees: Iterable[ast.Module]) -> set[Loop]:
    """Return the loops of these files that train something in each pass, and contain no other loop that does.

    A loop trains if it calls `.backward()`, `.step()` or `autograd.grad()`, or calls a function or method of the
    files that does. Calls are followed by name.
    """
    everything = list(trees)
    functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
    loops: list[tuple[Loop, str]] = []
    for tree in everything:
        for one in ast.walk(tree):
            if isinstance(one, ast.FunctionDef):
                functions[one.name].append(one)
                loops += [(loop, one.name) for loop in _inside(one) if isinstance(loop, Loop)]
        loops += [(loop, "") for loop in _inside(tree) if isinstance(loop, Loop)]
    calls = {name: {call for one in bodies for call in _calls(one)} for name, bodies in functions.items()}
    trainers = _closure({name for name, called in calls.items() if called & TRAINING}, calls)
    training = [(loop, owner) for loop, owner in loops if _calls(loop) & (TRAINING | trainers)]
    # The functions that a loop calls may have such loops; a function that calls itself is not inside its own loop.
    with_loops = _closure({owner for _, owner in training if owner}, calls)
    found = {loop for loop, _ in training}
    return {
        loop
        for loop, owner in training
        if not found.intersection(_inside(loop)) and not _calls(loop) & (with_loops - {owner})
    }


def last_training_line(tree: ast.Module, loops: Iterable[Loop]) -> int:
    """Return the line of the last statement at the top of a program that runs one of its training `loops`.

    What follows it is the code after the loop; what comes between two such statements is not. 0 if there is none.
    """
    wanted = set(loops)
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    calls: dict[str, set[str]] = defaultdict(set)
    for one in functions:
        calls[one.name] |= _calls(one)
    owners = _closure({one.name for one in functions if wanted.intersection(_inside(one))}, calls)
    found = [
        one.lineno
        for one in top_level(tree.body)
        if not isinstance(one, (ast.FunctionDef, ast.ClassDef)) and not is_main_guard(one)
        if wanted.intersection([one, *_inside(one)]) or _calls(one) & owners
    ]
    return max(found, default=0)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what runs as part of a node: everything inside except the bodies of functions."""
    pending = list(ast.iter_child_nodes(node))
    while pending:
        one = pending.pop()
        yield one
        if not isinstance(one, _FUNCTIONS):
            pending.extend(ast.iter_child_nodes(one))


def _calls(node: ast.AST) -> set[str]:
    """Return the last names of what a node calls: `step` for `optimizer.step()`."""
    found = set()
    for one in _inside(node):
        match one:
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
                found.add(name)
    return found


def _closure(names: set[str], calls: dict[str, set[str]]) -> set[str]:
    """Add every function that calls one of `names`, directly or through other functions."""
    found = set(names)
    while more := {name for name, called in calls.items() if name not in found and called & found}:
        found |= more
    return found
