"""`torch.nn.utils`: what is done with all gradients or parameters of a net at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch.nn import utils
from torch.nn.utils import rnn

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


def _pad_sequence(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`pad_sequence(…)`, whose result may be much larger than all sequences together."""
    given = dict(zip(_PADDED, args, strict=False)) | dict(options)
    sequences = given.get("sequences")
    if not isinstance(sequences, torch.Tensor) and sequences is not None:
        sequences = gathered(entries_of(state, span, sequences))
        given["sequences"] = sequences
        found = [one for one in tensors_in(sequences) if one.dim()]
        longest = max((len(one) for one in found), default=0)
        rest = max((elements(one) // max(len(one), 1) for one in found), default=0)
        check_elements(len(found) * longest * rest)
    return heard(state, span, partial(rnn.pad_sequence, **given))


_PADDED = ("sequences", "batch_first", "padding_value", "padding_side")
RNN = Library(
    "torch.nn.utils.rnn",
    {
        "pad_sequence": Function(
            "torch.nn.utils.rnn.pad_sequence", rnn.pad_sequence, 4, frozenset(_PADDED), runs=_pad_sequence
        )
    },
)
UTILS = Library(
    "torch.nn.utils",
    {**{name: _function(name, names, place) for name, (names, place) in _FUNCTIONS.items()}, "rnn": RNN},
)
