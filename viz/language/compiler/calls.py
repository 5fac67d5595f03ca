"""Runs one operation of a program: checks its size, calls torch, and tells the observer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from sys import getsizeof
from types import GeneratorType
from typing import Any

import numpy as np
import torch
from torch import nn

from viz import limits
from viz.frames.plain import Span
from viz.language.runtime.entries import Around, Function
from viz.language.runtime.memory import held
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.program_class import Instance, ProgramClass
from viz.language.runtime.sizes import (
    check_creation,
    check_growth,
    check_list,
    check_number,
    check_power,
    check_shift,
)
from viz.language.runtime.state import State
from viz.language.runtime.user_function import Defined
from viz.language.vocabulary import arrays
from viz.language.vocabulary.builtins import Builtin
from viz.language.vocabulary.kinds import KINDS, describe, kind_of
from viz.language.vocabulary.making.devices import without_device
from viz.text import ended

Tensor = torch.Tensor

#: The operands of arithmetic; None too, because Python itself explains `W * W.grad` if there is no `.grad`.
OPERANDS = frozenset({Tensor, nn.Parameter, int, float, bool, type(None)})
#: Python's own classes of numbers: torch and NumPy take them as dtypes.
_NUMBERS = frozenset({int, float, bool})
#: The types of what no function of torch takes.
OWN = KINDS.own


def invoke(
    state: State,
    span: Span,
    function: Function,
    args: Sequence[Any],
    options: Mapping[str, Any],
    told: bool = False,
) -> Any:
    """The result of a call, as torch returns it; an operation or an effect is reported to the observer.

    `told` says that the observer knows already what the function changes. Refused if the arguments do not fit a
    function of ours: Python's words would name that one.
    """
    try:
        if function.changes is not None and not told and (args or options):
            changed = args[0] if args else next(iter(options.values()))
            with state.observer.changing(changed, function.changes):
                return invoke(state, span, function, args, options, told=True)
        state.span = span
        state.meter.check_time()
        if "dtype" in function.keywords or "device" in options:
            args, options = _places_and_dtypes(args, options)
        operands = _operands(function, span, args, options)
        if function.runs is not None:
            return function.runs(state, span, args, options)
        if function.creates or len(operands) > 1:
            _check_size(function, operands, args, options)
        if function.around is not None:
            return _call_around(state, span, function, function.around, args, options)
        if function.draws:
            with state.draws.turn():
                result = function.call(*args, **options)
        else:
            result = function.call(*args, **options)
        if isinstance(result, Tensor):
            state.meter.count_tensor(result)
            if function.changes != "requires_grad":  # that makes no tensor
                state.observer.operation(span, result, operands)
        elif result is not None:
            _made(state, span, result, operands)
        return result
    except TypeError as error:
        if _is_misfit(function, error):
            said = str(error).partition("() ")[2]
            raise refused(ended(f"`{function.name}` {said or 'does not take these arguments'}"), span) from error
        raise


def _places_and_dtypes(args: Sequence[Any], options: Mapping[str, Any]) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """The same arguments with Python's own classes in place of `float`, `int` and `bool`, and no device."""
    if "device" in options:
        options = without_device(options)
    return [_class(one) for one in args], {name: _class(one) for name, one in options.items()}


def _check_size(
    function: Function, operands: Sequence[Tensor], args: Sequence[Any], options: Mapping[str, Any]
) -> None:
    """Raise LimitReached if the call would make too large a tensor."""
    if function.creates:
        check_creation(function.call, args, options)
    elif function.growth is not None:
        check_growth(function.growth, operands, args, options)


def _call_around(
    state: State, span: Span, function: Function, around: Around, args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """The result of a call that the observer hears of before and after."""
    if options or GeneratorType in map(type, args):
        # `around` reads the arguments too, and a generator can be read once.
        args = [list(one) if type(one) is GeneratorType else one for one in args]
        options = {name: list(one) if type(one) is GeneratorType else one for name, one in options.items()}
    with around(state.observer, span, args, options) as take:
        result = function.call(*args, **options)
        if take is not None:
            state.meter.count_bytes(held(result))
            take(result)
        return result


def _is_misfit(function: Function, error: TypeError) -> bool:
    """Whether Python raised the error because the arguments do not fit the function, which is one of ours."""
    trace = error.__traceback__
    at_call = trace is not None and trace.tb_next is None
    made, name = (getattr(function.call, one, None) or "" for one in ("__module__", "__qualname__"))
    named = function.name.rpartition(".")[2] == name  # then the words are Python's for torch's own function
    return at_call and not isinstance(error, NotHere) and made.startswith("viz.") and not named


def _made(state: State, span: Span, result: Any, operands: list[Tensor]) -> None:
    """Look at something else than a tensor that a call made, and tell of the tensors in it."""
    if isinstance(result, (list, tuple)):
        check_list(result)
        state.meter.count_entries(len(result))
        for one in result:
            if isinstance(one, Tensor):
                state.meter.count_tensor(one)
                state.observer.operation(span, one, operands)
                operands = [] if one.requires_grad else operands  # what led to the first led to the others
    elif isinstance(result, (nn.Module, np.ndarray)):
        state.meter.count_bytes(held((result,)))
    elif not isinstance(result, (int, float)):
        state.meter.count_bytes(getsizeof(result))


def arithmetic(state: State, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a symbol b`, on tensors and numbers."""
    state.span = span
    state.meter.check_time()
    if type(a) not in OPERANDS or type(b) not in OPERANDS:
        if isinstance(type(a), ProgramClass) or isinstance(type(b), ProgramClass):
            return apply(a, b)  # the program says what its operators do
        if arrays.is_array(a) or arrays.is_array(b):
            return _of_arrays(state, span, symbol, apply, a, b)
        wrong = a if type(a) not in OPERANDS else b
        raise refused(f"`{symbol}` works on tensors and numbers here, not on {describe(wrong)}.", span)
    if isinstance(a, Tensor):
        operands: tuple[Tensor, ...] = (a, b) if isinstance(b, Tensor) else (a,)
    elif isinstance(b, Tensor):
        operands = (b,)
    else:
        return _number(span, symbol, apply, a, b)
    if len(operands) == 2 and a.numel() * b.numel() > limits.ELEMENTS and a.shape != b.shape:
        check_growth(apply, operands, operands, {})
    result = apply(a, b)
    if isinstance(result, Tensor):  # `x == None` is not
        state.meter.count_tensor(result)
        state.observer.operation(span, result, operands)
    return result


def _of_arrays(state: State, span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """`a symbol b` where one is NumPy's; a number out of an array goes with a tensor as any number does."""
    if isinstance(a, Tensor) and arrays.is_number(b):
        return arithmetic(state, span, symbol, apply, a, b.item())
    if isinstance(b, Tensor) and arrays.is_number(a):
        return arithmetic(state, span, symbol, apply, a.item(), b)
    result = arrays.calculate(apply, symbol, a, b)
    state.meter.count_bytes(getsizeof(result))
    return result


def _number(span: Span, symbol: str, apply: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    if symbol == "**":
        check_power(a, b)
    elif symbol == "<<":
        check_shift(a, b)
    result = apply(a, b)
    if isinstance(result, complex):
        raise refused("This is a complex number, which is not part of this language; use `abs` of the base.", span)
    check_number(result)
    return result


def _operands(function: Function, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> list[Tensor]:
    """The tensors among the arguments, those in a list of them too, in their order.

    Refused for a function or a library where none is taken, LimitReached for a list that is too large.
    """
    found = []
    owned = False  # whether the owner of a method was among them: it is the first
    for one in (*args, *options.values()) if options else args:
        if isinstance(one, Tensor):
            found.append(one)
        elif type(one) is list or type(one) is tuple:
            check_list(one)
            if set(map(type, one)) <= _NUMBERS:  # of many numbers, one look in C tells
                continue
            found.extend(inner for inner in one if isinstance(inner, Tensor))
            wrong = next((inner for inner in one if is_own(inner)), None)
            if wrong is not None and not (function.callables or function.keeps):
                raise _takes_none(function, wrong, span)
        elif is_own(one) and not (function.callables or function.keeps):
            if owned or not _is_of(function, one):
                raise _takes_none(function, one, span)
            owned = True
    return found


def _class(thing: Any) -> Any:
    """`float` as a dtype is Python's class; any other value is itself."""
    return thing.makes if type(thing) is Builtin and thing.makes in _NUMBERS else thing


def is_own(thing: object) -> bool:
    """Whether only this language knows a value: no function of torch takes it."""
    if type(thing) is type:
        return thing not in _NUMBERS
    return type(thing) in OWN or isinstance(thing, (Instance, ProgramClass))


def _is_of(function: Function, thing: object) -> bool:
    """Whether a function is a method of this thing, or what runs when the thing is called."""
    kind = kind_of(thing)
    return function is kind.call or any(function is one for one in kind.methods.values())


def _takes_none(function: Function, wrong: object, span: Span) -> Exception:
    if type(wrong) is Defined:
        return refused(f"`{function}` takes no function; call it, as in `{wrong}`.", span)
    what = describe(wrong)
    return refused(f"`{function}` {'takes no' if what.startswith('`') else 'does not take'} {what}.", span)
