"""The operators of lists, tuples, strings, dicts and sets; checks how long a result will be."""

from __future__ import annotations

import operator
from collections import Counter, deque
from collections.abc import Callable, ItemsView, KeysView
from typing import Any

import torch

from viz import limits
from viz.errors import LimitReached
from viz.language.runtime.showing import check_characters
from viz.language.runtime.sizes import NESTED, check_list
from viz.language.vocabulary.containers.changing import undone

#: What `+` joins: two of the same kind.
JOINED = (list, tuple, str, deque)
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
#: The operators of sets, those of dicts, and those of counters.
_OF_SETS = frozenset({"|", "&", "-", "^"})
_SETS = (set, frozenset, KeysView, ItemsView)
_OF_COUNTERS = frozenset({"+", "-", "|", "&"})
#: What changes its first operand in place.
_IN_PLACE = (operator.iadd, operator.imul, operator.ior, operator.iand, operator.isub, operator.ixor)


def combines(symbol: str, a: Any, b: Any) -> bool:
    """Whether `a symbol b` is an operation that lists, strings, dicts or sets support here."""
    if symbol in ("==", "!="):
        return not isinstance(a, torch.Tensor) and not isinstance(b, torch.Tensor)
    if isinstance(a, _SETS) and isinstance(b, _SETS):
        return symbol in _OF_SETS or symbol in _COMPARISONS
    if isinstance(a, Counter) and isinstance(b, Counter) and symbol in _OF_COUNTERS:
        return True
    if symbol == "|":
        return isinstance(a, dict) and isinstance(b, dict)
    if symbol == "+":
        return isinstance(a, JOINED) and _base(a) is _base(b)
    if symbol == "*":
        return (isinstance(a, JOINED) and type(b) is int) or (isinstance(b, JOINED) and type(a) is int)
    return symbol in _COMPARISONS and isinstance(a, JOINED) and _base(a) is _base(b)


def changes(apply: Callable[[Any, Any], Any], a: Any) -> bool:
    """Whether `a symbol= b` changes `a` itself."""
    return apply in _IN_PLACE and isinstance(a, (list, dict, set, deque))


def combine(symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a symbol b`; raises LimitReached, before it is computed, if the result would be too long."""
    if symbol == "+" and not isinstance(a, dict):
        _check_length(a, len(a) + len(b))
    elif symbol == "*":
        joined, count = (a, b) if isinstance(a, JOINED) else (b, a)
        _check_length(joined, len(joined) * max(count, 0))
    else:
        for one in (a, b):
            if isinstance(one, NESTED):
                check_list(one)
    changed = changes(apply, a)
    with undone(a if changed else [], a.copy() if changed else []):
        result = apply(a, b)
        if isinstance(result, NESTED):
            check_list(result)
    return result


def _base(thing: Any) -> type | None:
    return next((kind for kind in JOINED if isinstance(thing, kind)), None)


def _check_length(joined: Any, length: int) -> None:
    if isinstance(joined, str):
        check_characters(length)
    elif length > limits.ELEMENTS:
        raise LimitReached(f"A list holds at most {limits.ELEMENTS:,} entries; this one would have {length:,}.")
