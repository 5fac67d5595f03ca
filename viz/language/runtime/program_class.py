"""The classes that a program defines, and their objects: real classes of Python, whose code is the program's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from torch import nn

from viz.language.runtime.callback import Callback
from viz.language.runtime.flow import rethrowing
from viz.language.runtime.state import State

_OPERATIONS = ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor"]
_CONVERSIONS = ["init", "post_init", "call", "repr", "str", "bool", "float", "int", "hash", "enter", "exit"]
_OF_CONTAINERS = ["len", "getitem", "setitem", "contains", "iter", "next"]
_OTHERS = [*_CONVERSIONS, *_OF_CONTAINERS, *["eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert"]]
#: The special methods that a class of a program may define: Python itself calls them.
SPECIAL = frozenset(
    [f"__{name}__" for name in _OTHERS] + [f"__{side}{name}__" for name in _OPERATIONS for side in ("", "r", "i")]
)


class ProgramClass(type):
    """A class of a running program. What its body bound is in `members`, where Python itself does not look."""

    members: dict[str, Any] = {}  # noqa: RUF012  # each class has its own
    #: The numbers of the objects that are still to come.
    numbers: Iterator[int] = count()
    #: The run that made the class; None for the bases that all runs share.
    state: State | None = None
    #: The fields of a dataclass, in their order.
    fields: tuple[str, ...] = ()

    def find(cls, name: str, after: ProgramClass | None = None) -> tuple[ProgramClass, Any] | None:
        """What a name means in the class or the nearest base that has it, and which one; None if none has it.

        `after` looks only in the bases that follow this class.
        """
        order = cls.__mro__ if after is None else cls.__mro__[cls.__mro__.index(after) + 1 :]
        for one in order:
            if isinstance(one, ProgramClass) and name in one.members:
                return one, one.members[name]
        return None


class Instance(metaclass=ProgramClass):
    """The base of the classes that derive from nothing else.

    The hash of an object is its number among those of its class, and not an address as in Python: a set of objects
    has the same order in every recording of a program.
    """

    __slots__ = ("__dict__", "__weakref__", "_number")

    _number: int

    def __hash__(self) -> int:
        try:
            return self._number
        except AttributeError:
            self._number = next(type(self).numbers)
            return self._number

    def __repr__(self) -> str:
        return f"<__main__.{type(self).__qualname__} object>"  # Python shows an address, which differs each time


class ModuleInstance(nn.Module, metaclass=ProgramClass):
    """The base of the classes that derive from `nn.Module`."""

    def forward(self, *args: Any, **options: Any) -> Any:
        """Call the program's `forward`, as torch does."""
        found = type(self).find("forward")
        if found is None:
            raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')
        return bound(found[1], self, type(self))(*args, **options)

    def extra_repr(self) -> str:
        """What `print` shows of the module besides its layers."""
        found = type(self).find("extra_repr")
        return str(bound(found[1], self, type(self))()) if found is not None else ""


class Bound(Callback):
    """A method with its object: `net.forward`."""

    __slots__ = ("function", "owner")

    def __init__(self, function: Callback, owner: Any) -> None:
        self.function = function
        self.owner = owner

    @property
    def holds(self) -> tuple[Any, ...]:
        """The object and the function."""
        return self.owner, self.function

    def __str__(self) -> str:
        return str(self.function)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the function with the object before the other arguments."""
        return self.function(self.owner, *args, **options)


class Static:
    """A function under `@staticmethod`, or with `of_class` one under `@classmethod`."""

    __slots__ = ("function", "of_class")

    def __init__(self, function: Callback, of_class: bool = False) -> None:
        self.function = function
        self.of_class = of_class


class Property:
    """A function under `@property`, and the one that sets it, if there is one."""

    __slots__ = ("get", "set")

    def __init__(self, get: Callback, set_: Callback | None = None) -> None:
        self.get = get
        self.set = set_


class Parent:
    """`super()`: an object, and the class whose bases are looked into."""

    __slots__ = ("after", "owner")

    def __init__(self, after: ProgramClass, owner: Any) -> None:
        self.after = after
        self.owner = owner

    @property
    def kind(self) -> ProgramClass:
        """The class of the object."""
        kind: Any = self.owner if isinstance(self.owner, ProgramClass) else type(self.owner)
        found: ProgramClass = kind
        return found


def bound(member: Any, owner: Any, kind: type) -> Any:
    """A member of a class as an attribute of its object: a method with its object, the value of a property.

    The owner is None for an attribute of the class itself.
    """
    if isinstance(member, Static):
        return Bound(member.function, kind) if member.of_class else member.function
    if owner is None:
        return member
    if isinstance(member, Property):
        return member.get(owner)
    return Bound(member, owner) if isinstance(member, Callback) else member


def make(
    state: State, name: str, title: str, bases: tuple[ProgramClass, ...], members: Mapping[str, Any]
) -> ProgramClass:
    """The class of a running program; raises TypeError, in Python's words, if the bases do not fit together."""
    special = {one: _calling(state, one) for one in members if one in SPECIAL}
    kept = {"__module__": "__main__", "__qualname__": title}
    own = {"members": dict(members), "numbers": count(), "state": state}
    return ProgramClass(name, bases or (Instance,), {**special, **kept, **own})


#: The exceptions of special methods that have a meaning for Python itself: there are no more entries.
_MEANT: dict[str, tuple[type[Exception], ...]] = {"__next__": (StopIteration,), "__getitem__": (IndexError,)}


def _calling(state: State, name: str) -> Callable[..., Any]:
    """A special method of Python that calls the program's."""
    meant = _MEANT.get(name, ())

    def call(self: Any, *args: Any, **options: Any) -> Any:
        found = type(self).find(name)
        assert found is not None
        with rethrowing(state, meant):
            return bound(found[1], self, type(self))(*args, **options)

    return call
