"""`grad_fn`: the Nodes of autograd's graph as values of a program."""

from __future__ import annotations

from operator import attrgetter, methodcaller

from torch.autograd.graph import Node

from viz.language.runtime.entries import Attribute, Function
from viz.language.runtime.kinds import Kind, Text, nothing

KINDS: dict[type, Kind] = {
    Node: Kind(
        says=lambda node: f"a Node, `{type(node).__name__}`",
        inside=nothing,  # what the graph keeps is in the recording
        methods={"name": Function("Node.name", methodcaller("name"), 1)},
        attributes={name: Attribute(name, attrgetter(name)) for name in ("next_functions", "variable")},
        text=lambda node: Text(address=True),
        derived=True,
    )
}
