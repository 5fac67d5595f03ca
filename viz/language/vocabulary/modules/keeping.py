"""The state of a module in memory: `state_dict` and `load_state_dict`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.modules.module import _IncompatibleKeys

from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function
from viz.language.runtime.kinds import Kind, describe, plain_text
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard


def _state_dict(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """`net.state_dict()`: its tensors share the memory of the parameters."""
    kept: dict[str, Any] = heard(state, span, args[0].state_dict)
    state.meter.count_entries(len(kept))
    return kept


def _load(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`net.load_state_dict(kept)`, which writes into the parameters."""
    module, kept, *_ = [*args, *[one for name, one in options.items() if name == "state_dict"]]
    if not isinstance(kept, dict) or not all(isinstance(one, torch.Tensor) for one in kept.values()):
        raise NotHere(f"`load_state_dict` takes what `state_dict()` returned, not {describe(kept)}")
    return heard(state, span, partial(module.load_state_dict, *args[1:], **options))


METHODS: dict[str, Function] = {
    "state_dict": Function("Module.state_dict", torch.nn.Module.state_dict, 1, runs=_state_dict),
    "load_state_dict": Function(
        "Module.load_state_dict",
        torch.nn.Module.load_state_dict,
        3,
        frozenset({"state_dict", "strict"}),
        runs=_load,
    ),
}
KINDS: dict[type, Kind] = {
    _IncompatibleKeys: Kind(
        says="what `load_state_dict` found",
        inside=iter,
        attributes={
            name: Attribute(name, partial(lambda name, keys: getattr(keys, name), name))
            for name in ("missing_keys", "unexpected_keys")
        },
        text=plain_text,
    ),
}
