"""The exceptions of Python that a program may raise, and handle."""

from __future__ import annotations

from typing import Any

from viz.language.runtime.entries import Attribute
from viz.language.runtime.kinds import Kind, plain_text

#: The classes of exceptions by their names. None of them is one of this language's own.
EXCEPTIONS: dict[str, type[Exception]] = {
    one.__name__: one
    for one in (
        ArithmeticError,
        AssertionError,
        AttributeError,
        Exception,
        FloatingPointError,
        ImportError,
        IndexError,
        KeyError,
        LookupError,
        ModuleNotFoundError,
        NameError,
        NotImplementedError,
        OverflowError,
        RuntimeError,
        StopIteration,
        TypeError,
        UnboundLocalError,
        UserWarning,
        ValueError,
        Warning,
        ZeroDivisionError,
    )
}

_EXCEPTION = Kind(
    says=lambda error: f"a {type(error).__name__}",
    inside=lambda error: error.args,
    attributes={"args": Attribute("args", lambda error: error.args)},
    text=plain_text,
    own=True,
    derived=True,
)

KINDS: dict[type[Any], Kind] = dict.fromkeys(EXCEPTIONS.values(), _EXCEPTION)
