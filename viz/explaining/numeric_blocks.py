"""The numbers of a gradient's way through a Node: element by element, as matrices, or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import torch

from viz.explaining.blocks import Block, Math, Table, Text
from viz.explaining.edge_gradient import Way
from viz.explaining.formulas import plain
from viz.explaining.tex import number_of
from viz.rules import Shown, all_arrived, arrived
from viz.rules.apply import Named
from viz.rules.functions import PRODUCT
from viz.writing.numbers import number

#: Elements up to which each is written out.
MOST_WRITTEN = 6
#: Rows of a table; what is left is counted.
MOST_ROWS = 24
#: Characters of LaTeX up to which a local derivative is written with its numbers: longer ones fit on no line.
_LONGEST = 110


def in_numbers(way: Way) -> tuple[Block, ...]:
    """What arrived, the rule, and what left, with the numbers of a Node that backward has visited."""
    if way.rule.is_local(way.slot):
        return _one_by_one(way)
    return _as_a_whole(way)


def broadcast_undone(way: Way) -> tuple[Block, ...]:
    """The sums that take what left back to the argument's shape; empty where nothing was broadcast."""
    axes = way.axes
    if not axes:
        return ()
    before, sent = way.product, way.sent
    lines = _moved(before, axes)
    totals = sent.flatten().tolist()
    if len(totals) <= MOST_WRITTEN and lines.shape[-1] <= MOST_WRITTEN:
        parts = [addition(terms, total) for terms, total in zip(lines.tolist(), totals, strict=True)]
        return (written(parts, way.agreement.sign),)
    rows = [
        (place, "sum of " + str(lines.shape[-1]) + " numbers", number(total))
        for place, total in zip(places(sent.shape), totals, strict=True)
    ]
    return table(("element", "from", "left"), rows)


def addition(terms: Sequence[float], total: float) -> tuple[str, str]:
    """Both sides of `3 + 5 = 8` in LaTeX."""
    first, *others = (number_of(one) for one in terms)
    return " + ".join([first.latex, *(one.within(PRODUCT) for one in others)]), number_of(total).latex


def written(lines: Sequence[Sequence[str]], sign: str = "=") -> Math:
    """A few equations, one below the other; each is given by its sides, the last of which follows `sign`."""
    columns = "r" + "cl" * (max(len(sides) for sides in lines) - 1)
    rows = r" \\ ".join(f"{' & = & '.join(sides[:-1])} & {sign} & {sides[-1]}" for sides in lines)
    return Math(rf"\begin{{array}}{{{columns}}} {rows} \end{{array}}")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[Block, ...]:
    """A table of the first rows, and how many there are besides."""
    shown: tuple[Block, ...] = (Table(head, tuple(rows[:MOST_ROWS])),)
    more = len(rows) - MOST_ROWS
    return shown if more <= 0 else (*shown, Text(f"… and {more} more, {len(rows)} in all."))


def places(shape: Sequence[int]) -> Iterator[str]:
    """The place of each element in row-major order: `[0, 2]`; of a tensor without dimensions, its only one."""
    for place in product(*(range(size) for size in shape)):
        yield f"[{', '.join(str(one) for one in place)}]"


def matrix(value: torch.Tensor) -> str:
    """A tensor of up to two dimensions in LaTeX; a vector stands in one row, as torch prints it."""
    if not value.dim():
        return number_of(float(value)).latex
    rows = [value.tolist()] if value.dim() == 1 else value.tolist()
    inside = r" \\ ".join(" & ".join(number_of(float(one)).latex for one in row) for row in rows)
    return rf"{{\begin{{bmatrix}} {inside} \end{{bmatrix}}}}"


def _one_by_one(way: Way) -> tuple[Block, ...]:
    """`arrived · local derivative = what left`, for each element."""
    after = way.product if way.axes else way.sent
    came, derivative = (one.expand(after.shape).flatten().tolist() for one in (arrived(way.node), way.derivative))
    left = after.flatten().tolist()
    if len(left) > MOST_WRITTEN:
        rows = [
            (place, *(number(one) for one in numbers))
            for place, *numbers in zip(places(after.shape), came, derivative, left, strict=True)
        ]
        return table(("element", "arrived", "local derivative", "left"), rows)
    formula = way.rule.formula(way.slot)
    divided = way.divided.expand(after.shape).flatten().tolist()
    elements = zip(_elements(way, after.shape), came, derivative, left, divided, strict=True)
    lines = []
    for names, one, slope, result, at_once in elements:
        local, factor = formula.latex(names), number_of(one)
        steps = []
        if len(local.latex) <= _LONGEST:
            # In a cell of an array a fraction would be set small.
            large = local.within(PRODUCT).replace(r"\frac", r"\dfrac")
            steps.append(rf"{factor.latex} \cdot {large}")
        if not local.folds and not at_once and local.latex != number_of(slope).latex:
            steps.append(rf"{factor.latex} \cdot {number_of(slope).within(PRODUCT)}")
        lines.append([*steps, number_of(result).latex])
    return (written(lines, "=" if way.axes else way.agreement.sign),)


def _elements(way: Way, shape: torch.Size) -> Iterator[dict[str, Shown]]:
    """What stands for each name in the formula of each element: the number there."""
    names = Named(way.facts, way.rule)
    fixed: dict[str, Shown] = {}
    spread: dict[str, list[float | bool]] = {}
    for name in way.rule.formula(way.slot).names:
        value = names[name]
        if isinstance(value, torch.Tensor):
            spread[name] = value.expand(shape).flatten().tolist()
        else:
            fixed[name] = plain(value)
    for place in range(shape.numel()):
        yield fixed | {name: _element(values[place]) for name, values in spread.items()}


def _element(value: float | bool) -> Shown:
    if isinstance(value, bool):
        return Shown(rf"\mathrm{{{value}}}", value=value, known=True)
    return number_of(value)


def _as_a_whole(way: Way) -> tuple[Block, ...]:
    """The formula with matrices in it where they are small, a table where not."""
    left = way.product if way.axes else way.sent
    names = Named(way.facts, way.rule)
    formula = way.rule.formula(way.slot)
    shown = {}
    for name in formula.names:
        value = names[name]
        tensors = value if _is_tensors(value) else [value] if isinstance(value, torch.Tensor) else []
        if any(one.numel() > MOST_WRITTEN or one.dim() > 2 for one in tensors):
            break
        if isinstance(value, torch.Tensor):
            latex = Shown(matrix(value)) if value.dim() else number_of(float(value))
            shown[name] = Shown(latex.latex, latex.holds, value, known=True)
        elif tensors:
            shown[name] = Shown(rf"\left( {', '.join(matrix(one) for one in tensors)} \right)")
        else:
            shown[name] = plain(value)
    else:
        if left.numel() <= MOST_WRITTEN and left.dim() <= 2:
            sign = "=" if way.axes else way.agreement.sign
            return (Math(f"{formula.latex(shown).latex} {sign} {matrix(left)}"),)
    came = all_arrived(way.node)
    if len(came) == 1 and came[0].shape == left.shape:
        rows = [
            (place, number(one), number(other))
            for place, one, other in zip(
                places(left.shape), came[0].flatten().tolist(), left.flatten().tolist(), strict=True
            )
        ]
        return table(("element", "arrived", "left"), rows)
    blocks: list[Block] = []
    for output, one in enumerate(came):
        if way.node.received[output] is None:
            continue
        where = "" if len(came) == 1 else f" at result {output}"
        blocks += (
            Text(f"What arrived{where}, shape {list(one.shape)}:"),
            *table(("element", "arrived"), _column(one)),
        )
    return (*blocks, Text(f"What left, shape {list(left.shape)}:"), *table(("element", "left"), _column(left)))


def _is_tensors(value: Any) -> bool:
    """Whether a formula's name stands for several tensors: the gradients of each result."""
    return isinstance(value, list) and all(isinstance(one, torch.Tensor) for one in value)


def _column(value: torch.Tensor) -> list[tuple[str, ...]]:
    return [(place, number(one)) for place, one in zip(places(value.shape), value.flatten().tolist(), strict=True)]


def _moved(value: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """The elements in lines: one for each sum over `axes`, with its terms."""
    kept = [axis for axis in range(value.dim()) if axis not in axes]
    terms = 1
    for axis in axes:
        terms *= value.shape[axis]
    return value.permute([*kept, *axes]).reshape(-1, terms)
