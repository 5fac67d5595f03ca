"""The formula of one edge of a Node, with the names and the shapes of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from viz.explaining.blocks import Block, Math, Text
from viz.explaining.edge_gradient import Way, described, edge_end, result_shape
from viz.explaining.tex import given_number, upright
from viz.frames.graph import Node
from viz.rules import Shown, Unknown, input_shape
from viz.rules.apply import input_at
from viz.rules.formula import constant
from viz.rules.functions import CASES, PRODUCT
from viz.rules.rule import ARRIVED_AT

#: Names that stand for nothing before a backward came to the Node.
_ONLY_WITH_NUMBERS = ("shape", "shapes", "grad_shape")


def rule_of(way: Way) -> Iterator[Block]:
    """What arrived × the local derivative = what left; the whole product where it is not element by element."""
    yield Text(f"To {edge_end(way)}:")
    arrived = _braced(upright("grad"), "arrived", lambda: result_shape(way.node))
    left = _braced(
        f"{upright('grad')}_{{{upright(way.name)}}}",
        "left",
        lambda: input_shape(way.graph, way.node, way.slot, way.rule.argument(way.slot)),
    )
    names = _UsedNames({**symbols(way), "grad": Shown(arrived), "grads": Shown(upright("grads"))})
    try:
        formula = way.rule.formula(way.slot).latex(names)
        parts = _parts(way, names)
    except KeyError:
        yield Text("torch freed what this Node saved before the Node was first seen; its formula lacks that.")
        return
    if way.rule.is_local(way.slot):
        # The brace holds a list of cases together; it needs no brackets besides.
        factor = formula.latex if formula.holds == CASES else formula.within(PRODUCT)
        product = rf"{arrived} \cdot {_braced(factor, 'local derivative')}"
        yield Math(f"{_summed(way, product)} = {left}")
    else:
        yield Math(f"{_summed(way, formula.latex)} = {left}")
    for name, part in parts.items():
        yield Math(rf"\text{{where }} {upright(name)} = {part.latex}")
    for name in sorted(names.asked):
        node = _stands_for(way, name)
        if node is not None and names[name].latex == upright(name) and node.variable != name:
            yield Text(f"Here {name} is {described(node)}.")


def symbols(way: Way) -> dict[str, Shown]:
    """What stands for each name of the way's formula, in LaTeX; what is not known is left out.

    A variable's name stands for its tensor, and the operation's numbers (an exponent, `dim`) for themselves.
    """
    known = way.facts
    variables = {one.name: one.variable for one in way.node.saved if one.shape is not None}
    shown = {name: Shown(upright(name)) for name in (*_ONLY_WITH_NUMBERS, *way.rule.given)}
    shown |= {name: Shown(upright(f"grads[{name[-1]}]")) for name in ARRIVED_AT}
    for name, value in known.items():
        if isinstance(value, list):  # of tensors, as the indices of `x[i, j]` are
            shown[name] = Shown(upright(name))
            continue
        if not isinstance(value, torch.Tensor):
            shown[name] = plain(value)
            continue
        if name in ARRIVED_AT:
            continue
        node = _stands_for(way, name)
        variable = variables.get(name) or (node.variable if node is not None else None)
        if variable is None and node is None and not value.dim() and name in way.rule.arguments:
            shown[name] = given_number(float(value))  # the 2 of `x * 2`, which torch saves as a tensor
        else:
            shown[name] = Shown(upright(variable or name))
    return shown


def plain(value: Any) -> Shown:
    """A number, a flag, a text or a shape that belongs to the operation."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return constant(value)
    number = given_number(value)
    return Shown(number.latex, number.holds, value, known=True, folds=True)


class _UsedNames(dict[str, Shown]):
    """What stands for each name, and which names the LaTeX was made of: a branch not taken asks for nothing."""

    def __init__(self, shown: Mapping[str, Shown]) -> None:
        super().__init__(shown)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Shown:
        self.asked.add(name)
        return super().__getitem__(name)


def _parts(way: Way, names: _UsedNames) -> dict[str, Shown]:
    """The rule's own names that the formula was shown with, and what they stand for."""
    parts: dict[str, Shown] = {}
    while missing := [name for name in way.rule.given if name in names.asked and name not in parts]:
        parts |= {name: way.rule.given[name].latex(names) for name in missing}
    return parts


def _stands_for(way: Way, name: str) -> Node | None:
    """The Node whose value a name of the formula is: an argument's, or this Node's own."""
    if name == "result":
        return way.node
    if name not in way.rule.arguments or way.rule.repeated:
        return None
    return input_at(way.graph, way.node, way.rule.arguments.index(name))


def _braced(latex: str, label: str, shape: Callable[[], tuple[int, ...]] | None = None) -> str:
    """With a brace below, and what it is."""
    try:
        size = f" {list(shape())}" if shape is not None else ""
    except Unknown:
        size = ""
    return rf"\underbrace{{{latex}}}_{{\text{{{label}{size}}}}}"


def _summed(way: Way, product: str) -> str:
    """The product, summed where the argument was broadcast."""
    try:
        axes = way.axes
    except Unknown:
        return product
    if not axes:
        return product
    return rf"\sum_{{\mathrm{{dim}}\ {', '.join(str(axis) for axis in axes)}}}\left({product}\right)"
