"""Finds the running statistics that a call of torch writes into without raising their versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F

#: The functions that do so, each with the names of its first arguments, and of the one that says whether it does.
_UPDATES: dict[Callable[..., Any], tuple[tuple[str, ...], str]] = {
    F.batch_norm: (("input", "running_mean", "running_var", "weight", "bias", "training"), "training"),
    F.instance_norm: (
        ("input", "running_mean", "running_var", "weight", "bias", "use_input_stats"),
        "use_input_stats",
    ),
}
_BY_DEFAULT = {"use_input_stats": True}


def updated_statistics(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> list[torch.Tensor]:
    """Return the running mean and variance that the call updates; most calls update none."""
    known = _UPDATES.get(function)
    if known is None:
        return []
    names, flag = known
    given = _BY_DEFAULT | dict(zip(names, args, strict=False)) | dict(options)
    if not given.get(flag):
        return []
    found = (given.get("running_mean"), given.get("running_var"))
    return [one for one in found if isinstance(one, torch.Tensor)]
