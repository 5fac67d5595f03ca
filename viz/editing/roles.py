"""Which name of a program is the loss, the prediction, the target, the input, and which are the parameters."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from viz.catalog import ALL_OPTIMIZERS
from viz.editing.literals import elements_of, number_of
from viz.editing.sites import WRITTEN_OUT, call_site, leaf_call
from viz.editing.source import ParsedSource, assignments, parsed

#: Modules whose objects are not data.
_MACHINERY = ("torch.nn.", "torch.optim.")


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of variables by their roles; None if no name has the role.

    `.backward()` is called on `loss`, which compares `prediction` with `target`. `input` is the data, a vector or
    a column, that the prediction is computed from, and `parameters` are the leaves that require grad and are given
    to the optimizer (all that require grad, in a program without one).
    """

    loss: str | None = None
    prediction: str | None = None
    target: str | None = None
    input: str | None = None
    parameters: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def roles(source: str) -> Roles:
    """Return the roles in a program by its text alone; all None if it does not parse."""
    program = parsed(source)
    if program is None:
        return Roles()
    names = _Names(program)
    root = _backward_root(program)
    if root is None:
        return Roles(parameters=names.parameters)
    prediction, target = names.comparison(root) or (None, None)
    return Roles(
        loss=_name(root),
        prediction=_name(prediction),
        target=_name(target),
        input=names.input_of(prediction) if prediction else None,
        parameters=names.parameters,
    )


def is_line(shape: tuple[int, ...]) -> bool:
    """Whether data of this shape are a vector or a column."""
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def _name(node: ast.expr | None) -> str | None:
    return node.id if isinstance(node, ast.Name) else None


def _backward_root(program: ParsedSource) -> ast.expr | None:
    """Return what the first `.backward()` is called on, or what the first `autograd.grad(…)` differentiates."""
    for node in _inside(program.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "backward":
                return node.func.value
            if node.func.attr == "grad" and node.args:
                return node.args[0]
    return None


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all nodes below it, level by level."""
    waiting = deque([node])
    while waiting:
        node = waiting.popleft()
        waiting.extend(ast.iter_child_nodes(node))
        yield node


def _names_in(node: ast.expr) -> list[str]:
    return [inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)]


class _Names:
    """The expressions that each name of a program is bound to."""

    def __init__(self, program: ParsedSource) -> None:
        self._program = program
        self._definitions: dict[str, list[ast.expr]] = {}
        loop = program.loop.body if program.loop else []
        for name, value in assignments([*program.setup, *loop]):
            self._definitions.setdefault(name, []).append(value)
        leaves = [
            name
            for name, values in self._definitions.items()
            if any(leaf_call(program, value)[1] for value in values)
        ]
        given = self._given()
        self.parameters = tuple(leaves if given is None else [name for name in given if name in leaves])
        # A model whose parameters the optimizer gets is no parameter, but what it returns depends on them.
        self._learned = self._depending_on((*self.parameters, *(given or ())))

    def _given(self) -> list[str] | None:
        """Return the names in what the optimizer gets as its parameters; None without an optimizer."""
        site = call_site(self._program, ALL_OPTIMIZERS)
        if site is None or site.parameters is None:
            return None
        return _names_in(self._program.meaning(site.parameters))

    def _depending_on(self, roots: tuple[str, ...]) -> frozenset[str]:
        """Return the roots and every name that is computed from one of them, directly or not."""
        learned = set(roots)
        while True:
            more = {
                name
                for name, values in self._definitions.items()
                if name not in learned and any(learned.intersection(_names_in(value)) for value in values)
            }
            if not more:
                return frozenset(learned)
            learned |= more

    def comparison(self, loss: ast.expr) -> tuple[ast.expr, ast.expr] | None:
        """Return the prediction and the target that an expression compares, itself or in what it is computed from.

        They are the two arguments of a call (`criterion(y_hat, y)`) or the two sides of a difference, of which
        exactly one depends on a parameter.
        """
        seen: set[str] = set()
        waiting = deque([loss])
        while waiting:
            for node in _inside(waiting.popleft()):
                pair = self._told_apart(_compared(node))
                if pair is not None:
                    return pair
                if isinstance(node, ast.Name) and node.id not in seen:
                    seen.add(node.id)
                    waiting.extend(self._definitions.get(node.id, []))
        return None

    def _told_apart(self, pair: list[ast.expr]) -> tuple[ast.expr, ast.expr] | None:
        if len(pair) != 2 or not all(_names_in(side) for side in pair):
            return None
        learned = [bool(self._learned.intersection(_names_in(side))) for side in pair]
        if learned == [True, False]:
            return pair[0], pair[1]
        return (pair[1], pair[0]) if learned == [False, True] else None

    def input_of(self, prediction: ast.expr) -> str | None:
        """Return the first data, a vector or a column, that an expression uses, directly or through names."""
        seen: set[str] = set()
        waiting = deque([prediction])
        while waiting:
            for name in _names_in(waiting.popleft()):
                if name in seen:
                    continue
                seen.add(name)
                if name in self._learned:
                    waiting.extend(() if name in self.parameters else self._definitions.get(name, []))
                elif self._is_data(name, set()):
                    return name
        return None

    def _is_data(self, name: str, seen: set[str]) -> bool:
        """Return whether a name is a vector or a column: written out, created by torch, or computed from data."""
        if name in seen:
            return False
        seen.add(name)
        return any(self._makes_data(value, seen) for value in self._definitions.get(name, []))

    def _makes_data(self, value: ast.expr, seen: set[str]) -> bool:
        call = leaf_call(self._program, value)[0]
        path = self._program.path(call.func) if call is not None else None
        written = elements_of(call.args[0]) if call and len(call.args) == 1 else None
        if written is not None and (written[0] or path in WRITTEN_OUT):
            return is_line(written[0])
        if number_of(value) is not None:
            return False
        if path:
            return not path.startswith(_MACHINERY)
        if any(self._is_data(name, seen) for name in _names_in(value)):
            return True
        # `torch.linspace(0, 1, 50).unsqueeze(1)`
        called = value.func if isinstance(value, ast.Call) else None
        return isinstance(called, ast.Attribute) and self._makes_data(called.value, seen)


def _compared(node: ast.AST) -> list[ast.expr]:
    """Return the two expressions that a call or a difference compares; not two if it compares nothing."""
    if isinstance(node, ast.Call):
        return [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg in {"input", "target"})]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return [node.left, node.right]
    return []
