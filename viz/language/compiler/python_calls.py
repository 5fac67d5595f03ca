"""Runs Python's own functions for a program: `len`, `sum`, `range`, `zip` and their like."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof
from typing import Any, cast

import torch

from viz import limits
from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.compiler.calling import of_iterables, reflection
from viz.language.compiler.operators import calculate
from viz.language.compiler.texts import print_all
from viz.language.runtime.formats import check_spec, formatted
from viz.language.runtime.iterating import entries_of
from viz.language.runtime.meter import ITERATOR
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import Instance
from viz.language.runtime.showing import check_text, shown, text_of
from viz.language.runtime.sizes import check_list, check_number, whole
from viz.language.runtime.state import State
from viz.language.vocabulary import arrays
from viz.language.vocabulary.builtins import Builtin, make_range
from viz.language.vocabulary.kinds import describe, kind_of

#: Runs a function, given the running program, the position of the call, its arguments and its options.
Run = Callable[[State, Span, Sequence[Any], Mapping[str, Any]], Any]

#: The functions that may compute a new tensor.
_MAKING = frozenset({"abs"})
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


def _sum(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    total = args[1] if len(args) > 1 else options.get("start", 0)
    if isinstance(total, str):
        raise TypeError("sum() can't sum strings [use ''.join(seq) instead]")
    for number, one in enumerate(entries_of(state, span, args[0])):
        state.meter.check_time()
        if number >= limits.ELEMENTS:
            raise LimitReached(f"`sum` adds at most {limits.ELEMENTS:,} entries here.")
        total = calculate(state, span, "+", operator.add, total, one)
    return total


def _number(kind: type[int] | type[float]) -> Run:
    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        if not args:
            return kind()
        thing, convert = args[0], cast("Callable[..., int | float]", kind)
        if isinstance(thing, (*_COUNTED, Instance)) and len(args) == 1:
            return convert(thing)
        if isinstance(thing, str) and len(thing) <= limits.NESTING:
            return convert(*args)
        raise refused(f"`{kind.__name__}` converts a number, but this is {describe(thing)}.", span)

    return run


def _pow(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    base, exponent, *modulus = args
    if not modulus:
        return calculate(state, span, "**", operator.pow, base, exponent)
    if not all(isinstance(one, int) for one in args):
        raise TypeError("pow() 3rd argument not allowed unless all arguments are integers")
    return pow(base, exponent, *modulus)


def _divmod(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    if not all(isinstance(one, arrays.NUMBERS) for one in args):
        raise refused("`divmod` takes two numbers; for tensors write `a // b` and `a % b`.", span)
    a, b = args
    return divmod(a, b)


def _letter(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    return check_text(chr(args[0]))


def _in_digits(write: Callable[[int], str]) -> Run:
    """`bin`, `hex` or `oct`."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
        number = whole(args[0])
        return write(args[0] if number is None else number)

    return run


def _abs(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    (thing,) = args
    if arrays.is_array(thing):
        return arrays.computed(abs, thing)
    kinds: tuple[Any, ...] = (int, float, torch.Tensor, Instance)
    if not isinstance(thing, kinds):
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


def _format(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    spec = args[1] if len(args) > 1 else ""
    if not isinstance(spec, str):
        raise TypeError(f"format() argument 2 must be str, not {type(spec).__name__}")
    return check_text(formatted(args[0], None, check_spec(spec), span))


def _text(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    text = check_text(text_of(args[0], span)) if args else ""
    state.meter.count_bytes(getsizeof(text))
    return text


def _represented(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> str:
    text = check_text(shown(args[0], span, repr))
    state.meter.count_bytes(getsizeof(text))
    return text


def _bool(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    return bool(*args)


_RUNS: dict[str, Run] = {
    "abs": _abs,
    "all": of_iterables.every,
    "any": of_iterables.some,
    "bool": _bool,
    "bin": _in_digits(bin),
    "callable": reflection.is_callable,
    "chr": _letter,
    "dict": of_iterables.dict_of,
    "divmod": _divmod,
    "enumerate": of_iterables.numbered,
    "filter": of_iterables.filtered,
    "float": _number(float),
    "format": _format,
    "frozenset": of_iterables.set_of(frozenset),
    "getattr": reflection.attribute,
    "hasattr": reflection.has_attribute,
    "hex": _in_digits(hex),
    "int": _number(int),
    "isinstance": reflection.is_instance,
    "issubclass": reflection.is_subclass,
    "iter": reflection.iterator,
    "len": _length,
    "list": of_iterables.collected(list),
    "map": of_iterables.mapped,
    "max": of_iterables.largest,
    "min": of_iterables.smallest,
    "next": reflection.following,
    "oct": _in_digits(oct),
    "ord": lambda state, span, args, options: ord(args[0]),
    "pow": _pow,
    "print": print_all,
    "range": lambda state, span, args, options: make_range(span, [_plain(one) for one in args]),
    "repr": _represented,
    "reversed": of_iterables.backwards,
    "round": _round,
    "set": of_iterables.set_of(set),
    "setattr": reflection.set_attribute,
    "sorted": of_iterables.in_order,
    "str": _text,
    "sum": _sum,
    "type": reflection.type_of,
    "tuple": of_iterables.collected(tuple),
    "zip": of_iterables.zipped,
}
