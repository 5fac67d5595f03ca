"""Sentences on what a name holds after a statement."""

from __future__ import annotations

from math import prod

from viz.frames.events import (
    Assigned,
)
from viz.frames.frame import Frame, Variable
from viz.frames.plain import Summary
from viz.writing.numbers import brief
from viz.writing.words import NAMED, join

#: A sentence names up to this many Nodes; more are counted.
BUILT = 3


def names_bound(frame: Frame, names: tuple[str, ...]) -> str:
    """A sentence on what newly bound names hold."""
    held = [(name, frame.variables[name]) for name in names if name in frame.variables]
    if held and all(variable.kind == "module" and not _is_layer(variable) for _, variable in held):
        return f"{join([variable.text for _, variable in held])} can be used from here on."
    if not held:
        return f"{join(list(names))} can be used from here on."
    return " ".join(name_bound(frame, name, variable) for name, variable in held[:NAMED])


def name_bound(frame: Frame, name: str, variable: Variable) -> str:
    """A sentence on what one name holds now."""
    if variable.kind == "tensor":
        return _tensor(frame, name, variable)
    match variable.kind:
        case "array":
            sharing = f"; it {variable.text}" if variable.text else ""
            kind = f"{_shape(variable)}, {variable.dtype}"
            return f"{name} is a NumPy array, {brief(variable.value)}{kind}{sharing}."
        case "number" if variable.value is not None:
            return f"{name} is {brief(variable.value)}."
        case "optimizer":
            kind = variable.text.split("(")[0]
            return (
                f"{name} is {kind}: step() will update its parameters from their .grad; nothing has changed yet."
            )
        case "scheduler":
            return f"{name} is {variable.text}: step() will set the optimizer's lr."
        case "loss":
            return f"{name} is {variable.text}: it compares a prediction with a target."
        case "function":
            return f"{variable.text} can be called from here on."
        case _ if variable.text:
            return f"{name} is {variable.text}."
    return f"{name} can be used from here on."


def _is_layer(variable: Variable) -> bool:
    """Whether a module is one of torch.nn, made by a call, and not a Python module."""
    return "(" in variable.text


def _tensor(frame: Frame, name: str, variable: Variable) -> str:
    value = brief(variable.value)
    if isinstance(variable.value, Summary) and not (variable.grad_fn is None and variable.requires_grad):
        value = f"a tensor, {value}"
    if variable.grad_fn is not None:
        if variable.node not in frame.built:
            return f"{name} is {value}; {variable.grad_fn} is its grad_fn."
        return f"{name} is {value}. {nodes_built(frame, variable, 'it')}"
    shape = _shape(variable) + _dtype(variable)
    if variable.requires_grad:
        return (
            f"{name} is a leaf, {value}{shape}, that requires a gradient; {name}.grad is {brief(variable.grad)}."
        )
    sharing = f"; it {variable.text}" if variable.text else ""
    return f"{name} is {value}{shape}; it requires no gradient{sharing}."


def nodes_built(frame: Frame, variable: Variable, what: str) -> str:
    """A sentence on the Nodes built for a variable and the tensors they saved; `what` names the variable."""
    nodes = [frame.graph.nodes[number] for number in frame.built]
    if isinstance(frame.event, Assigned) and len(frame.event.names) > 1:
        nodes = [
            node for node in nodes if node.id == variable.node
        ]  # the other Nodes may belong to the other names
    kept = [saved.variable or saved.name for node in nodes for saved in node.saved if saved.shape is not None]
    # A tensor may be saved twice (x * x); it is named once.
    saved = f" and saved {join(list(dict.fromkeys(kept)))} for backward" if kept else ""
    if len(nodes) > BUILT:
        last = f"{nodes[-1].name},{saved}" if saved else nodes[-1].name
        return f"PyTorch built {len(nodes)} Nodes for {what}, the last of them {last}."
    return f"PyTorch built {join([node.name for node in nodes])} for {what}{saved}."


def _dtype(variable: Variable) -> str:
    """The dtype, unless it is torch's default dtype."""
    return "" if variable.dtype == "float32" else f", {variable.dtype}"


def _shape(variable: Variable) -> str:
    if variable.value is None or prod(variable.shape) == 1:
        return ""
    return f", shape [{', '.join(str(size) for size in variable.shape)}]"
