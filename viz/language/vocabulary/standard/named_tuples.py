"""`namedtuple`: tuples whose entries have names.

Python's own makes such a class from source code; here the names stay data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from keyword import iskeyword
from typing import Any

from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.kinds import Kind
from viz.language.runtime.problems import NotHere
from viz.language.runtime.signature import Signature
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State
from viz.language.vocabulary.containers import kinds


class NamedTuple(tuple[Any, ...]):
    """The base of these classes; `_fields` are the names of the entries."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        inside = ", ".join([f"{name}={one!r}" for name, one in zip(self._fields, self, strict=True)])
        return f"{type(self).__name__}({inside})"


class NamedTupleClass(type):
    """The class of these classes: a program calls them to make a tuple."""

    _fields: tuple[str, ...]
    _defaults: Mapping[str, Any]

    def __call__(cls, *args: Any, **options: Any) -> Any:
        """A tuple of the arguments, in the order of the fields; raises what Python raises if they do not fit."""
        bound = Signature(cls._fields).bind(f"{cls.__name__}.__new__", args, options, cls._defaults)
        return tuple.__new__(cls, [bound[name] for name in cls._fields])  # type: ignore[arg-type]


#: The most fields: each name is compared with each.
_MOST = 1_000


def _made(
    state: State, span: Span, typename: Any, field_names: Any, *, defaults: Any = None, rename: Any = False
) -> type:
    if rename or not isinstance(typename, str):
        raise NotHere("`namedtuple` takes a name and the names of its fields, as in `namedtuple('Point', 'x y')`")
    given_names = field_names.replace(",", " ").split() if isinstance(field_names, str) else field_names
    names = listed(state, span, given_names)
    if len(names) > _MOST:
        raise LimitReached(f"A namedtuple has at most {_MOST:,} fields here.")
    for name in (typename, *names):
        _check_name(name)
    for name in names:
        if name.startswith("_"):
            raise ValueError(f"Field names cannot start with an underscore: {name!r}")
        if names.count(name) > 1:
            raise ValueError(f"Encountered duplicate field name: {name!r}")
    given = [] if defaults is None else listed(state, span, defaults)
    if len(given) > len(names):
        raise TypeError("Got more default values than field names")
    last = names[len(names) - len(given) :]
    fields = {"_fields": tuple(names), "_defaults": dict(zip(last, given, strict=True)), "__module__": "__main__"}
    return NamedTupleClass(typename, (NamedTuple,), {**fields, "__slots__": (), "__qualname__": typename})


def _check_name(name: Any) -> None:
    """Raise what Python raises for a name that a class or a field may not have."""
    if not isinstance(name, str):
        raise TypeError("Type names and field names must be strings")
    if not name.isidentifier():
        raise ValueError(f"Type names and field names must be valid identifiers: {name!r}")
    if iskeyword(name):
        raise ValueError(f"Type names and field names cannot be a keyword: {name!r}")


def _field(state: State, span: Span, thing: Any, name: str) -> Any:
    return thing[thing._fields.index(name)] if name in thing._fields else NotImplemented


def _replace(state: State, span: Span, owner: Any, /, **changes: Any) -> Any:
    made = dict(zip(owner._fields, owner, strict=True))
    unknown = [name for name in changes if name not in made]
    if unknown:
        raise ValueError(f"Got unexpected field names: {unknown!r}")
    return tuple.__new__(type(owner), [changes.get(name, one) for name, one in made.items()])


def _asdict(state: State, span: Span, owner: Any, /) -> dict[str, Any]:
    made = dict(zip(owner._fields, owner, strict=True))
    check_list(made)
    return made


def _call(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    kind, *given = args
    made = kind(*given, **options)
    check_list(made)
    state.meter.count_entries(len(made))
    return made


NAMEDTUPLE = by_signature("collections.namedtuple", _made)
KINDS: dict[type, Kind] = {
    NamedTuple: replace(
        kinds.TUPLE,
        says=lambda thing: f"a {type(thing).__name__}",
        methods={
            **kinds.TUPLE.methods,
            "_replace": by_signature("namedtuple._replace", _replace),
            "_asdict": by_signature("namedtuple._asdict", _asdict),
        },
        get=_field,
        derived=True,
    ),
    NamedTupleClass: Kind(
        says=lambda kind: f"`{kind.__name__}`",
        inside=lambda kind: (kind._defaults,),
        call=Function("namedtuple", NamedTupleClass.__call__, 1_000, every_name=True, keeps=True, runs=_call),
        own=True,
    ),
}
