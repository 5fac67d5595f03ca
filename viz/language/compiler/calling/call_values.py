"""Calls what a variable holds: a function of the program, a class, a layer, a function under another name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from viz.frames.plain import Span
from viz.language.compiler.calls import invoke
from viz.language.compiler.python_calls import call_builtin
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import Instance, ModuleInstance, ProgramClass
from viz.language.runtime.state import State
from viz.language.vocabulary.builtins import Builtin, builtin_of
from viz.language.vocabulary.classes.exceptions import EXCEPTIONS
from viz.language.vocabulary.kinds import describe, kind_of
from viz.language.vocabulary.standard.named_tuples import NamedTupleClass

#: What calls code of the program when it is called, as Python does.
_OF_THE_PROGRAM = (Callback, ProgramClass, NamedTupleClass, Instance, ModuleInstance)
_RAISED = frozenset(EXCEPTIONS.values())
#: What a mathematician writes before a parenthesis to multiply.
_FACTORS = (int, float, torch.Tensor, np.ndarray)


def call_value(state: State, span: Span, thing: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """`thing(…)`; raises Refused for what cannot be called, or not like this."""
    if isinstance(thing, _OF_THE_PROGRAM):
        state.span = span
        call: Any = thing
        return call(*args, **options)
    if isinstance(thing, type):
        return _of_class(state, span, thing, args, options)
    if isinstance(thing, Builtin):
        return _builtin(state, span, thing, args, options)
    function, given = (thing, args) if isinstance(thing, Function) else (kind_of(thing).call, [thing, *args])
    if function is None:
        what = describe(thing)
        way = "to multiply, write `*`" if isinstance(thing, _FACTORS) else "write it without the parentheses"
        raise refused(f"{what[0].upper()}{what[1:]} cannot be called here; {way}.", span)
    misuse = function.misuse(len(args), list(options), bound=len(given) - len(args))
    if misuse is not None:
        raise refused(misuse, span)
    return invoke(state, span, function, given, options)


def _of_class(state: State, span: Span, thing: type, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    if thing in _RAISED:
        state.span = span
        return thing(*args, **options)
    found = builtin_of(thing)
    if found is None:
        raise refused(f"`{thing.__name__}` cannot be called here; write it without the parentheses.", span)
    return _builtin(state, span, found, args, options)


def _builtin(state: State, span: Span, thing: Builtin, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    misuse = thing.misuse(len(args), list(options))
    if misuse is not None:
        raise refused(misuse, span)
    return call_builtin(state, span, thing, args, options)
