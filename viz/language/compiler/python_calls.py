"""Runs Python's own functions for a program: `len`, `sum`, `range`, `zip` and their like."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from operator import length_hint
from sys import getsizeof
from typing import Any

import torch

from viz import limits
from viz.frames.plain import Span
from viz.language.compiler.calling import reflection
from viz.language.compiler.texts import print_all
from viz.language.runtime.iterating import entries_of, listed
from viz.language.runtime.meter import ITERATOR
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import Instance
from viz.language.runtime.showing import check_text, shown, text_of
from viz.language.runtime.sizes import check_growth, check_list, check_number, check_tensor
from viz.language.runtime.state import State
from viz.language.vocabulary import arrays
from viz.language.vocabulary.builtins import Builtin, make_range
from viz.language.vocabulary.iterators import check_nesting
from viz.language.vocabulary.kinds import describe, kind_of

#: Runs a function, given the running program, the position of the call, its arguments and its options.
Run = Callable[[State, Span, Sequence[Any], Mapping[str, Any]], Any]

#: The functions that may compute a new tensor.
_MAKING = frozenset({"abs", "sum"})
#: What `max`, `sum` and their like take: NumPy's numbers stay what they are, as in Python.
_COUNTED = (*arrays.NUMBERS, torch.Tensor)


def call_builtin(state: State, span: Span, found: Builtin, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """The result of one of Python's functions, as Python returns it."""
    state.span = span
    state.meter.check_time()
    result = _RUNS[found.name](state, span, args, options)
    if isinstance(result, torch.Tensor):
        state.meter.count_tensor(result)
        if found.name in _MAKING:
            state.observer.operation(span, result, _tensors(args))
    elif isinstance(result, (list, tuple)):
        check_list(result)
        state.meter.count_entries(len(result))
    elif isinstance(result, (int, float, str)) or result is None:
        check_number(result)
    else:
        state.meter.count_bytes(ITERATOR)
    return result


def _plain(thing: Any) -> Any:
    """A number out of an array as a number of Python; anything else as it is."""
    return thing.item() if arrays.is_number(thing) else thing


def _tensors(args: Sequence[Any]) -> list[torch.Tensor]:
    found = [one for one in args if isinstance(one, torch.Tensor)]
    for one in args:
        if isinstance(one, (list, tuple)):
            found.extend(inner for inner in one if isinstance(inner, torch.Tensor))
    return found


def _length(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> int:
    (thing,) = args
    if kind_of(thing).iterates:
        return len(thing)
    raise refused(f"`len` counts the entries of a list or a tensor, but this is {describe(thing)}.", span)


def _numbers(state: State, span: Span, args: Sequence[Any], name: str) -> list[Any]:
    """The numbers (or tensors) that `max(a, b)` or `max(list)` compares."""
    entries = listed(state, span, args[0]) if len(args) == 1 else list(args)
    texts = all(isinstance(one, str) for one in entries)
    wrong = next((one for one in entries if not (isinstance(one, _COUNTED) or texts)), None)
    if wrong is not None:
        raise refused(f"`{name}` compares numbers, but this is {describe(wrong)}.", span)
    return entries


def _sum(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    total = args[1] if len(args) > 1 else 0
    entries = listed(state, span, args[0])
    for one in (total, *entries):
        if not isinstance(one, _COUNTED):
            raise refused(f"`sum` adds numbers or tensors, but this is {describe(one)}.", span)
    for one in entries:
        state.meter.check_time()
        if isinstance(one, torch.Tensor) and isinstance(total, torch.Tensor):
            check_growth(operator.add, (total, one), (total, one), {})
        total = total + one
        if isinstance(total, torch.Tensor):
            check_tensor(total)
        else:
            check_number(total)
    return total


def _collected(state: State, span: Span, thing: Any) -> list[Any]:
    """The entries for `list` and `tuple`, which ask an object of the program for its length, as in Python."""
    entries_of(state, span, thing)
    if isinstance(thing, Instance):
        length_hint(thing)
    return listed(state, span, thing)


def _number(kind: type[int] | type[float]) -> Run:
    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        (thing,) = args
        if isinstance(thing, _COUNTED):
            return kind(thing)
        if isinstance(thing, str) and len(thing) <= limits.NESTING:
            return kind(thing)
        raise refused(f"`{kind.__name__}` converts a number, but this is {describe(thing)}.", span)

    return run


def _abs(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    (thing,) = args
    if arrays.is_array(thing):
        return arrays.computed(abs, thing)
    if not isinstance(thing, (int, float, torch.Tensor)):
        raise refused(f"`abs` takes a number or a tensor, but this is {describe(thing)}.", span)
    return abs(thing)


def _round(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    digits = _plain(args[1]) if len(args) > 1 else None
    if not isinstance(args[0], arrays.NUMBERS) or not (digits is None or type(digits) is int):
        raise refused("`round` takes a Python number, as in `round(loss.item(), 3)`.", span)
    if type(digits) is int and abs(digits) > limits.NESTING:
        raise refused(f"`round` keeps at most {limits.NESTING} digits here.", span)
    number: Any = args[0]
    return round(number, digits)


def _sorted(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> list[Any]:
    return sorted(_numbers(state, span, args, "sorted"), reverse=bool(options.get("reverse", False)))


def _reversed(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    if not isinstance(args[0], (list, tuple, range, str)):
        raise refused("`reversed` takes a list here; a tensor has `flip`.", span)
    return reversed(args[0])


def _enumerate(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    start = _plain(args[1]) if len(args) > 1 else 0
    if type(start) is not int:
        raise refused("`enumerate` starts at an integer.", span)
    return check_nesting(enumerate(entries_of(state, span, args[0]), start))


def _zip(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    return check_nesting(zip(*[entries_of(state, span, one) for one in args], strict=False))


def _text(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    text = check_text(text_of(args[0], span))
    state.meter.count_bytes(getsizeof(text))
    return text


def _represented(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    text = check_text(shown(args[0], span, repr))
    state.meter.count_bytes(getsizeof(text))
    return text


def _bool(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    return bool(args[0])


_RUNS: dict[str, Run] = {
    "abs": _abs,
    "all": lambda state, span, args, options: all(listed(state, span, args[0])),
    "any": lambda state, span, args, options: any(listed(state, span, args[0])),
    "bool": _bool,
    "callable": reflection.is_callable,
    "enumerate": _enumerate,
    "float": _number(float),
    "getattr": reflection.attribute,
    "hasattr": reflection.has_attribute,
    "int": _number(int),
    "isinstance": reflection.is_instance,
    "issubclass": reflection.is_subclass,
    "iter": reflection.iterator,
    "len": _length,
    "list": lambda state, span, args, options: _collected(state, span, args[0]) if args else [],
    "max": lambda state, span, args, options: max(_numbers(state, span, args, "max")),
    "min": lambda state, span, args, options: min(_numbers(state, span, args, "min")),
    "next": reflection.following,
    "print": print_all,
    "range": lambda state, span, args, options: make_range(span, [_plain(one) for one in args]),
    "repr": _represented,
    "reversed": _reversed,
    "round": _round,
    "setattr": reflection.set_attribute,
    "sorted": _sorted,
    "str": _text,
    "sum": _sum,
    "type": reflection.type_of,
    "tuple": lambda state, span, args, options: tuple(_collected(state, span, args[0])) if args else (),
    "zip": _zip,
}
