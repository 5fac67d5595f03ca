"""Python's functions about values themselves: `isinstance`, `type`, `getattr` and their like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.kinds import describe, kind_of
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import ProgramClass
from viz.language.runtime.state import State
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.classes.classes_behind import class_behind

_NONE = object()


def is_instance(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """`isinstance(thing, classes)`."""
    return isinstance(args[0], _classes(args[1], span))


def is_subclass(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """`issubclass(class, classes)`."""
    first = class_behind(args[0])
    if not isinstance(first, type):
        raise TypeError("issubclass() arg 1 must be a class")
    return issubclass(first, _classes(args[1], span))


def _classes(given: Any, span: Span) -> tuple[type, ...]:
    found = [class_behind(one) for one in (given if isinstance(given, tuple) else (given,))]
    wrong = next((one for one in found if not isinstance(one, type)), None)
    if wrong is not None:
        raise refused(
            f"A class follows the comma, as in `isinstance(x, float)`, but this is {describe(wrong)}.", span
        )
    return tuple(found)


def type_of(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> type:
    """`type(thing)`."""
    kind = type(args[0])
    if kind.__module__.startswith("viz.") and not issubclass(kind, type):
        raise refused(f"`type` does not say what {describe(args[0])} is here; leave it out.", span)
    return kind if not isinstance(args[0], ProgramClass) else type


def is_callable(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """`callable(thing)`."""
    (thing,) = args
    if isinstance(thing, (Callback, Function, Builtin, type)):
        return True
    return kind_of(thing).call is not None or callable(thing)


def iterator(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`iter(thing)`."""
    return iter(entries_of(state, span, args[0]))


def following(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`next(iterator)`, and `next(iterator, otherwise)`."""
    thing = args[0]
    if not isinstance(thing, Iterator):
        raise TypeError(f"{type(thing).__name__!r} object is not an iterator")
    entries_of(state, span, thing)
    return next(thing, *args[1:])


def attribute(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`getattr(thing, name)`, and `getattr(thing, name, otherwise)`."""
    thing, name = args[0], _name(args[1], span)
    try:
        found = _found(state, span, thing, name)
    except AttributeError:
        if len(args) < 3:
            raise
        return args[2]
    if found is _NONE:
        if len(args) < 3:
            what = describe(thing)
            raise refused(f"{what[0].upper()}{what[1:]} has no `.{name}` here.", span)
        return args[2]
    return found


def has_attribute(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """`hasattr(thing, name)`."""
    thing, name = args[0], _name(args[1], span)
    try:
        return _found(state, span, thing, name) is not _NONE or name in kind_of(thing).methods
    except AttributeError:
        return False


def set_attribute(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """`setattr(thing, name, value)`, of an object of the program."""
    thing, name = args[0], _name(args[1], span)
    kind = kind_of(thing)
    if kind.set is None or name in kind.settable:
        raise refused("`setattr` works on objects of the program's own classes here; write `x.name = …`.", span)
    kind.set(state, span, thing, name, args[2])


def _found(state: State, span: Span, thing: Any, name: str) -> Any:
    """An attribute of a value, from the tables or the program's own; _NONE if there is none."""
    kind = kind_of(thing)
    found = NotImplemented if kind.get is None else kind.get(state, span, thing, name)
    if found is not NotImplemented:
        return found
    entry = kind.attributes.get(name)
    return _NONE if entry is None else entry.read(thing)


def _name(given: Any, span: Span) -> str:
    if not isinstance(given, str) or given.startswith("__") or not given.isidentifier():
        raise refused("The name of an attribute is a string such as `'weight'` here.", span)
    return given
