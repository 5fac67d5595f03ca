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


@plain
class Summary:
    """What is recorded of a tensor that is too large, or of a kind whose numbers are not kept one by one.

    - `kind` says which tensor it is: empty for an ordinary one, else `sparse_coo`, `quantized`, `complex`, `meta`,
      `nested`, `batched` (by `torch.func`) or the name of its class. `device` is as torch prints it. `shape` is
      None if it has none (yet).
    - `minimum`, `maximum`, `mean` and `norm` (the 2-norm) are those of the finite and other numbers together, as
      torch computes them: of a complex tensor's absolute values, of the values that a sparse one stores. They are
      None if the tensor has no numbers, or none that may be read.
    - `zeros`, `nans` and `infs` are shares of the numbers.
    - `histogram` counts the finite ones among some evenly spaced numbers, in bins of equal width from the least of
      those to the largest.
    - `blocks` is a picture of some evenly spaced ones of these numbers, in `rows` rows along the last dimension:
      for each block its number of largest absolute value, as a signed byte from -127 to 127, of which 127 is the
      largest in the picture; -128 if one of the block's numbers is not finite.
    """

    shape: tuple[int, ...] | None
    dtype: str
    device: str
    kind: str = ""
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    norm: float | None = None
    zeros: float = 0.0
    nans: float = 0.0
    infs: float = 0.0
    histogram: tuple[int, ...] = ()
    rows: int = 0
    blocks: bytes = b""


#: A tensor's numbers as `Tensor.tolist()` returns them, a number for 0 dimensions and nested lists otherwise; or a
#: Summary of them.
Value: TypeAlias = "bool | int | float | list[Value] | Summary"


@plain
class Span:
    """A stretch of the source: its text, lines from 1, columns from 0 (in characters), the end exclusive."""

    text: str
    line: int
    column: int
    end_line: int
    end_column: int


@plain
class TracedCall:
    """An entry of a traceback: the line that a function was at, with the line's text, and the function's name.

    `omitted` entries before it are left out.
    """

    file: str
    line: int
    function: str
    text: str
    omitted: int = 0


@plain
class Problem:
    """Why a program stopped: a sentence, a position (as in a Span), and the kind of error.

    `kind` is the exception's name if torch raised it (`"RuntimeError"`), `"Refused"` if the language does not
    allow the code, and `"Limit"` if the program exceeded a limit. `traceback` has the calls in the user's own
    files, the outermost first; it is empty for a program of the language, which has no files.
    """

    message: str
    line: int
    column: int
    kind: str
    traceback: tuple[TracedCall, ...] = ()
