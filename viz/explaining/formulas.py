"""The formula of one edge of a Node, with the program's names and shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from viz.explaining.blocks import Block, Math, Text
from viz.explaining.edge_gradient import EdgeGradient, described, edge_end, result_shape
from viz.explaining.tex import given_number, upright
from viz.frames.graph import Node
from viz.rules import Shown, Unknown, input_shape
from viz.rules.apply import input_at
from viz.rules.formula import constant
from viz.rules.latex import CASES, PRODUCT
from viz.rules.rule import ARRIVED_AT

#: Names without a value before backward has visited the Node.
_ONLY_WITH_NUMBERS = ("shape", "shapes", "grad_shape")


def rule_of(edge: EdgeGradient) -> Iterator[Block]:
    """Received gradient × local derivative = sent gradient; or the formula of the vector-Jacobian product."""
    yield Text(f"Sent to {edge_end(edge)}:")
    received = _braced(upright("grad"), "received", lambda: result_shape(edge.node))
    sent = _braced(
        f"{upright('grad')}_{{{upright(edge.name)}}}",
        "sent",
        lambda: input_shape(edge.graph, edge.node, edge.slot, edge.rule.argument(edge.slot)),
    )
    names = _UsedNames({**symbols(edge), "grad": Shown(received), "grads": Shown(upright("grads"))})
    try:
        formula = edge.rule.formula(edge.slot).latex(names)
        parts = _parts(edge, names)
    except KeyError:
        yield Text(
            "torch freed this Node's saved tensors before the page first saw it, so its formula cannot be shown."
        )
        return
    if edge.rule.is_local(edge.slot):
        # The brace already groups a list of cases.
        factor = formula.latex if formula.holds == CASES else formula.within(PRODUCT)
        product = rf"{received} \cdot {_braced(factor, 'local derivative')}"
        yield Math(f"{_summed(edge, product)} = {sent}")
    else:
        yield Math(f"{_summed(edge, formula.latex)} = {sent}")
    for name, part in parts.items():
        yield Math(rf"\text{{where }} {upright(name)} = {part.latex}")
    for name in sorted(names.asked):
        node = _stands_for(edge, name)
        if node is not None and names[name].latex == upright(name) and node.variable != name:
            yield Text(f"Here {name} is {described(node)}.")


def symbols(edge: EdgeGradient) -> dict[str, Shown]:
    """The LaTeX of each name in the edge's formula; unknown names are left out.

    A tensor is shown as its variable's name, an operation's own number (an exponent, `dim`) as that number.
    """
    known = edge.facts
    variables = {one.name: one.variable for one in edge.node.saved if one.shape is not None}
    shown = {name: Shown(upright(name)) for name in (*_ONLY_WITH_NUMBERS, *edge.rule.given)}
    shown |= {name: Shown(upright(f"grads[{name[-1]}]")) for name in ARRIVED_AT}
    for name, value in known.items():
        if isinstance(value, list):  # a list of tensors, such as the indices of `x[i, j]`
            shown[name] = Shown(upright(name))
            continue
        if not isinstance(value, torch.Tensor):
            shown[name] = plain(value)
            continue
        if name in ARRIVED_AT:
            continue
        node = _stands_for(edge, name)
        variable = variables.get(name) or (node.variable if node is not None else None)
        if variable is None and node is None and not value.dim() and name in edge.rule.arguments:
            shown[name] = given_number(float(value))  # the 2 of `x * 2`, which torch saves as a tensor
        else:
            shown[name] = Shown(upright(variable or name))
    return shown


def plain(value: Any) -> Shown:
    """The LaTeX of a number, flag, string or shape that belongs to the operation."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return constant(value)
    number = given_number(value)
    return Shown(number.latex, number.holds, value, known=True, folds=True)


class _UsedNames(dict[str, Shown]):
    """The LaTeX of each name, and the names that were looked up: those of the branch that is shown."""

    def __init__(self, shown: Mapping[str, Shown]) -> None:
        super().__init__(shown)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Shown:
        self.asked.add(name)
        return super().__getitem__(name)


def _parts(edge: EdgeGradient, names: _UsedNames) -> dict[str, Shown]:
    """The LaTeX of the rule's own names that the shown formula uses."""
    parts: dict[str, Shown] = {}
    while missing := [name for name in edge.rule.given if name in names.asked and name not in parts]:
        parts |= {name: edge.rule.given[name].latex(names) for name in missing}
    return parts


def _stands_for(edge: EdgeGradient, name: str) -> Node | None:
    """The Node whose value a name of the formula represents: an argument's, or this Node's own."""
    if name == "result":
        return edge.node
    if name not in edge.rule.arguments or edge.rule.repeated:
        return None
    return input_at(edge.graph, edge.node, edge.rule.arguments.index(name))


def _braced(latex: str, label: str, shape: Callable[[], tuple[int, ...]] | None = None) -> str:
    """The LaTeX with a labelled brace below."""
    try:
        size = f" {list(shape())}" if shape is not None else ""
    except Unknown:
        size = ""
    return rf"\underbrace{{{latex}}}_{{\text{{{label}{size}}}}}"


def _summed(edge: EdgeGradient, product: str) -> str:
    """The product, summed over the dimensions along which the argument was broadcast."""
    try:
        axes = edge.axes
    except Unknown:
        return product
    if not axes:
        return product
    return rf"\sum_{{\mathrm{{dim}}\ {', '.join(str(axis) for axis in axes)}}}\left({product}\right)"
