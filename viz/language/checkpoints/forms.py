"""How each kind of value is copied: what it holds, and how another value takes over what a copy has."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import ReferenceType

import numpy as np
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import LRScheduler
from torch.utils.data import DataLoader, Dataset, Sampler

from viz.language.runtime.data_classes import Field
from viz.language.runtime.entries import Base, Function, Library, Nothing, Skipped
from viz.language.runtime.kinds import kind_of
from viz.language.runtime.program_class import Bound, Instance, ProgramClass, Property, Static
from viz.language.runtime.user_function import Defined, InMode
from viz.language.vocabulary.autograd.custom_function import Applied, Custom
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.optimizers import Factor
from viz.language.vocabulary.standard.functools import Getter, Partial, Same
from viz.language.vocabulary.standard.progress import Progress

_set_version: Any = torch._C._autograd._unsafe_set_version_counter  # frames show the versions
#: Values that never change and hold no others.
PLAIN = frozenset(
    (
        *(bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented), range),
        *(torch.dtype, torch.device, torch.layout, torch.memory_format, torch.Size, BuiltinFunctionType),
        *(ModuleType, Library, Function, Builtin, Base, Skipped, Nothing, type),
    )
)
#: Keys whose hash is Python's own, or torch's.
_KEYS = PLAIN | {torch.Tensor, nn.Parameter}
#: Callables and the like that keep what they got when they were made.
_FIXED = (Defined, InMode, Bound, Static, Property, Partial, Getter, Same, Field, Progress, Custom, Applied)
#: Objects whose state is in their attributes.
_OBJECTS = (nn.Module, optim.Optimizer, LRScheduler, Dataset, Sampler, DataLoader, Instance)
_NO_ITEMS: tuple[Any, ...] = ()


class NotCopied(Exception):
    """A value that cannot be copied so that a run goes on from the copy to the last bit as from the value."""


#: What copying a value raises, or writing it: torch and NumPy have values that cannot be read, or not be set.
UNREADABLE = (NotCopied, RuntimeError, TypeError, ValueError)


class Form:
    """How the values of a kind are copied.

    `state` is a copy of what a value holds besides other values, and `items` are those. `write` gives both to a
    value. `make` makes a new one, to be written, if the form `makes` some. Values of other kinds are copied only
    if they were there when the loop began: what a recorder knows of them, it knows of these very objects.
    """

    makes = False

    def state(self, thing: Any) -> Any:
        """Return a copy of what the value holds besides other values."""
        return None

    def items(self, thing: Any) -> Sequence[Any]:
        """Return the values that it holds."""
        return _NO_ITEMS

    def make(self, state: Any) -> Any:
        """Return a new value."""
        raise NotImplementedError

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        """Let a value hold what a copy has."""


class _Fixed(Form):
    """A value that does not change, but may hold others that do."""

    def items(self, thing: Any) -> Sequence[Any]:
        return tuple(kind_of(thing).inside(thing))


class _Opaque(Form):
    """A function or a reference of torch's own code."""


class _Factor(Form):
    """A function that a scheduler asks for the learning rate."""

    def items(self, thing: Any) -> Sequence[Any]:
        return (thing.function,)


class _Method(Form):
    """A method of an object."""

    def items(self, thing: Any) -> Sequence[Any]:
        return (thing.__self__,)


class _Tuple(Form):
    """A tuple; a new one is made of its items at once."""

    makes = True

    def items(self, thing: Any) -> Sequence[Any]:
        return tuple(thing)


class _List(Form):
    """A list."""

    makes = True

    def items(self, thing: Any) -> Sequence[Any]:
        return thing  # type: ignore[no-any-return]

    def make(self, state: Any) -> Any:
        return []

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        thing[:] = items


class _Deque(Form):
    """A deque."""

    makes = True

    def state(self, thing: Any) -> Any:
        return thing.maxlen

    def items(self, thing: Any) -> Sequence[Any]:
        return tuple(thing)

    def make(self, state: Any) -> Any:
        return deque(maxlen=state)

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        thing.clear()
        thing.extend(items)


class _Dict(Form):
    """A dict of any of Python's kinds: its keys and values in turn."""

    makes = True

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def items(self, thing: Any) -> Sequence[Any]:
        return _flat(thing)

    def make(self, state: Any) -> Any:
        return self._make()

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        thing.clear()
        dict.update(thing, _pairs(items))


class _Ordered(_Dict):
    """An OrderedDict; that of a `state_dict` has attributes."""

    def state(self, thing: Any) -> Any:
        return 2 * len(vars(thing))

    def items(self, thing: Any) -> Sequence[Any]:
        return (*_flat(vars(thing)), *_flat(thing))

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        vars(thing).clear()
        vars(thing).update(_pairs(items[:state]))
        thing.clear()
        for key, value in _pairs(items[state:]):
            thing[key] = value


class _WithDefault(_Dict):
    """A defaultdict, whose first item is the function for what is missing."""

    def items(self, thing: Any) -> Sequence[Any]:
        return (thing.default_factory, *_flat(thing))

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        thing.default_factory = items[0]
        super().write(thing, state, items[1:])


class _Set(Form):
    """A set of one value, or none: the order of more depends on how they came."""

    makes = True

    def items(self, thing: Any) -> Sequence[Any]:
        if len(thing) > 1:
            raise NotCopied
        _check_keys(thing)
        return tuple(thing)

    def make(self, state: Any) -> Any:
        return set()

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        thing.clear()
        thing.update(items)


class _Object(Form):
    """A module, an optimizer, an object of a class of the program: its attributes, names and values in turn."""

    def state(self, thing: Any) -> Any:
        return getattr(thing, "_number", None) if isinstance(thing, Instance) else None

    def items(self, thing: Any) -> Sequence[Any]:
        of_program = (type(thing),) if isinstance(type(thing), ProgramClass) else ()
        return (*_flat(vars(thing)), *of_program)

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        held = vars(thing)
        held.clear()
        held.update(_pairs(items))
        if state is not None:
            thing._number = state


class _Class(Form):
    """A class of the program."""

    def state(self, thing: Any) -> Any:
        return str(thing.numbers)

    def items(self, thing: Any) -> Sequence[Any]:
        bases = [one for one in thing.__mro__[1:] if isinstance(one, ProgramClass) and one.state is not None]
        return (thing.members, *bases) if thing.state is not None else _NO_ITEMS

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        if thing.state is not None and str(thing.numbers) != state:  # those without are shared by all runs
            raise NotCopied  # its objects got their numbers in the loop


class _Drawing(Form):
    """A generator of random numbers."""

    def __init__(self, read: Callable[[Any], Any], write: Callable[[Any, Any], object]) -> None:
        self._read, self._write = read, write

    def state(self, thing: Any) -> Any:
        return self._read(thing)

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        self._write(thing, state)


class _Array(Form):
    """A NumPy array of numbers."""

    makes = True

    def state(self, thing: Any) -> Any:
        if thing.dtype.hasobject or thing.dtype.fields is not None:
            raise NotCopied
        return (thing.copy(order="K"),)

    def make(self, state: Any) -> Any:
        return state[0].copy(order="K")

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        if not thing.flags.writeable:
            raise NotCopied
        thing[...] = state[0]


class _Tensor(Form):
    """A leaf in ordinary memory, whose one item is its `.grad`."""

    makes = True

    def state(self, thing: Any) -> Any:
        if not _is_ordinary(thing):
            raise NotCopied
        return thing.detach().clone(), thing.requires_grad, thing._version

    def items(self, thing: Any) -> Sequence[Any]:
        return (thing.grad,) if _is_ordinary(thing) else _NO_ITEMS

    def make(self, state: Any) -> Any:
        return state[0].clone()

    def write(self, thing: Any, state: Any, items: Sequence[Any]) -> None:
        numbers, requires_grad, version = state
        with torch.no_grad():
            thing.copy_(numbers)
        if thing.requires_grad != requires_grad:
            thing.requires_grad_(requires_grad)
        if thing.grad is not items[0]:
            thing.grad = items[0]
        _set_version((thing,), (version,))


class _Parameter(_Tensor):
    """A parameter, which a program may make in its loop."""

    def make(self, state: Any) -> Any:
        return nn.Parameter(state[0].clone(), state[1])


def form_of(thing: Any) -> Form | None:
    """Return how a value is copied; None if it never changes. Raises NotCopied for a kind that is not copied."""
    kind = type(thing)
    found = _FORMS.get(kind)
    if found is not None:
        return found
    if kind in PLAIN or isinstance(thing, (np.generic, np.dtype)):
        return None
    if isinstance(thing, _OBJECTS):
        return _OBJECT
    if isinstance(thing, ProgramClass):
        return _CLASS
    if isinstance(thing, type):
        return None
    raise NotCopied


def _is_ordinary(tensor: torch.Tensor) -> bool:
    return (
        tensor.grad_fn is None
        and tensor.layout is torch.strided
        and tensor.device.type == "cpu"
        and not (tensor.is_inference() or tensor.is_quantized or tensor.is_nested or nn.parameter.is_lazy(tensor))
        and not (tensor._is_zerotensor() or tensor.is_conj() or tensor.is_neg() or vars(tensor))
        and not (tensor._backward_hooks or getattr(tensor, "_post_accumulate_grad_hooks", None))
        and torch._debug_has_internal_overlap(tensor) == 0
    )


def _flat(entries: Any) -> tuple[Any, ...]:
    _check_keys(entries)
    return tuple(chain.from_iterable(dict.items(entries)))


def _check_keys(entries: Any) -> None:
    """Raise NotCopied for keys whose hash is a function of the program, or may be one."""
    if not _KEYS.issuperset(map(type, entries)):
        inside = [part for key in entries for part in (key if type(key) is tuple else (key,))]
        if not _KEYS.issuperset(map(type, inside)):
            raise NotCopied


def _pairs(items: Sequence[Any]) -> Iterable[tuple[Any, Any]]:
    return zip(items[::2], items[1::2], strict=False)  # without the class that may follow


def _set_bits(generator: np.random.Generator, state: Any) -> None:
    generator.bit_generator.state = state


_OBJECT, _CLASS, _OPAQUE = _Object(), _Class(), _Opaque()
_FORMS: dict[type, Form] = {
    torch.Tensor: _Tensor(),
    nn.Parameter: _Parameter(),
    list: _List(),
    tuple: _Tuple(),
    dict: _Dict(dict),
    Counter: _Dict(Counter),
    OrderedDict: _Ordered(OrderedDict),
    defaultdict: _WithDefault(defaultdict),
    deque: _Deque(),
    set: _Set(),
    np.ndarray: _Array(),
    np.random.RandomState: _Drawing(np.random.RandomState.get_state, np.random.RandomState.set_state),
    np.random.Generator: _Drawing(lambda thing: thing.bit_generator.state, _set_bits),
    torch.Generator: _Drawing(torch.Generator.get_state, torch.Generator.set_state),
    FunctionType: _OPAQUE,
    ReferenceType: _OPAQUE,
    MethodType: _Method(),
    Factor: _Factor(),
    **dict.fromkeys(_FIXED, _Fixed()),
}
