"""The kinds of values that a program may hold, by their types: built from the tables, and registered here."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from viz.language.runtime.entries import Base, Function, Library, Skipped
from viz.language.runtime.generators import Generated, Made
from viz.language.runtime.kinds import KINDS, Kind, Text, describe, kind_of, nothing, plain_text, quoted
from viz.language.runtime.print_options import numbers_of_tensor
from viz.language.runtime.user_function import Defined, InMode
from viz.language.vocabulary import (
    iterators,
    layers,
    losses,
    optimizers,
    pictures,
    tensor_parts,
    tensors,
    torch_random,
)
from viz.language.vocabulary.autograd import custom_function, differentiation, hooks, nodes
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.classes import data_classes, exceptions, program_classes
from viz.language.vocabulary.containers import kinds as containers
from viz.language.vocabulary.data import datasets, loaders
from viz.language.vocabulary.making import devices
from viz.language.vocabulary.numpy import functions as numpy_functions
from viz.language.vocabulary.standard import collections, functools, progress

__all__ = ["KINDS", "describe", "kind_of"]

_TENSOR = Kind(
    says="a tensor",
    inside=nothing,  # `held` walks the graph behind a tensor itself
    methods={
        **tensors.tensor_methods(),
        **differentiation.METHODS,
        **hooks.METHODS,
        **torch_random.METHODS,
        "numpy": numpy_functions.TO_NUMPY,
    },
    attributes=tensors.TENSOR_ATTRIBUTES,
    settable=tensors.TENSOR_SETTABLE,
    index=tensor_parts.part,
    store=tensor_parts.store,
    iterate=tensor_parts.rows,
    text=lambda tensor: Text(numbers=numbers_of_tensor(tensor)),
)
#: What `x.max(dim=1)` and `x.min(dim=1)` return: the numbers and their indices.
_LARGEST = replace(containers.TUPLE, says="a pair of values and indices", attributes=tensors.LARGEST_ATTRIBUTES)
_NUMBER = Kind(says="a number", inside=nothing, text=plain_text)
#: Values that a program can name but that torch does not know.
_NAMED = Kind(says=quoted, inside=nothing, own=True)

KINDS.register(
    {
        torch.Tensor: _TENSOR,
        nn.Parameter: _TENSOR,
        torch.return_types.max: _LARGEST,
        torch.return_types.min: _LARGEST,
        bool: replace(_NUMBER, says="True or False"),
        int: _NUMBER,
        float: replace(_NUMBER, says="a float"),
        type(None): replace(_NUMBER, says="None"),
        torch.dtype: replace(_NUMBER, says="a dtype"),
        **containers.KINDS,
        **devices.KINDS,
        **iterators.KINDS,
        **collections.KINDS,
        **functools.KINDS,
        **progress.KINDS,
        **numpy_functions.KINDS,
        **layers.KINDS,
        **losses.kinds(),
        **optimizers.KINDS,
        **torch_random.KINDS,
        **custom_function.KINDS,
        **hooks.KINDS,
        **nodes.KINDS,
        **dict.fromkeys((Defined, InMode), replace(_NAMED, inside=lambda function: function.holds)),
        **dict.fromkeys((Generated, Made), replace(iterators.ITERATOR, inside=lambda one: one.holds)),
        **program_classes.KINDS,
        **exceptions.KINDS,
        **data_classes.KINDS,
        **datasets.KINDS,
        **loaders.KINDS,
        type(NotImplemented): _NAMED,
        Builtin: _NAMED,
        Function: _NAMED,
        Library: _NAMED,
        Base: _NAMED,
        Skipped: _NAMED,
        **pictures.KINDS,
        # Whatever else: a program can give it a name and do nothing with it.
        object: Kind(says=lambda thing: f"a {type(thing).__name__}", inside=nothing, derived=True),
    }
)
