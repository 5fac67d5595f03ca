"""Explains a leaf's gradient: the chain rule along every path from the loss, and the sum over the paths."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import prod

import torch

from viz.explaining.agreement import Agreement, agreement
from viz.explaining.blocks import Block, Math, Section, Text
from viz.explaining.edge_gradient import CHOSEN, DIVIDED, described
from viz.explaining.numeric_blocks import MOST_WRITTEN, addition, places, table, written
from viz.explaining.paths import Path, Paths, Stage
from viz.explaining.tex import number_of, upright
from viz.frames.frame import Frame
from viz.frames.graph import Edge, Graph, Node
from viz.frames.plain import Value
from viz.rules import Unknown, rule_for
from viz.rules.apply import tensor_of
from viz.rules.functions import PRODUCT
from viz.rules.rounding import Range, Rounded
from viz.text import shortened
from viz.writing.numbers import brief, number

#: Paths that are written out.
MOST_PATHS = 12
#: Edges of all paths together; of long paths fewer are written out.
_MOST_EDGES = 400
#: Factors of a path that are written out; of a longer one the beginning and the end.
_MOST_FACTORS = 12
_AT_EACH_END = 4
#: How torch comes to a number where the sum over the paths is none.
_MET = (
    "torch adds the gradients that meet at a Node and multiplies their sum; path by path some products are not "
    "finite, and do not add up to that: {}."
)
#: Characters of an expression in a formula.
_LONGEST = 24


def explain_chain(frame: Frame, leaf: int) -> list[Section]:
    """How the gradient that the last backward brought to the leaf with this id comes from the loss.

    A section with the chain rule, one with the numbers of each path, and one with the sum over the paths.
    ValueError where the node is no leaf.
    """
    graph = frame.graph
    node = graph.nodes[leaf]
    if node.kind != "leaf":
        raise ValueError("the chain rule is written out for leaves")
    if node.order is None:
        return [Section("Chain rule", (Text("No backward has come to this leaf yet."),))]
    paths = Paths(graph, node)
    longest = max(len(path) for path in islice(paths, MOST_PATHS))
    shown = list(islice(paths, max(1, min(MOST_PATHS, _MOST_EDGES // max(1, longest)))))
    sections = [Section("Chain rule", tuple(_rule(graph, node, paths, shown)))]
    if not shown[0]:
        return sections
    try:
        stages = [paths.stages(path) for path in shown]
    except Unknown as unknown:
        said = Text(
            f"There are no numbers for the single paths: a rule needs `{unknown}`, which is not known here."
        )
        return [*sections, Section("Along each path", (said, _torchs(node)))]
    numbers = [block for one in enumerate(stages, 1) for block in _along(graph, paths, *one, len(shown) > 1)]
    return [*sections, Section("Along each path", tuple(numbers)), _sum(node, paths, stages)]


def _rule(graph: Graph, leaf: Node, paths: Paths, shown: list[Path]) -> Iterator[Block]:
    """The chain rule in symbols."""
    total = _derivative(paths.root, leaf)
    if not shown[0]:
        yield Text("backward() began at this leaf itself, so there is no chain: the derivative is 1.")
        yield Math(f"{total} = 1")
        return
    start = described(paths.root)
    if paths.count == 1:
        yield Text(f"One path leads from {start} to {described(leaf)}; the derivatives along it are multiplied.")
    else:
        yield Text(
            f"{paths.count:,} paths lead from {start} to {described(leaf)}. "
            "Along each the derivatives are multiplied, and the products are added."
        )
    if paths.count > len(shown):
        yield Text(
            f"Written out below: the first {len(shown)} of them." if len(shown) > 1 else "Below is the first."
        )
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
    """The derivative along one edge; where two lead from a Node to the same one, with the argument's name."""
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
    """The program's name for a value, or its expression; of a Node inside one PyTorch's name too."""
    if node.variable is not None:
        return upright(node.variable)
    text = node.expression.text if node.expression is not None else node.name
    short = shortened(" ".join(text.split()), _LONGEST)
    inner = node.kind == "operation" and node.value is None
    return upright(f"({short}, {node.name})" if inner else f"({short})" if node.kind == "operation" else short)


def _along(graph: Graph, paths: Paths, number_: int, stages: list[Stage], several: bool) -> Iterator[Block]:
    """One path in numbers: a product where all are single numbers, else a table of the way."""
    if several:
        yield Text(f"Path {number_}:")
    _, begin = paths.begin()
    factors = [one.factor for one in stages if one.factor is not None and one.factor.numel() == 1]
    single = len(factors) == len(stages) and all(one.came.numel() == 1 == one.reached.numel() for one in stages)
    multiplied = not any(one.chosen or one.divided for one in stages)
    if single and multiplied and len(stages) <= _MOST_FACTORS:
        numbers = [number_of(float(one)) for one in factors]
        if float(begin) != 1:
            numbers.insert(0, number_of(float(begin)))
        product = r" \cdot ".join([numbers[0].latex, *(one.within(PRODUCT) for one in numbers[1:])])
        yield Math(f"{product} = {number_of(float(stages[-1].reached)).latex}")
        return
    rows = [("backward begins with", "", brief(begin.tolist()))]
    for stage in stages:
        here, there = graph.nodes[stage.edge.node], graph.nodes[stage.edge.input]
        way = f"{described(here)} → {described(there)}"
        rows.append((way, _factor(here, stage), brief(stage.reached.tolist())))
    yield from table(("along the path", "derivative", "product so far"), rows)
    for stage in stages:
        why = CHOSEN if stage.chosen else DIVIDED if stage.divided else ""
        if why:
            here, there = graph.nodes[stage.edge.node], graph.nodes[stage.edge.input]
            yield Text(f"From {described(here)} to {described(there)}, {why}.")


def _factor(node: Node, stage: Stage) -> str:
    """The derivative along an edge in a cell of the table."""
    if not stage.came.numel() or not stage.reached.numel():
        return "a tensor without elements"
    if stage.factor is None:
        return f"a sum of products ({node.name})"
    summed = stage.came.numel() > max(1, stage.reached.numel())
    return f"{brief(stage.factor.tolist())}{', summed' if summed else ''}"


def _sum(leaf: Node, paths: Paths, stages: list[list[Stage]]) -> Section:
    """The sum over the paths, beside what torch brought to the leaf."""
    if paths.count > len(stages):
        said = Text(f"Written out are {len(stages)} of {paths.count:,} paths, so their sum is only a part of it.")
        return Section("The sum", (said, _torchs(leaf)))
    if not prod(leaf.shape):
        return Section("The sum", (Text("This leaf has no elements, so there is nothing to add."),))
    total = tensor_of(_brought(leaf), leaf.shape)
    agreed = agreement(lambda range_: _added(leaf, paths, stages, range_), total)
    if not agreed.holds:
        where = agreed.places("the sum is")
        if _met(agreed, stages):
            return Section("The sum", (Text(_MET.format(where)),))
        return Section("The sum", (Text(f"The sum of these products is not what torch added up: {where}."),))
    columns = [one[-1].reached.flatten().tolist() for one in stages]
    sums = total.flatten().tolist()
    why = f": {agreed.why}" if agreed.why else "."
    said = Text(f"The sum is the gradient that torch brought to this leaf, but for rounding{why}")
    if len(sums) <= MOST_WRITTEN and len(columns) <= MOST_WRITTEN:
        lines = [addition(terms, one) for terms, one in zip(zip(*columns, strict=True), sums, strict=True)]
        return Section("The sum", (written(lines, agreed.sign), said))
    rows = [
        (place, *(number(term) for term in terms), number(one))
        for place, terms, one in zip(places(leaf.shape), zip(*columns, strict=True), sums, strict=True)
    ]
    head = ("element", *(f"path {one}" for one in range(1, len(columns) + 1)), "sum")
    return Section("The sum", (*table(head, rows), said))


def _met(agreed: Agreement, stages: list[list[Stage]]) -> bool:
    """Whether the sum is nan wherever it is not torch's, of products that are not all finite."""
    finite = torch.stack([path[-1].reached.reshape(agreed.torchs.shape).isfinite() for path in stages]).all(0)
    return len(stages) > 1 and bool((agreed.ours.value.isnan() & ~finite)[agreed.apart].all())


def _added(leaf: Node, paths: Paths, stages: list[list[Stage]], range_: Range) -> Rounded:
    """The sum over the paths, with its bound."""
    if range_ != "any":
        stages = [paths.stages(tuple(one.edge for one in path), range_) for path in stages]
    ends = [path[-1].sent for path in stages]
    values, errors = (
        torch.stack([one.reshape(leaf.shape) for one in parts])
        for parts in ([one.value for one in ends], [one.error for one in ends])
    )
    return Rounded(values.sum(0), errors.sum(0), ends[0].precision)


def _torchs(leaf: Node) -> Text:
    return Text(f"torch brought {brief(_brought(leaf))} to this leaf.")


def _brought(leaf: Node) -> Value:
    """The gradient that came to a leaf which the last backward visited."""
    return next(one for one in leaf.received if one is not None)
