"""`torch.nn.utils`: what is done with all gradients or parameters of a net at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn import utils

from viz.frames.plain import Span
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.iterating import entries_of, gathered
from viz.language.runtime.sizes import check_elements, elements
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard, tensors_in

#: The functions, each with the names of its arguments, and which of them are the tensors.
_FUNCTIONS = {
    "clip_grad_norm_": ("parameters max_norm norm_type error_if_nonfinite", 0),
    "clip_grad_value_": ("parameters clip_value", 0),
    "parameters_to_vector": ("parameters", 0),
    "vector_to_parameters": ("vec parameters", 1),
}


def _function(name: str, names: str, place: int) -> Function:
    call, keywords = getattr(utils, name), names.split()

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        given = dict(zip(keywords, args, strict=False)) | dict(options)
        tensors = given.get(keywords[place])
        if not isinstance(tensors, torch.Tensor) and tensors is not None:
            tensors = gathered(entries_of(state, span, tensors))
            check_elements(sum(elements(one) for one in tensors_in(tensors)))
            given[keywords[place]] = tensors
        return heard(state, span, partial(call, **given))

    return Function(f"torch.nn.utils.{name}", call, len(keywords), frozenset(keywords), runs=run)


UTILS = Library(
    "torch.nn.utils", {name: _function(name, names, place) for name, (names, place) in _FUNCTIONS.items()}
)
