"""Explains an optimizer's step: the update rule of this optimizer, line by line, with the numbers of the step."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, isnan
from typing import Any

from viz import catalog
from viz.explaining.agreement import agreement
from viz.explaining.blocks import Block, Math, Section, Table, Text
from viz.explaining.lbfgs import moves
from viz.explaining.optimizer_rules import RULES
from viz.explaining.rule_application import Turn, bounded, turns, unread
from viz.explaining.rule_lines import UpdateRule
from viz.explaining.tex import given_number, number_of, symbol, upright
from viz.frames.events import Stepped, Update
from viz.frames.frame import Frame
from viz.frames.plain import Value
from viz.rules.apply import tensor_of
from viz.rules.formula import Shown
from viz.writing.numbers import flat, number

#: The options of every optimizer: their numbers are shown as they were given.
_GIVEN = frozenset(argument.name for entry in catalog.ALL_OPTIMIZERS for argument in entry.arguments) | {
    "a", "b", "c", "beta1", "beta2", "etaminus", "etaplus", "step_size_min", "step_size_max", "eps2", "ns_steps",
}  # fmt: skip
#: Rows of a table; of a larger parameter the first ones are shown.
MOST_ROWS = 24

#: Up to this relative difference two numbers are shown alike, but for the last digit.
_SHOWN_ALIKE = 1e-4


def explain_step(frame: Frame, parameter: str) -> list[Section]:
    """What the step of this frame did to `parameter`: the rule with its numbers, up to the value that torch made.

    ValueError where the frame is no step, or the optimizer has no such parameter.
    """
    step = frame.event
    if not isinstance(step, Stepped):
        raise ValueError("this statement is no optimizer's step")
    update = next((one for one in step.updates if one.name == parameter), None)
    if update is None:
        raise ValueError("the optimizer has no parameter of this name")
    heading = f"{step.optimizer}: the step of {parameter}"
    entry = catalog.find(catalog.ALL_OPTIMIZERS, step.optimizer)
    about = (Text(entry.sentence),) if entry is not None else ()
    if not any(one.grad is not None for one in step.updates if one is update or one.name in update.shares):
        return [Section(heading, (Text(f"{parameter}.grad is None, so the optimizer passes {parameter} over."),))]
    if not flat(update.before):
        return [Section(heading, (Text(f"{parameter} has no elements, so there is nothing to change."),))]
    if step.optimizer == "LBFGS":
        return [Section(heading, (*about, *moves(step, update))), _result(update, None, frame)]
    rule = RULES.get(step.optimizer)
    why = _without_rule(rule, step, update)
    if rule is None or why is not None:
        return [Section(heading, (Text(f"{why}; this is what torch made."),)), _result(update, None, frame)]
    moved = turns(rule, step, update)
    if len(moved) == 1:
        sections = [Section(heading, (*about, *_lines(moved[0])))]
        elements = _elements(moved[0], update)
        return [*sections, *([elements] if elements else []), _result(update, moved, frame)]
    sections = [Section(heading, (*about, Text(_several(update, len(moved)))))]
    for number_, turn in enumerate(moved, 1):
        name = turn.update.name
        sections.append(
            Section(f"{step.optimizer}: step {number_} of {len(moved)}, of {name}", tuple(_lines(turn)))
        )
        elements = _elements(turn, None)
        sections += [elements] if elements else []
    return [*sections, _result(update, moved, frame)]


def _without_rule(rule: UpdateRule | None, step: Stepped, update: Update) -> str | None:
    """Why a step is not explained line by line; None where it is."""
    if rule is None:
        return "There is no rule for it here"
    name = unread(step, update)
    if name is not None:
        return f"The option {name} is not given in numbers"
    if update.shares and not update.whole:
        return (
            f"{update.name} has memory in common with {' and '.join(update.shares)}, and a step of one moves both"
        )
    return None


def _several(update: Update, count: int) -> str:
    """Why one step of the optimizer moves a parameter several times."""
    if update.shares:
        names = " and ".join([update.name, *update.shares])
        return f"{names} are the same memory, which torch moves {count} times, each from where the last one ended."
    name = update.name
    return f"{name} is in the optimizer {count} times: torch moves it each time, from where the last move ended."


def _lines(turn: Turn) -> Iterator[Block]:
    """Each line: what it is for, its formula, and the same with the numbers of the first element."""
    parameter, before, dtype = turn.update.name, turn.update.before, turn.update.dtype
    names = {"param": Shown(upright(parameter)), "grad": Shown(upright(f"{parameter}.grad"))}
    if len(flat(before)) > 1:
        first = _places(before)[0]
        yield Text(f"The formulas go element by element. The numbers are those of {parameter}{first}.")
    for one in turn.lines:
        symbols = {name: names.get(name) or symbol(name) for name in one.formula.names}
        left = (names.get(one.line.name) or symbol(one.line.name)).latex
        if one.line.says:
            yield Text(one.line.says)
        yield Math(rf"{left} \leftarrow {one.formula.latex(symbols).latex}")
        result = _number(one.line.name, one.exact).latex
        kept = _number(one.line.name, one.value).latex
        rounds = kept != result and not _alike(_first(one.exact), _first(one.value))
        ends = rf"{result} \to {kept}" if rounds else result
        if one.formula.pointwise and one.formula.text not in one.formula.names:
            shown = {name: _number(name, one.before[name]) for name in one.formula.names}
            yield Math(rf"{left} \leftarrow {one.formula.latex(shown).latex} = {ends}")
        else:
            yield Math(rf"{left} \leftarrow {ends}")
        if rounds:
            nearest = number(_first(one.value))
            yield Text(f"{dtype} has no such number; torch goes on with the nearest that it has, {nearest}.")


def _alike(one: float, other: float) -> bool:
    """Whether two numbers are the same but for the last digit that is shown."""
    return one == other or (isnan(one) and isnan(other)) or isclose(one, other, rel_tol=_SHOWN_ALIKE)


def _number(name: str, value: Any) -> Shown:
    """What stands for a quantity in the line with the numbers: of a tensor the first element."""
    only = _first(value)
    return given_number(only) if name == "step" or name in _GIVEN or only.is_integer() else number_of(only)


def _first(value: Any) -> float:
    return float(value.flatten()[0])


def _elements(turn: Turn, update: Update | None) -> Section | None:
    """A table with a row for each element and a column for each quantity that differs between them.

    The last column is what torch made, where this is the only turn, of `update`.
    """
    parameter, begins = turn.update.name, turn.begins
    places = _places(turn.update.before)
    if len(places) < 2:
        return None
    shape = begins.shape
    columns = {f"{parameter} before": begins, f"{parameter}.grad": turn.lines[0].before["grad"]}
    for one in turn.lines:
        if one.line.name != "param" and one.value.numel() > 1:
            columns[one.line.name] = one.value  # of a name with several lines the last
    columns[parameter] = turn.ends if update is None else tensor_of(update.after)
    texts = [[number(each) for each in value.expand(shape).flatten().tolist()] for value in columns.values()]
    rows = [(f"{parameter}{place}", *each) for place, *each in zip(places, *texts, strict=True)]
    blocks: list[Block] = [Table(("", *columns), tuple(rows[:MOST_ROWS]))]
    if len(rows) > MOST_ROWS:
        blocks.append(Text(f"These are the first {MOST_ROWS} of {len(rows)} elements."))
    return Section("Every element", tuple(blocks))


def _places(value: Value, before: str = "") -> list[str]:
    """The index of each element, in row-major order: `[0, 1]`; empty for a number alone."""
    if not isinstance(value, list):
        return [f"[{before}]" if before else ""]
    inner = f"{before}, " if before else ""
    return [place for at, one in enumerate(value) for place in _places(one, f"{inner}{at}")]


def _result(update: Update, moved: list[Turn] | None, frame: Frame) -> Section:
    """What torch made: the new value and the change, and how far the lines above come from it."""
    first = f"{update.name}{_places(update.before)[0]}"
    was, new = flat(update.before)[0], flat(update.after)[0]
    change = number_of(new - was if update.change is None else flat(update.change)[0])
    total = f"{number_of(was).latex} {'' if change.latex.startswith('-') else '+ '}{change.latex}"
    blocks: list[Block] = [
        Math(rf"{upright(first)} \leftarrow {total} = {number_of(new).latex}"),
        Text(f"This is the new value that torch produced, in {update.dtype}."),
    ]
    if moved is not None and (why := _difference(moved, update)):
        blocks.append(Text(why))
    return Section("The new value", tuple(blocks))


def _difference(moved: list[Turn], update: Update) -> str:
    """Why torch's numbers are others than the lines come to; empty where they are not."""
    found = agreement(lambda range_: bounded(moved, range_), tensor_of(update.after))
    if not found.holds:
        return f"The lines do not come to what torch made: {found.places('they give')}."
    ends = moved[-1].ends.flatten().tolist()
    for place, one, other in zip(_places(update.before), ends, flat(update.after), strict=True):
        if not _alike(one, other):
            given, torchs = f"{number(one)} for {update.name}{place}", number(other)
            return (
                f"The lines are rounded to {update.dtype} once each and give {given}; torch rounds after every "
                f"operation and has {torchs}."
            )
    return ""
