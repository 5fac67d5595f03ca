"""Explains a leaf's gradient: the chain rule along each path from the loss, and the sum over the paths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import prod

import torch

from viz.explaining.agreement import Agreement, agreement
from viz.explaining.blocks import SUMMED_UP, Block, Math, Section, Text
from viz.explaining.edge_gradient import CHOSEN, DIVIDED, described, not_visited
from viz.explaining.numeric_blocks import MOST_WRITTEN, addition, places, table, written
from viz.explaining.paths import Path, Paths, PathStep
from viz.explaining.tex import number_of, upright
from viz.frames.frame import Frame
from viz.frames.graph import Edge, Graph, Node
from viz.frames.hooked import changed_by_hooks, led_from
from viz.frames.plain import Summary, Value
from viz.rules import WITHOUT_RULE, Unknown, rule_for
from viz.rules.apply import tensor_of
from viz.rules.latex import PRODUCT
from viz.rules.rounding import Range, Rounded
from viz.text import shortened
from viz.writing.numbers import brief, number
from viz.writing.words import join

#: The most paths that are written out.
MOST_PATHS = 12
#: The most edges of all written paths together: the longer the paths, the fewer are written.
_MOST_EDGES = 400
#: The most factors of a path that are written out. Of a longer path, only the two ends are.
_MOST_FACTORS = 12
_AT_EACH_END = 4
#: The reason why torch has a number where the sum over the paths is nan.
_MET = (
    "torch adds the gradients that meet at a Node before it multiplies. Path by path, some products are not "
    "finite, so their sum differs: {}."
)
#: The reason why torch has another number than the chain rule gives.
_CHANGED = (
    "A hook of the program changed the gradient at {} during the backward. So torch's gradient for this leaf is "
    "not the sum of these products: {}."
)
#: Characters of an expression in a formula.
_LONGEST = 24


def explain_chain(frame: Frame, leaf: int) -> list[Section]:
    """Explain the gradient that the last backward gave to the leaf with this id.

    Returns a section with the chain rule, one with the numbers of each path, and one with the sum over the paths.
    Raises ValueError if the Node is not a leaf.
    """
    graph = frame.graph
    node = graph.nodes[leaf]
    if node.kind != "leaf":
        raise ValueError("only leaves have a chain rule")
    if node.order is None:
        return [Section("Chain rule", (Text(not_visited(graph, "leaf")),))]
    if all(one is None for one in node.received):
        return [Section("Chain rule", (Text("Backward sent no gradient to this leaf."),))]
    if graph.roots:
        several = f"Backward started at {len(graph.roots)} tensors, and PyTorch added what each of them gives."
        return [Section("Chain rule", (Text(several), _torchs(node)))]
    paths = Paths(graph, node)
    longest = max(len(path) for path in islice(paths, MOST_PATHS))
    shown = list(islice(paths, max(1, min(MOST_PATHS, _MOST_EDGES // max(1, longest)))))
    sections = [Section("Chain rule", tuple(_rule(graph, node, paths, shown)))]
    if not shown[0]:
        return sections
    if any(isinstance(value, Summary) for one in graph.nodes for value in (one.value, *one.received)):
        return [*sections, Section("Along each path", (Text(SUMMED_UP), _torchs(node)))]
    try:
        steps = [paths.steps(path) for path in shown]
    except Unknown as unknown:
        return [*sections, Section("Along each path", (Text(_why_not(str(unknown))), _torchs(node)))]
    numbers = [block for one in enumerate(steps, 1) for block in _along(graph, paths, *one, len(shown) > 1)]
    return [*sections, Section("Along each path", tuple(numbers)), _sum(graph, node, paths, steps)]


def _why_not(unknown: str) -> str:
    """Why the paths cannot be computed: a Node without a rule, or something that was not recorded."""
    if unknown in WITHOUT_RULE:
        return f"The paths go through `{unknown}`, which has no formula: {WITHOUT_RULE[unknown]}"
    return f"The paths cannot be computed one by one, because `{unknown}` is not known here."


def _rule(graph: Graph, leaf: Node, paths: Paths, shown: list[Path]) -> Iterator[Block]:
    """The chain rule in symbols."""
    total = _derivative(paths.root, leaf)
    if not shown[0]:
        yield Text("backward() started at this leaf itself, so there is no chain: the derivative is 1.")
        yield Math(f"{total} = 1")
        return
    start = described(paths.root)
    if paths.count == 1:
        yield Text(f"One path leads from {start} to {described(leaf)}. The derivatives along it are multiplied.")
    else:
        yield Text(
            f"{paths.count:,} paths lead from {start} to {described(leaf)}. "
            "The derivatives along each path are multiplied, and the products are added."
        )
    if paths.count > len(shown):
        yield Text(f"The first {len(shown)} are shown below." if len(shown) > 1 else "The first is shown below.")
    lines = [[total, _product(graph, shown[0])]]
    lines += [["", f"+ {_product(graph, path)}"] for path in shown[1:]]
    if paths.count > len(shown):
        lines.append(["", r"+ \cdots"])
    rows = r" \\ ".join(f"{left} & {'=' if left else ''} & {right}" for left, right in lines)
    yield Math(rf"\begin{{array}}{{rcl}} {rows} \end{{array}}")


def _product(graph: Graph, path: Path) -> str:
    if len(path) <= _MOST_FACTORS:
        return r" \cdot ".join(_edge(graph, edge) for edge in path)
    ends = [[_edge(graph, edge) for edge in part] for part in (path[:_AT_EACH_END], path[-_AT_EACH_END:])]
    return r" \cdot ".join([*ends[0], r"\cdots", *ends[1]])


def _edge(graph: Graph, edge: Edge) -> str:
    """The derivative along one edge, with the argument's name if several edges connect the same two Nodes."""
    node = graph.nodes[edge.node]
    written_out = _derivative(node, graph.nodes[edge.input])
    same = [one for one in graph.edges if one.node == edge.node and one.input == edge.input]
    if len(same) == 1:
        return written_out
    rule = rule_for(node)
    argument = rule.argument(edge.slot) if rule is not None else str(edge.slot)
    return rf"\left({written_out}\right)_{{{upright(argument)}}}"


def _derivative(of: Node, by: Node) -> str:
    return rf"\frac{{\partial {_name(of)}}}{{\partial {_name(by)}}}"


def _name(node: Node) -> str:
    """The program's name for a value, or its expression; an inner Node has PyTorch's name too."""
    if node.variable is not None:
        return upright(node.variable)
    text = node.expression.text if node.expression is not None else node.name
    short = shortened(" ".join(text.split()), _LONGEST)
    inner = node.kind == "operation" and node.value is None
    return upright(f"({short}, {node.name})" if inner else f"({short})" if node.kind == "operation" else short)


def _along(graph: Graph, paths: Paths, number_: int, steps: list[PathStep], several: bool) -> Iterator[Block]:
    """One path in numbers: a product if all are single numbers, else a table of its edges."""
    if several:
        yield Text(f"Path {number_}:")
    _, begin = paths.begin()
    factors = [one.factor for one in steps if one.factor is not None and one.factor.numel() == 1]
    single = len(factors) == len(steps) and all(one.arrived.numel() == 1 == one.reached.numel() for one in steps)
    multiplied = not any(one.chosen or one.divided for one in steps)
    if single and multiplied and len(steps) <= _MOST_FACTORS:
        numbers = [number_of(float(one)) for one in factors]
        if float(begin) != 1:
            numbers.insert(0, number_of(float(begin)))
        product = r" \cdot ".join([numbers[0].latex, *(one.within(PRODUCT) for one in numbers[1:])])
        yield Math(f"{product} = {number_of(float(steps[-1].reached)).latex}")
        return
    rows = [("backward starts with", "", brief(begin.tolist()))]
    for step in steps:
        here, there = graph.nodes[step.edge.node], graph.nodes[step.edge.input]
        edge = f"{described(here)} → {described(there)}"
        rows.append((edge, _factor(here, step), brief(step.reached.tolist())))
    yield from table(("along the path", "derivative", "product so far"), rows)
    for step in steps:
        why = CHOSEN if step.chosen else DIVIDED if step.divided else ""
        if why:
            here, there = graph.nodes[step.edge.node], graph.nodes[step.edge.input]
            yield Text(f"From {described(here)} to {described(there)}, {why}.")


def _factor(node: Node, step: PathStep) -> str:
    """The derivative along an edge, for a cell of the table."""
    if not step.arrived.numel() or not step.reached.numel():
        return "a tensor without elements"
    if step.factor is None:
        return f"vector-Jacobian product ({node.name})"
    summed = step.arrived.numel() > max(1, step.reached.numel())
    return f"{brief(step.factor.tolist())}{', summed' if summed else ''}"


def _sum(graph: Graph, leaf: Node, paths: Paths, steps: list[list[PathStep]]) -> Section:
    """The sum over the paths, compared with torch's gradient of the leaf."""
    if paths.count > len(steps):
        said = Text(f"{len(steps)} of {paths.count:,} paths are shown, so their sum is only part of the gradient.")
        return Section("The sum", (said, _torchs(leaf)))
    if not prod(leaf.shape):
        return Section("The sum", (Text("This leaf has no elements, so there is nothing to add."),))
    total = tensor_of(_gradient(leaf), leaf.shape)
    agreed = agreement(lambda range_: _added(leaf, paths, steps, range_), total)
    if not agreed.holds:
        where = agreed.places("the sum is")
        hooked = changed_by_hooks(graph)
        if leaf.id in led_from(graph, hooked):
            changed = join([described(graph.nodes[one]) for one in sorted(hooked)])
            return Section("The sum", (Text(_CHANGED.format(changed, where)),))
        if _met(agreed, steps):
            return Section("The sum", (Text(_MET.format(where)),))
        return Section("The sum", (Text(f"The sum of these products differs from torch's gradient: {where}."),))
    columns = [one[-1].reached.flatten().tolist() for one in steps]
    sums = total.flatten().tolist()
    why = f": {agreed.why}" if agreed.why else "."
    said = Text(f"The sum equals torch's gradient for this leaf, up to rounding{why}")
    if len(sums) <= MOST_WRITTEN and len(columns) <= MOST_WRITTEN:
        lines = [addition(terms, one) for terms, one in zip(zip(*columns, strict=True), sums, strict=True)]
        return Section("The sum", (written(lines, agreed.sign), said))
    rows = [
        (place, *(number(term) for term in terms), number(one))
        for place, terms, one in zip(places(leaf.shape), zip(*columns, strict=True), sums, strict=True)
    ]
    head = ("element", *(f"path {one}" for one in range(1, len(columns) + 1)), "sum")
    return Section("The sum", (*table(head, rows), said))


def _met(agreed: Agreement, steps: list[list[PathStep]]) -> bool:
    """Whether the sum is nan wherever it differs from torch's gradient, because not all products are finite."""
    finite = torch.stack([path[-1].reached.reshape(agreed.torchs.shape).isfinite() for path in steps]).all(0)
    return len(steps) > 1 and bool((agreed.ours.value.isnan() & ~finite)[agreed.apart].all())


def _added(leaf: Node, paths: Paths, steps: list[list[PathStep]], range_: Range) -> Rounded:
    """The sum over the paths, with its bound."""
    if range_ != "any":
        steps = [paths.steps(tuple(one.edge for one in path), range_) for path in steps]
    ends = [path[-1].sent for path in steps]
    values, errors = (
        torch.stack([one.reshape(leaf.shape) for one in parts])
        for parts in ([one.value for one in ends], [one.error for one in ends])
    )
    return Rounded(values.sum(0), errors.sum(0), ends[0].precision)


def _torchs(leaf: Node) -> Text:
    return Text(f"torch's gradient for this leaf is {brief(_gradient(leaf))}.")


def _gradient(leaf: Node) -> Value:
    """The gradient that the last backward gave to a leaf."""
    return next(one for one in leaf.received if one is not None)
