"""Tape -> CSV: a row for each iteration, with torch's exact numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from viz.frames.events import Backward
from viz.frames.frame import Frame, Variable
from viz.frames.plain import Summary, Value
from viz.frames.tape import Taped

#: A column: its kind, its name, and the index of its element (empty for a tensor without dimensions).
_Column = tuple[str, str, tuple[int, ...]]

#: The kinds of columns from left to right, and their headings.
_HEADS = {"value": "{0}{1}", "grad": "{0}.grad{1}", "loss": "{0}{1}", "after": "{0}{1} after"}


def csv_of(tape: Taped) -> str:
    """Return the whole recorded iterations as CSV with a header, a row each; lines end in a line feed.

    The columns: `iteration`; each element of each parameter at the beginning of the iteration (`W[0]`, `M[1,2]`,
    `s` for a tensor without dimensions); each element of its `.grad` after the iteration's last backward; `loss`,
    which that backward was called on; and each element of each parameter after the iteration. A cell is the
    number's `repr`, which reads back to the same float, with Python's `inf`, `-inf` and `nan`. It is empty if
    there is no number: for a `.grad` that is None, and for an iteration without a backward.
    """
    names = _parameters(tape)
    rows = [_row(tape, number, names) for number in range(tape.recorded)]
    found = dict.fromkeys(column for row in rows for column in row)
    kinds = list(_HEADS)
    columns = sorted(found, key=lambda column: kinds.index(column[0]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["iteration", *map(_head, columns)])
    for number, row in enumerate(rows):
        writer.writerow([number, *(row.get(column, "") for column in columns)])
    return text.getvalue()


def _parameters(tape: Taped) -> list[str]:
    """Return the names of leaves that require grad at any moment up to the end of the first iteration."""
    first = tape.iteration(0) if tape.recorded else ()
    held = dict.fromkeys(
        name for frame in (*tape.setup[-1:], *first) for name, one in frame.variables.items() if _is_parameter(one)
    )
    return list(held)


def _is_parameter(variable: Variable) -> bool:
    return variable.kind == "tensor" and variable.requires_grad and variable.is_leaf


def _row(tape: Taped, number: int, names: Sequence[str]) -> dict[_Column, str]:
    """Return the cells of an iteration that are not empty."""
    frames = tape.iteration(number)
    before = [tape.remains(number - 1)[-1]] if number else tape.setup[-1:]
    backward = next((frame for frame in reversed(frames) if isinstance(frame.event, Backward)), None)
    cells: dict[_Column, str] = {}
    for name in names:
        began = next((frame.variables[name] for frame in (*before, *frames) if name in frame.variables), None)
        ended = frames[-1].variables.get(name)
        graded = (backward or frames[-1]).variables.get(name)
        cells |= _cells("value", name, began.value if began else None)
        cells |= _cells("grad", name, graded.grad if graded else None)
        cells |= _cells("after", name, ended.value if ended else None)
    return cells | _cells("loss", "loss", _root(backward) if backward else None)


def _root(frame: Frame) -> Value | None:
    """Return the value that the backward of a frame was called on; None if it had several roots."""
    if not isinstance(frame.event, Backward) or frame.event.others:
        return None
    return frame.graph.nodes[frame.event.root].value


def _cells(kind: str, name: str, value: Value | None) -> dict[_Column, str]:
    return {} if value is None else {(kind, name, index): repr(one) for index, one in _elements(value)}


def _elements(value: Value, index: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], bool | int | float]]:
    """Yield each element of a tensor with its index, in row-major order; none of a Summary."""
    if isinstance(value, list):
        for position, part in enumerate(value):
            yield from _elements(part, (*index, position))
    elif not isinstance(value, Summary):
        yield index, value


def _head(column: _Column) -> str:
    kind, name, index = column
    element = f"[{','.join(map(str, index))}]" if index else ""
    return _HEADS[kind].format(name, element)
