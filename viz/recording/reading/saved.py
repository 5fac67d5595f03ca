"""Reads what a Node saved for its backward, before backward frees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch.autograd.function import BackwardCFunction

from viz.frames.graph import Saved
from viz.frames.plain import Value
from viz.pytorch.graph import TorchNode
from viz.pytorch.saved_tensors import saved_attributes
from viz.recording.reading.values import Values


def saved_by(
    function: TorchNode, values: Values, name_of: Callable[[torch.Tensor], str | None]
) -> tuple[Saved, ...]:
    """Return everything that `function` saved, in the order of the attributes' names.

    A list of tensors becomes one entry for each. After backward freed the saved tensors, torch raises an error
    when they are read, and the result is empty.
    """
    found = []
    node: object = function
    if isinstance(node, BackwardCFunction):
        return _saved_by_program(function, values, name_of)
    for attribute, name in saved_attributes(type(function)):
        try:
            content = getattr(function, attribute)
        except RuntimeError:
            return ()
        if isinstance(content, torch.Tensor):
            found.append(_tensor(name, content, values, name_of))
        elif _has_tensors(content):
            found += [_entry(f"{name}[{place}]", one, values, name_of) for place, one in enumerate(content)]
        else:
            found.append(Saved(name, _plain(content)))
    return tuple(found)


def saved_again(function: TorchNode, saved: Sequence[Saved], values: Values) -> tuple[Saved, ...]:
    """Return what a Node saved with the numbers that its tensors hold now; as it is if torch has freed them."""
    now = {one.name: one.value for one in saved_by(function, values, _no_name) if one.shape is not None}
    return tuple(
        replace(one, value=now[one.name]) if one.shape is not None and one.name in now else one for one in saved
    )


def _no_name(tensor: torch.Tensor) -> None:
    """Return no name: names stay what they were when the Node was made."""


def _tensor(
    name: str, tensor: torch.Tensor, values: Values, name_of: Callable[[torch.Tensor], str | None]
) -> Saved:
    return Saved(name, values.read(tensor), values.shape(tensor), name_of(tensor))


def _has_tensors(content: Any) -> bool:
    """Whether this is a list of tensors, such as the indices of `x[i, j]`; None is a dimension without an
    index."""
    return isinstance(content, (tuple, list)) and any(isinstance(one, torch.Tensor) for one in content)


def _entry(name: str, one: Any, values: Values, name_of: Callable[[torch.Tensor], str | None]) -> Saved:
    return _tensor(name, one, values, name_of) if isinstance(one, torch.Tensor) else Saved(name, None)


def _saved_by_program(
    function: Any, values: Values, name_of: Callable[[torch.Tensor], str | None]
) -> tuple[Saved, ...]:
    """Return what a Function of the program passed to `ctx.save_for_backward`."""
    try:
        tensors = function.saved_tensors
    except RuntimeError:
        return ()
    return tuple(
        Saved(f"saved_tensors[{place}]", values.read(one), values.shape(one), name_of(one))
        for place, one in enumerate(tensors)
        if one is not None
    )


def _plain(content: Any) -> Value | str | None:
    """Return a saved number, string or list of numbers as it is, anything else as Python prints it."""
    if isinstance(content, bool) or content is None:
        return content
    if isinstance(content, int):
        # torch shows a saved int64 without its sign: dim=-1 reads 18446744073709551615.
        return content - 2**64 if content >= 2**63 else content
    if isinstance(content, (float, str)):
        return content
    if isinstance(content, (tuple, list)):
        entries = [_plain(entry) for entry in content]
        if all(isinstance(entry, (int, float, list)) for entry in entries):
            return [entry for entry in entries if isinstance(entry, (int, float, list))]
    return str(content)
