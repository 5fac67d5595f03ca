"""Explains an optimizer's step: each line of its update rule, with the numbers of the step."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, isnan
from typing import Any

from viz import catalog
from viz.explaining.agreement import agreement
from viz.explaining.blocks import SUMMED_UP, Block, Math, Section, Table, Text
from viz.explaining.lbfgs import moves
from viz.explaining.optimizer_rules import RULES
from viz.explaining.rule_application import Application, applications, bounded, unread
from viz.explaining.rule_lines import UpdateRule
from viz.explaining.tex import given_number, number_of, symbol, upright
from viz.frames.events import Stepped, Update
from viz.frames.frame import Frame
from viz.frames.plain import Summary, Value
from viz.rules.apply import tensor_of
from viz.rules.formula import Shown
from viz.writing.numbers import brief, flat, number
from viz.writing.words import times

#: The options of every optimizer. Their numbers are shown with the digits that the program gave them.
_GIVEN = frozenset(argument.name for entry in catalog.ALL_OPTIMIZERS for argument in entry.arguments) | {
    "a", "b", "c", "beta1", "beta2", "etaminus", "etaplus", "step_size_min", "step_size_max", "eps2", "ns_steps",
}  # fmt: skip
#: The most rows of a table; of a larger parameter, the first elements are shown.
MOST_ROWS = 24

#: Numbers with a relative difference up to this are shown alike, except perhaps for the last digit.
_SHOWN_ALIKE = 1e-4


def explain_step(frame: Frame, parameter: str) -> list[Section]:
    """Explain what the optimizer's step in this frame did to `parameter`.

    Raises ValueError if the frame is not a step, or the optimizer has no such parameter.
    """
    step = frame.event
    if not isinstance(step, Stepped):
        raise ValueError("this statement is not an optimizer's step")
    update = next((one for one in step.updates if one.name == parameter), None)
    if update is None:
        raise ValueError("the optimizer has no parameter of this name")
    heading = f"{step.optimizer}: the step of {parameter}"
    entry = catalog.find(catalog.ALL_OPTIMIZERS, step.optimizer)
    about = (Text(entry.sentence),) if entry is not None else ()
    if not any(one.grad is not None for one in step.updates if one is update or one.name in update.shares):
        return [Section(heading, (Text(f"{parameter}.grad is None, so the optimizer skips {parameter}."),))]
    if isinstance(update.before, Summary):
        said = f"{parameter} went from {brief(update.before)} to {brief(update.after)}."
        return [Section(heading, (*about, Text(f"{said} {SUMMED_UP}")))]
    if not flat(update.before):
        return [Section(heading, (Text(f"{parameter} has no elements, so the step changes nothing."),))]
    if step.optimizer == "LBFGS":
        return [Section(heading, (*about, *moves(step, update))), _result(update, None, frame)]
    rule = RULES.get(step.optimizer)
    why = _without_rule(rule, step, update)
    if rule is None or why is not None:
        return [Section(heading, (Text(f"{why}, so no formulas are shown."),)), _result(update, None, frame)]
    moved = applications(rule, step, update)
    if len(moved) == 1:
        sections = [Section(heading, (*about, *_lines(moved[0])))]
        elements = _elements(moved[0], update)
        return [*sections, *([elements] if elements else []), _result(update, moved, frame)]
    sections = [Section(heading, (*about, Text(_several(update, len(moved)))))]
    for number_, applied in enumerate(moved, 1):
        name = applied.update.name
        sections.append(
            Section(f"{step.optimizer}: update {number_} of {len(moved)}, of {name}", tuple(_lines(applied)))
        )
        elements = _elements(applied, None)
        sections += [elements] if elements else []
    return [*sections, _result(update, moved, frame)]


def _without_rule(rule: UpdateRule | None, step: Stepped, update: Update) -> str | None:
    """The reason why a step is not explained line by line; None if it is."""
    if rule is None:
        return "This page has no rule for this optimizer"
    name = unread(step, update)
    if name is not None:
        return f"The option {name} was not given as numbers"
    if update.shares and not update.whole:
        others = " and ".join(update.shares)
        return f"{update.name} shares part of its memory with {others}, and a step of one moves both"
    return None


def _several(update: Update, count: int) -> str:
    """The reason why one step updates a parameter several times."""
    if update.shares:
        names = " and ".join([update.name, *update.shares])
        return f"{names} share the same memory. torch updates it {times(count)}, each time from the last result."
    name = update.name
    return f"{name} is in the optimizer {times(count)}. torch updates it each time, from the last result."


def _lines(applied: Application) -> Iterator[Block]:
    """Each line of the rule: its purpose, its formula, and the formula with the first element's numbers."""
    parameter, before, dtype = applied.update.name, applied.update.before, applied.update.dtype
    names = {"param": Shown(upright(parameter)), "grad": Shown(upright(f"{parameter}.grad"))}
    if len(flat(before)) > 1:
        first = _places(before)[0]
        yield Text(
            f"The formulas are the same for every element. The numbers shown are those of {parameter}{first}."
        )
    for one in applied.lines:
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
            yield Text(f"{dtype} cannot hold this number; torch goes on with the nearest that it can, {nearest}.")


def _alike(one: float, other: float) -> bool:
    """Whether two numbers differ in the last shown digit at most."""
    return one == other or (isnan(one) and isnan(other)) or isclose(one, other, rel_tol=_SHOWN_ALIKE)


def _number(name: str, value: Any) -> Shown:
    """A quantity's number in the formula; for a tensor, its first element."""
    only = _first(value)
    return given_number(only) if name == "step" or name in _GIVEN or only.is_integer() else number_of(only)


def _first(value: Any) -> float:
    return float(value.flatten()[0])


def _elements(applied: Application, update: Update | None) -> Section | None:
    """A table with a row for each element and a column for each quantity that differs between elements.

    With an `update`, which must be the step's only one, the last column is the value that torch computed.
    """
    parameter, before = applied.update.name, applied.before
    places = _places(applied.update.before)
    if len(places) < 2:
        return None
    shape = before.shape
    columns = {f"{parameter} before": before, f"{parameter}.grad": applied.lines[0].before["grad"]}
    for one in applied.lines:
        if one.line.name != "param" and one.value.numel() > 1:
            columns[one.line.name] = one.value  # if several lines set a name, the last one
    columns[parameter] = applied.after if update is None else tensor_of(update.after)
    texts = [[number(each) for each in value.expand(shape).flatten().tolist()] for value in columns.values()]
    rows = [(f"{parameter}{place}", *each) for place, *each in zip(places, *texts, strict=True)]
    blocks: list[Block] = [Table(("", *columns), tuple(rows[:MOST_ROWS]))]
    if len(rows) > MOST_ROWS:
        blocks.append(Text(f"The first {MOST_ROWS} of {len(rows)} elements."))
    return Section("Every element", tuple(blocks))


def _places(value: Value, before: str = "") -> list[str]:
    """The index of each element in row-major order, such as `[0, 1]`; an empty string for a single number."""
    if not isinstance(value, list):
        return [f"[{before}]" if before else ""]
    inner = f"{before}, " if before else ""
    return [place for at, one in enumerate(value) for place in _places(one, f"{inner}{at}")]


def _result(update: Update, moved: list[Application] | None, frame: Frame) -> Section:
    """The new value that torch computed, the change, and why the lines above differ from it, if they do."""
    first = f"{update.name}{_places(update.before)[0]}"
    was, new = flat(update.before)[0], flat(update.after)[0]
    change = number_of(new - was if update.change is None else flat(update.change)[0])
    total = f"{number_of(was).latex} {'' if change.latex.startswith('-') else '+ '}{change.latex}"
    blocks: list[Block] = [
        Math(rf"{upright(first)} \leftarrow {total} = {number_of(new).latex}"),
        Text(f"torch computed this value in {update.dtype}."),
    ]
    if moved is not None and (why := _difference(moved, update)):
        blocks.append(Text(why))
    return Section("The new value", tuple(blocks))


def _difference(moved: list[Application], update: Update) -> str:
    """A sentence on why torch's numbers differ from those of the lines; an empty string if they do not."""
    found = agreement(lambda range_: bounded(moved, range_), tensor_of(update.after))
    if not found.holds:
        return f"The lines do not give the value that torch computed: {found.places('they give')}."
    ours = moved[-1].after.flatten().tolist()
    for place, one, other in zip(_places(update.before), ours, flat(update.after), strict=True):
        if not _alike(one, other):
            given, torchs = f"{number(one)} for {update.name}{place}", number(other)
            return (
                f"Rounded to {update.dtype} once per line, the lines give {given}. torch rounds after every "
                f"operation and has {torchs}."
            )
    return ""
