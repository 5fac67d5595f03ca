"""Finds where a hook of the program changed a gradient: what a Node received is not what was sent to it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from viz.frames.graph import Graph
from viz.frames.plain import Summary, Value

#: The distance from 1 to the next number of each dtype: gradients that meet are added, and each sum is rounded.
_EPS = {"float16": 2.0**-10, "bfloat16": 2.0**-7, "float32": 2.0**-23, "float64": 2.0**-52}
#: By how many such roundings of the largest term a sum may be off.
_ROUNDINGS = 8


def changed_by_hooks(graph: Graph) -> frozenset[int]:
    """The hooked Nodes of the last backward that received another gradient than the sum of what was sent to them.

    Gradients that are not kept number by number are left out, and so are the roots of a backward that started at
    several: what it started with there is not known.
    """
    if not any(one.hooked for one in graph.nodes):
        return frozenset()
    arrived: dict[tuple[int, int], list[Value]] = defaultdict(list)
    for edge in graph.edges:
        node = graph.nodes[edge.node]
        if edge.gradient and node.order is not None and edge.slot < len(node.sent):
            sent = node.sent[edge.slot]
            if sent is not None:
                arrived[edge.input, edge.input_nr].append(sent)
    return frozenset(
        number
        for (number, output), terms in arrived.items()
        if graph.nodes[number].hooked
        and number not in graph.roots
        and _differs(terms, graph.nodes[number].received, output, graph.nodes[number].dtype)
    )


def led_from(graph: Graph, nodes: frozenset[int]) -> frozenset[int]:
    """These Nodes, and all to which backward goes from them."""
    below: dict[int, list[int]] = defaultdict(list)
    for edge in graph.edges:
        if edge.gradient:
            below[edge.node].append(edge.input)
    found, pending = set(nodes), list(nodes)
    while pending:
        fresh = [one for one in below[pending.pop()] if one not in found]
        found.update(fresh)
        pending.extend(fresh)
    return frozenset(found)


def _differs(terms: Sequence[Value], received: Sequence[Value | None], output: int, dtype: str) -> bool:
    """Whether a Node received something else for one of its outputs than the sum of these gradients."""
    total = received[output] if output < len(received) else None
    if total is None or isinstance(total, Summary) or any(isinstance(one, Summary) for one in terms):
        return False
    if len(terms) == 1 and (terms[0] is total or terms[0] == total):
        return False
    columns = [list(_flat(one)) for one in terms]
    sums = list(_flat(total))
    if any(len(one) != len(sums) for one in columns):
        return False  # torch sums a gradient to the shape of its tensor
    eps = _EPS.get(dtype, _EPS["bfloat16"])
    return any(_off(row, one, eps) for row, one in zip(zip(*columns, strict=True), sums, strict=True))


def _off(terms: Sequence[float], total: float, eps: float) -> bool:
    if not math.isfinite(total):  # a sum may overflow in its dtype
        return len(terms) == 1 and terms[0] != total and not math.isnan(total)
    exact = math.fsum(terms) if all(map(math.isfinite, terms)) else math.nan
    return not abs(exact - total) <= _ROUNDINGS * eps * max(map(abs, terms))


def _flat(value: Value) -> Iterator[float]:
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif not isinstance(value, Summary):
        yield float(value)
