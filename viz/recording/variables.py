"""Describes what a variable of the program holds: a tensor with its numbers, a number, an optimizer, a loss."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import partial
from itertools import islice
from math import prod
from operator import itemgetter
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler

from viz.frames.frame import Variable
from viz.frames.plain import Value
from viz.limits import WHOLE
from viz.pytorch.graph import function_of
from viz.recording.held import Held
from viz.recording.optimizers import optimizer_text, scheduler_text
from viz.recording.reading.values import NUMBER, Values, dtype_name
from viz.text import shortened, with_article
from viz.watching.stand_in import StandIn

#: Returns the name that holds a tensor, None if none does.
NameOf: TypeAlias = Callable[[torch.Tensor], str | None]

#: The types of `d.keys()`, `d.items()` and `d.values()`.
_VIEWS = (KeysView, ItemsView, ValuesView)
#: The keys of a dict that are described as Python writes them.
_PLAIN_KEYS = (str, int, float, bool, type(None))
#: Characters of the description of a list.
_LONGEST = 80
#: Entries of which some are cut off: each takes a character, a comma and a space.
_ENTRIES = _LONGEST // 3 + 2
#: Characters of the description of a module.
_LONGEST_MODULE = 120


def variable_of(held: Held, values: Values, shares: Sequence[str] = ()) -> Variable:
    """Describe a tensor; `shares` are the names of NumPy arrays that share its memory."""
    tensor, grad = held.thing, held.grad
    function = None if held.is_leaf else function_of(tensor)
    return Variable(
        "tensor",
        _sharing(shares) if shares else "",
        values.read(tensor),
        None if grad is None else values.read(grad),
        held.requires_grad,
        held.is_leaf,
        values.shape(tensor),
        dtype_name(tensor.dtype),
        None if function is None else type(function).__name__,
        held.node,
        held.version,
    )


def size_of(variable: Variable) -> int:
    """Estimate the bytes of a Variable's text and numbers, without a tensor's numbers: `Values` counts those."""
    if not isinstance(variable.value, list) or variable.kind not in ("array", "list"):
        return len(variable.text)
    count = prod(variable.shape) if variable.kind == "array" else len(variable.value)
    return len(variable.text) + NUMBER * count


def _sharing(names: Sequence[str]) -> str:
    return f"shares its memory with {' and '.join(names)}" if names else ""


def with_node(old: Variable, node: int | None) -> Variable:
    """Return a copy of a tensor's Variable with another Node; `dataclasses.replace` takes three times as long."""
    return Variable(
        old.kind,
        old.text,
        old.value,
        old.grad,
        old.requires_grad,
        old.is_leaf,
        old.shape,
        old.dtype,
        old.grad_fn,
        node,
        old.version,
    )


def other_variable(thing: object, values: Values, name_of: NameOf, shares: Sequence[str] = ()) -> Variable:
    """Describe anything that is not a tensor; `name_of` names the tensors in a list, and `shares` are the names of
    the tensors that share an array's memory."""
    if isinstance(thing, torch.Tensor):  # made in inference mode: it has no version
        return Variable(
            "tensor", "", values.read(thing), None, shape=values.shape(thing), dtype=dtype_name(thing.dtype)
        )
    if isinstance(thing, np.generic):
        return Variable("number", str(thing), thing.item(), dtype=str(thing.dtype))
    if isinstance(thing, np.ndarray):
        text, dtype = _sharing(shares), str(thing.dtype)
        return Variable("array", text, values.read_array(thing), shape=thing.shape, dtype=dtype)
    if isinstance(thing, (bool, int, float)):
        return Variable("number", str(thing), thing)
    if isinstance(thing, optim.Optimizer):
        return Variable("optimizer", optimizer_text(thing, values))
    if isinstance(thing, LRScheduler):
        return Variable("scheduler", scheduler_text(thing))
    if isinstance(thing, nn.modules.loss._Loss):
        weights = {name: name_of(one) or _shape_of(one) for name, one in thing.named_buffers()}
        held = vars(thing).items()
        settings = {name: repr(one) for name, one in held if name[0] != "_" and name != "training"}
        return Variable("loss", _call(thing, weights | settings))
    if isinstance(thing, nn.Module):
        return Variable("module", _module(thing))
    if isinstance(thing, (list, tuple)):
        return Variable("list", brief(thing, name_of), _numbers_in(thing))
    if isinstance(thing, (dict, set, frozenset, deque, *_VIEWS)):
        return Variable("list", brief(thing, name_of))
    if isinstance(thing, (str, torch.dtype, torch.device, np.dtype, range)) or thing is None:
        return Variable("text", str(thing))
    return _stand_in(thing)


def _numbers_in(things: list[Any] | tuple[Any, ...]) -> Value | None:
    """Return the entries of a list of numbers; None of one that has others, or is too long to be kept whole."""
    if len(things) > WHOLE:
        return None
    numbers = [one.item() if isinstance(one, np.generic) else one for one in things]
    plain = numbers if all(isinstance(one, (bool, int, float)) for one in numbers) else None
    return cast("Value | None", plain)


def _stand_in(thing: object) -> Variable:
    """Describe an iterator, or the language's own object for a library or a function, whose string is its name."""
    kind = type(thing)
    if isinstance(thing, StandIn):
        return Variable("text", thing.text)
    if isinstance(thing, type):
        return Variable("function", thing.__name__)
    if isinstance(thing, Iterator):
        return Variable("list", f"{with_article(kind.__name__)}, which can be iterated over once")
    if kind.__module__.startswith("viz."):
        return Variable("function" if callable(thing) else "module", str(thing))
    if isinstance(thing, (partial, itemgetter)):
        return Variable("function", kind.__name__)
    if isinstance(thing, (ModuleType, FunctionType, BuiltinFunctionType)):
        return Variable("module" if isinstance(thing, ModuleType) else "function", thing.__name__.strip("<>"))
    # An object of a script: its string may be its address, or long, or run code of the script.
    return Variable("text", f"an object of the class {kind.__qualname__}")


def _call(thing: object, settings: Mapping[str, str]) -> str:
    return f"{type(thing).__name__}({', '.join(f'{name}={text}' for name, text in settings.items())})"


def _module(module: nn.Module) -> str:
    """Describe a module in one line."""
    return shortened(_with_layers(module), _LONGEST_MODULE)


def _with_layers(module: nn.Module) -> str:
    if type(module) is nn.Sequential:
        return f"Sequential({', '.join(_with_layers(child) for child in module)})"
    if "_modules" not in vars(module):  # a class's own `__init__` may be before `super().__init__()`
        return f"{type(module).__name__}()"
    inside = [f"{name}={_with_layers(child)}" for name, child in module.named_children()]
    return f"{type(module).__name__}({', '.join(inside) or module.extra_repr()})"


def brief(things: Collection[Any], name_of: NameOf) -> str:
    """Describe a list, a tuple or a dict in one line, with its tensors by their names."""
    return shortened(_entry(things, name_of, [_LONGEST]), _LONGEST)


def _with_entries(thing: Any, entries: Sequence[str]) -> str:
    """Describe a list, a tuple or a set with these entries, as Python writes it."""
    inside = ", ".join(entries)
    if isinstance(thing, list):
        return f"[{inside}]"
    if isinstance(thing, set):
        return f"{{{inside}}}" if entries else "set()"
    if isinstance(thing, (frozenset, deque)):
        return f"{type(thing).__name__}([{inside}])"
    names = getattr(thing, "_fields", ())
    if names:  # a namedtuple
        named = [f"{name}={one}" for name, one in zip(names, entries, strict=False)]  # the last ones may be cut
        return f"{type(thing).__name__}({', '.join(named)})"
    return f"({inside},)" if len(entries) == 1 else f"({inside})"


def key_text(key: Any, name_of: NameOf, room: list[int] | None = None) -> str:
    """Describe a key of a dict."""
    return repr(key) if isinstance(key, _PLAIN_KEYS) else _entry(key, name_of, room or [_LONGEST])


def _shape_of(tensor: torch.Tensor) -> str:
    """Describe a tensor without a name."""
    try:
        return f"a tensor of shape {list(tensor.shape)}"
    except RuntimeError:  # a nested tensor, or a parameter before the first call of a lazy module
        return "a tensor"


def is_cut(text: str) -> bool:
    """Whether a `brief` description may have left something out."""
    return "…" in text


def _entry(thing: Any, name_of: NameOf, room: list[int]) -> str:
    """Describe an entry; `room` is how many more entries may be read, in all nested lists together."""
    room[0] -= 1
    if room[0] < 0:
        return "…"
    if isinstance(thing, torch.Tensor):
        return name_of(thing) or _shape_of(thing)
    if isinstance(thing, _VIEWS):
        return f"{type(thing).__name__}({_entry(list(thing), name_of, room)})"
    if isinstance(thing, dict):
        pairs = [
            f"{key_text(key, name_of, room)}: {_entry(one, name_of, room)}"
            for key, one in islice(thing.items(), _ENTRIES)
        ]
        return f"{{{', '.join(pairs)}}}"
    if isinstance(thing, (list, tuple, set, frozenset, deque)):
        return _with_entries(thing, [_entry(one, name_of, room) for one in islice(thing, _ENTRIES)])
    if isinstance(thing, (optim.Optimizer, LRScheduler)):
        return f"{'an optimizer' if isinstance(thing, optim.Optimizer) else 'a scheduler'}, {type(thing).__name__}"
    if isinstance(thing, np.ndarray):
        return f"an array of shape {list(thing.shape)}"
    if isinstance(thing, np.generic):
        return repr(thing.item())
    if isinstance(thing, (bool, int, float, str)) or thing is None:
        return repr(thing)
    if isinstance(thing, (torch.dtype, range, slice)):
        return str(thing)
    stand_in = _stand_in(thing)
    return stand_in.text.partition("(")[0] if stand_in.kind == "function" else stand_in.text
