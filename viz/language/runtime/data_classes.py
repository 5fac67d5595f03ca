"""What `@dataclass` adds to a class of the program: `__init__`, `__repr__` and `__eq__` from its fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from viz.language.runtime.callback import Callback
from viz.language.runtime.program_class import ProgramClass, bound
from viz.language.runtime.signature import Signature

#: No default.
MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Field:
    """What `field(…)` returns: the default of a field, or the function that makes it for each object."""

    default: Any = MISSING
    factory: Any = None

    def __str__(self) -> str:
        return "field(…)"


def as_dataclass(made: ProgramClass, own: Sequence[str], call: Any) -> ProgramClass:
    """Add to a class what its fields determine; `call` calls a function of the program, for `default_factory`.

    Raises TypeError, in Python's words, if a field without a default follows one with a default.
    """
    fields = tuple(dict.fromkeys([*_inherited(made), *own]))
    defaults = {name: _default(made, name) for name in fields}
    given = {name: one for name, one in defaults.items() if one is not MISSING}
    late = next(
        (name for at, name in enumerate(fields) if name not in given and set(fields[:at]) & set(given)), None
    )
    if late is not None:
        raise TypeError(f"non-default argument {late!r} follows default argument")
    signature = Signature(("self", *fields))

    def init(self: Any, *args: Any, **options: Any) -> None:
        names = signature.bind(f"{made.__qualname__}.__init__", (self, *args), options, given)
        for name in fields:
            value = names[name]
            vars(self)[name] = (call(value.factory) if value.factory else value.default) if _is(value) else value
        after = made.find("__post_init__")
        if after is not None:
            bound(after[1], self, type(self))()

    def represent(self: Any) -> str:
        shown = ", ".join([f"{name}={vars(self)[name]!r}" for name in fields])
        return f"{type(self).__qualname__}({shown})"

    def equal(self: Any, other: Any) -> Any:
        if type(self) is not type(other):
            return NotImplemented
        return all(vars(self)[name] == vars(other)[name] for name in fields)

    made.fields = fields
    for name, function in (("__init__", init), ("__repr__", represent), ("__eq__", equal)):
        if name not in made.members:
            setattr(made, name, function)  # the three names above, and no other
    return made


def _is(value: Any) -> bool:
    return type(value) is Field


def _inherited(made: ProgramClass) -> tuple[str, ...]:
    return next((one.fields for one in made.__mro__[1:] if isinstance(one, ProgramClass) and one.fields), ())


def _default(made: ProgramClass, name: str) -> Any:
    found = made.find(name)
    value = MISSING if found is None else found[1]
    if _is(value) and value.factory is None:
        return value.default
    return MISSING if isinstance(value, Callback) else value
