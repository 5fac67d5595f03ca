"""What the plain data is made of: its dataclass, a tensor's numbers, a stretch of the source, an error in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def plain(cls: type[_Class]) -> type[_Class]:
    """A dataclass that is read-only for the type checker, and not while it runs.

    Python's own frozen dataclasses take six times as long to make, and a recording makes dozens an iteration.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


#: A tensor's numbers as `Tensor.tolist()` gives them: a number for 0 dimensions, nested lists otherwise.
Value: TypeAlias = "bool | int | float | list[Value]"


@plain
class Span:
    """A stretch of the source: its text, lines from 1, columns from 0 (in characters), the end exclusive."""

    text: str
    line: int
    column: int
    end_line: int
    end_column: int


@plain
class Problem:
    """Why a program stopped: one sentence, where (as in a Span), and whether torch or the language said so.

    `kind` is the exception's name for what torch raised (`"RuntimeError"`), `"Refused"` for what the language
    does not allow and `"Limit"` for a limit that was met.
    """

    message: str
    line: int
    column: int
    kind: str
