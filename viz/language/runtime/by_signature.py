"""Entries made of functions of ours: the signature says which arguments a program may pass."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.state import State
from viz.text import ended

#: As many arguments as anyone writes.
_MANY = 1_000
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def by_signature(name: str, call: Callable[..., Any], **marks: Any) -> Function:
    """The entry for `call(state, span, …)`, whose other arguments are those of the program's call.

    `marks` are further fields of the entry.
    """
    parameters = list(inspect.signature(call).parameters.values())[2:]
    kinds = [one.kind for one in parameters]
    positional = _MANY if inspect.Parameter.VAR_POSITIONAL in kinds else sum(one in _POSITIONAL for one in kinds)
    keywords = frozenset(one.name for one in parameters if one.kind in _NAMED)

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        try:
            return call(state, span, *args, **options)
        except TypeError as error:
            trace = error.__traceback__
            if isinstance(error, NotHere) or trace is None or trace.tb_next is not None:
                raise
            raise refused(ended(f"`{name}` {str(error).partition('() ')[2]}"), span) from error

    every_name = inspect.Parameter.VAR_KEYWORD in kinds
    return Function(name, call, positional, keywords, runs=run, every_name=every_name, keeps=True, **marks)
