"""The keys of dicts and the elements of sets."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import torch

from viz.language.runtime.problems import NotHere
from viz.language.runtime.program_class import Instance, ModuleInstance, ProgramClass

#: What has a hash that is the same in each run of a program, besides tuples of these.
_PLAIN = (str, int, float, bool, type(None), np.generic, torch.dtype, frozenset)
#: What has no hash in Python.
_UNHASHABLE = (list, dict, set, deque, slice, np.ndarray)
_OF_THE_PROGRAM = (Instance, ModuleInstance, ProgramClass)


def is_key(key: Any) -> bool:
    """Whether a dict may have this key."""
    if isinstance(key, (*_PLAIN, *_OF_THE_PROGRAM, torch.Tensor)):
        return True
    return isinstance(key, tuple) and all(is_key(one) for one in key)


def check_key(key: Any) -> Any:
    """The key itself; raises TypeError if a dict may not have it here, or in Python."""
    if not is_key(key):
        for one in key if isinstance(key, tuple) else (key,):
            if isinstance(one, _UNHASHABLE):
                hash(one)  # raises what Python raises
        raise NotHere("a key of a dict is a string, a number, a tensor, or a tuple of them here")
    return key


def check_element(element: Any) -> Any:
    """The element itself; raises TypeError if a set may not have it here, or in Python."""
    if isinstance(element, torch.Tensor):
        raise NotHere("a set has its tensors in another order each time, so write a list of them")
    return check_key(element)
