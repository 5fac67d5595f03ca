"""`copy`: copies of lists, dicts, modules and leaves, whose size is known before they are made."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import optim

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Library
from viz.language.runtime.kinds import describe, kind_of
from viz.language.runtime.memory import held
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State

_NEVER = (Iterator, optim.Optimizer, optim.lr_scheduler.LRScheduler)


def _deepcopy(state: State, span: Span, x: Any) -> Any:
    _check(x)
    state.meter.count_bytes(held((x,)))
    return copy.deepcopy(x)


def _copy(state: State, span: Span, x: Any) -> Any:
    if isinstance(x, (torch.Tensor, *_NEVER)):
        raise NotHere(f"`copy.copy` does not copy {describe(x)}; for a tensor write `x.clone()` or `x.detach()`")
    state.meter.count_bytes(held((x,)))
    return copy.copy(x)


def _check(thing: Any) -> None:
    """Raise NotHere for what cannot be copied, LimitReached for what is nested too deep for Python's recursion."""
    level: list[Any] = [thing]
    seen: dict[int, Any] = {}
    for _ in range(limits.NESTING):
        fresh = [one for one in level if id(one) not in seen]
        seen |= {id(one): one for one in fresh}
        for one in fresh:
            if isinstance(one, _NEVER):
                raise NotHere(f"`copy.deepcopy` does not copy {describe(one)}")
        inner = [one for one in fresh if not isinstance(one, Callback)]
        level = [part for one in inner for part in kind_of(one).inside(one) if part is not None]
        if not level:
            return
    raise LimitReached(f"What is copied is nested at most {limits.NESTING} deep.")


COPY = Library(
    "copy", {"copy": by_signature("copy.copy", _copy), "deepcopy": by_signature("copy.deepcopy", _deepcopy)}
)
