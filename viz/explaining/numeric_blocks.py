"""Blocks that show a rule with numbers: element by element, as matrices, or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import torch

from viz.explaining.blocks import Block, Math, Table, Text
from viz.explaining.edge_gradient import EdgeGradient
from viz.explaining.formulas import plain
from viz.explaining.tex import number_of
from viz.rules import Shown, all_arrived, arrived
from viz.rules.apply import Named
from viz.rules.latex import PRODUCT
from viz.writing.numbers import number

#: Up to this number of elements, each gets an equation.
MOST_WRITTEN = 6
#: The most rows of a table; further rows are counted.
MOST_ROWS = 24
#: A local derivative is written with numbers up to this many characters of LaTeX; a longer one fits on no line.
_LONGEST = 110


def in_numbers(edge: EdgeGradient) -> tuple[Block, ...]:
    """The received gradient, the rule and the sent gradient in numbers, for a Node that backward has visited."""
    if edge.rule.is_local(edge.slot):
        return _one_by_one(edge)
    return _as_a_whole(edge)


def broadcast_undone(edge: EdgeGradient) -> tuple[Block, ...]:
    """The sums that reduce the gradient to the argument's shape; empty if nothing was broadcast."""
    axes = edge.axes
    if not axes:
        return ()
    before, sent = edge.product, edge.sent
    lines = _sum_terms(before, axes)
    totals = sent.flatten().tolist()
    if len(totals) <= MOST_WRITTEN and lines.shape[-1] <= MOST_WRITTEN:
        parts = [addition(terms, total) for terms, total in zip(lines.tolist(), totals, strict=True)]
        return (written(parts, edge.agreement.sign),)
    rows = [
        (place, "sum of " + str(lines.shape[-1]) + " numbers", number(total))
        for place, total in zip(places(sent.shape), totals, strict=True)
    ]
    return table(("element", "from", "sent"), rows)


def addition(terms: Sequence[float], total: float) -> tuple[str, str]:
    """Both sides of `3 + 5 = 8` in LaTeX."""
    first, *others = (number_of(one) for one in terms)
    return " + ".join([first.latex, *(one.within(PRODUCT) for one in others)]), number_of(total).latex


def written(lines: Sequence[Sequence[str]], sign: str = "=") -> Math:
    """A few equations, one per line; each line is a list of sides, and `sign` precedes the last one."""
    columns = "r" + "cl" * (max(len(sides) for sides in lines) - 1)
    rows = r" \\ ".join(f"{' & = & '.join(sides[:-1])} & {sign} & {sides[-1]}" for sides in lines)
    return Math(rf"\begin{{array}}{{{columns}}} {rows} \end{{array}}")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> tuple[Block, ...]:
    """A table of the first rows, and the number of rows that were left out."""
    shown: tuple[Block, ...] = (Table(head, tuple(rows[:MOST_ROWS])),)
    more = len(rows) - MOST_ROWS
    return shown if more <= 0 else (*shown, Text(f"{more} more rows are not shown."))


def places(shape: Sequence[int]) -> Iterator[str]:
    """The index of each element in row-major order, such as `[0, 2]`; `[]` for a tensor without dimensions."""
    for place in product(*(range(size) for size in shape)):
        yield f"[{', '.join(str(one) for one in place)}]"


def matrix(value: torch.Tensor) -> str:
    """A tensor of up to two dimensions in LaTeX; a vector is one row, as torch prints it."""
    if not value.dim():
        return number_of(float(value)).latex
    rows = [value.tolist()] if value.dim() == 1 else value.tolist()
    inside = r" \\ ".join(" & ".join(number_of(float(one)).latex for one in row) for row in rows)
    return rf"{{\begin{{bmatrix}} {inside} \end{{bmatrix}}}}"


def _one_by_one(edge: EdgeGradient) -> tuple[Block, ...]:
    """`received · local derivative = sent`, for each element."""
    after = edge.product if edge.axes else edge.sent
    received, derivative = (
        one.expand(after.shape).flatten().tolist() for one in (arrived(edge.node), edge.derivative)
    )
    sent = after.flatten().tolist()
    if len(sent) > MOST_WRITTEN:
        rows = [
            (place, *(number(one) for one in numbers))
            for place, *numbers in zip(places(after.shape), received, derivative, sent, strict=True)
        ]
        return table(("element", "received", "local derivative", "sent"), rows)
    formula = edge.rule.formula(edge.slot)
    divided = edge.divided.expand(after.shape).flatten().tolist()
    elements = zip(_elements(edge, after.shape), received, derivative, sent, divided, strict=True)
    lines = []
    for names, one, slope, result, at_once in elements:
        local, factor = formula.latex(names), number_of(one)
        steps = []
        if len(local.latex) <= _LONGEST:
            # LaTeX sets a fraction in an array small.
            large = local.within(PRODUCT).replace(r"\frac", r"\dfrac")
            steps.append(rf"{factor.latex} \cdot {large}")
        if not local.folds and not at_once and local.latex != number_of(slope).latex:
            steps.append(rf"{factor.latex} \cdot {number_of(slope).within(PRODUCT)}")
        lines.append([*steps, number_of(result).latex])
    return (written(lines, "=" if edge.axes else edge.agreement.sign),)


def _elements(edge: EdgeGradient, shape: torch.Size) -> Iterator[dict[str, Shown]]:
    """For each element, the number of each name in the formula."""
    names = Named(edge.facts, edge.rule)
    fixed: dict[str, Shown] = {}
    spread: dict[str, list[float | bool]] = {}
    for name in edge.rule.formula(edge.slot).names:
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


def _as_a_whole(edge: EdgeGradient) -> tuple[Block, ...]:
    """The formula with its matrices if they are small, otherwise a table."""
    sent = edge.product if edge.axes else edge.sent
    names = Named(edge.facts, edge.rule)
    formula = edge.rule.formula(edge.slot)
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
        if sent.numel() <= MOST_WRITTEN and sent.dim() <= 2:
            sign = "=" if edge.axes else edge.agreement.sign
            return (Math(f"{formula.latex(shown).latex} {sign} {matrix(sent)}"),)
    received = all_arrived(edge.node)
    if len(received) == 1 and received[0].shape == sent.shape:
        rows = [
            (place, number(one), number(other))
            for place, one, other in zip(
                places(sent.shape), received[0].flatten().tolist(), sent.flatten().tolist(), strict=True
            )
        ]
        return table(("element", "received", "sent"), rows)
    blocks: list[Block] = []
    for output, one in enumerate(received):
        if edge.node.received[output] is None:
            continue
        where = "" if len(received) == 1 else f" for output {output}"
        blocks += (
            Text(f"Received{where}, shape {list(one.shape)}:"),
            *table(("element", "received"), _column(one)),
        )
    return (*blocks, Text(f"Sent, shape {list(sent.shape)}:"), *table(("element", "sent"), _column(sent)))


def _is_tensors(value: Any) -> bool:
    """Whether a formula's name represents several tensors: the gradients of each result."""
    return isinstance(value, list) and all(isinstance(one, torch.Tensor) for one in value)


def _column(value: torch.Tensor) -> list[tuple[str, ...]]:
    return [(place, number(one)) for place, one in zip(places(value.shape), value.flatten().tolist(), strict=True)]


def _sum_terms(value: torch.Tensor, axes: tuple[int, ...]) -> torch.Tensor:
    """A matrix with one row for each sum over `axes`: the terms of that sum."""
    kept = [axis for axis in range(value.dim()) if axis not in axes]
    terms = 1
    for axis in axes:
        terms *= value.shape[axis]
    return value.permute([*kept, *axes]).reshape(-1, terms)
