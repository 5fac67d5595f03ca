"""Compares a traced graph with a walk over `next_functions` that knows nothing of the tracer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from viz.frames.graph import TracedGraph


def differences(graph: TracedGraph, tensors: Iterable[torch.Tensor]) -> list[str]:
    """The differences between `graph` and torch's own graph behind `tensors`, compared Node by Node."""
    found: list[str] = []
    entries: dict[int, dict[int, tuple[int, int]]] = {node.id: {} for node in graph.nodes}
    for edge in graph.edges:
        if edge.slot in entries[edge.node] or not edge.gradient:
            found.append(f"{edge} is one too many")
        entries[edge.node][edge.slot] = (edge.input, edge.input_nr)
    roots = dict.fromkeys(_root(one) for one in tensors if one.requires_grad)
    numbers: dict[Any, int] = {root: number for number, root in enumerate(roots)}
    pending = list(numbers)
    while pending:
        function = pending.pop()
        number = numbers[function]
        if number >= len(graph.nodes):
            return [*found, f"{function} is missing"]
        if graph.nodes[number].name != type(function).__name__:
            found.append(f"{graph.nodes[number]} should be {function}")
        theirs = {slot: entry for slot, entry in enumerate(function.next_functions) if entry[0] is not None}
        if theirs.keys() != entries[number].keys():
            found.append(f"{graph.nodes[number]} has edges {entries[number]}, and torch {theirs}")
            continue
        for slot, (following, input_nr) in theirs.items():
            mine, mine_nr = entries[number][slot]
            if following not in numbers:
                numbers[following] = mine
                pending.append(following)
            if (numbers[following], input_nr) != (mine, mine_nr):
                found.append(f"entry {slot} of {function} leads to {following}, not to Node {mine}, {mine_nr}")
    if sorted(numbers.values()) != [node.id for node in graph.nodes] or [*entries] != [*range(len(graph.nodes))]:
        found.append(f"torch has {len(numbers)} Nodes, the graph has {len(graph.nodes)}")
    return found


def _root(tensor: torch.Tensor) -> Any:
    """The Node of a tensor; for a leaf, the Node that the next operation on it leads to."""
    with torch.enable_grad():
        made: Any = tensor.grad_fn or tensor.expand_as(tensor).grad_fn.next_functions[0][0]  # type: ignore[union-attr]
    return made


def freed(held: list[Any]) -> None:
    """Free a long chain, of which `held` has the last reference: its first Node.

    torch 2.13 frees Nodes that Python has seen by recursion, so each is freed while the next one is held.
    """
    following = held.pop()
    while following is not None:
        entries = following.next_functions
        following = entries[0][0] if entries else None
