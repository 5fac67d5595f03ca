"""What the other modules are built from: a dataclass, a tensor's numbers, a stretch of the source, an error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def plain(cls: type[_Class]) -> type[_Class]:
    """Make a dataclass that the type checker treats as frozen, but Python does not.

    Constructing a frozen dataclass takes six times as long, and a recording constructs dozens per iteration.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


#: A tensor's numbers as `Tensor.tolist()` returns them: a number for 0 dimensions, nested lists otherwise.
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
    """Why a program stopped: a sentence, a position (as in a Span), and the kind of error.

    `kind` is the exception's name if torch raised it (`"RuntimeError"`), `"Refused"` if the language does not
    allow the code, and `"Limit"` if the program exceeded a limit.
    """

    message: str
    line: int
    column: int
    kind: str
