"""Explains an optimizer's step: the update rule of this optimizer, line by line, with the numbers of the step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isclose, isnan
from typing import Any

from viz import catalog
from viz.explaining.blocks import Block, Math, Section, Table, Text
from viz.explaining.lbfgs import moves
from viz.explaining.optimizer_rules import RULES
from viz.explaining.rule_lines import Line, Rule
from viz.explaining.tex import given_number, number_of, symbol, upright
from viz.frames import Frame, Stepped, Update, Value
from viz.rules.apply import tensor_of
from viz.rules.formula import Formula, Shown
from viz.writing.numbers import flat, number

#: The options of every optimizer: their numbers are shown as they were given.
_GIVEN = frozenset(argument.name for entry in catalog.ALL_OPTIMIZERS for argument in entry.arguments) | {
    "a", "b", "c", "beta1", "beta2", "etaminus", "etaplus", "step_size_min", "step_size_max", "eps2", "ns_steps",
}  # fmt: skip
#: Rows of a table; of a larger parameter the first ones are shown.
MOST_ROWS = 24

#: The names that the rules have for the numbers of an option that has several.
_PAIRS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ns_coefficients", ""): ("a", "b", "c"),
    ("betas", ""): ("beta1", "beta2"),
    ("etas", ""): ("etaminus", "etaplus"),
    ("step_sizes", ""): ("step_size_min", "step_size_max"),
    ("eps", "Adafactor"): ("eps1", "eps2"),
}
#: `torch.finfo(dtype).eps`: what Adafactor takes for an eps that is None.
_FINFO_EPS: Mapping[str, float] = {
    "float64": 2.0**-52,
    "float32": 2.0**-23,
    "float16": 2.0**-10,
    "bfloat16": 2.0**-7,
}
#: How far torch's number may be from the rule's in float64, by rounding: relative, and of the largest of them.
_ROUNDING: Mapping[str, float] = {"float64": 1e-9, "float32": 1e-4, "float16": 5e-2, "bfloat16": 1e-1}


@dataclass(frozen=True, slots=True)
class Computed:
    """A line of a rule that a step has: its formula, the quantities before it, and what it makes (float64)."""

    line: Line
    formula: Formula
    before: Mapping[str, Any]
    value: Any


def compute(rule: Rule, step: Stepped, update: Update, dtype: str) -> list[Computed]:
    """The lines of `rule` for one parameter's update, in order, computed in float64 from what was recorded before.

    `dtype` is the name of the parameters' dtype. The update has a gradient.
    """
    quantities = _begin(rule, step, update, dtype)
    computed = []
    for line in rule.lines:
        if line.applies(quantities):
            formula = Formula(line.formula)
            value = formula.evaluate(quantities)
            computed.append(Computed(line, formula, quantities, value))
            quantities = {**quantities, line.name: value}
    return computed


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
    if update.grad is None:
        return [Section(heading, (Text(f"{parameter}.grad is None, so the optimizer passes {parameter} over."),))]
    if not flat(update.before):
        return [Section(heading, (Text(f"{parameter} has no elements, so there is nothing to change."),))]
    if step.optimizer == "LBFGS":
        return [Section(heading, (*about, *moves(step, update))), _result(update, None, frame)]
    rule = RULES.get(step.optimizer)
    dtype = _dtype(frame, step)
    if rule is None or (unread := _unread(step, update, dtype)) is not None:
        why = "There is no rule for it here" if rule is None else f"The option {unread} is not given in numbers"
        return [Section(heading, (Text(f"{why}; this is what torch made."),)), _result(update, None, frame)]
    computed = compute(rule, step, update, dtype)
    sections = [Section(heading, (*about, *_lines(computed, parameter, update)))]
    elements = _elements(computed, update, parameter)
    if elements is not None:
        sections.append(elements)
    return [*sections, _result(update, computed, frame)]


def _begin(rule: Rule, step: Stepped, update: Update, dtype: str) -> dict[str, Any]:
    """What is there before the first line: the options, the state, the parameter and its gradient."""
    options = dict(_options(step, update, dtype))
    state = {
        name: options[value] if isinstance(value, str) else tensor_of(value)
        for name, value in rule.initial.items()
    }
    state |= {name: tensor_of(value) for name, value in update.state_before.items()}
    assert update.grad is not None
    parameter = tensor_of(update.before)
    shape = (1, 1, *parameter.shape)
    sizes = {"numel": parameter.numel(), "rows": shape[-2], "columns": shape[-1]}
    counts = {name: tensor_of(size) for name, size in sizes.items()}
    return {**options, **state, **counts, "param": parameter, "grad": tensor_of(update.grad)}


def _options(step: Stepped, update: Update, dtype: str) -> Iterator[tuple[str, Any]]:
    """The options of the parameter's group that are numbers or flags, by the rules' names for them."""
    options = step.options if update.options is None else update.options
    for name, value in options.items():
        names = _PAIRS.get((name, "")) or _PAIRS.get((name, step.optimizer))
        if names is not None and isinstance(value, list):
            yield from zip(names, [tensor_of(one) for one in value], strict=True)
        elif names is not None and isinstance(value, str):
            yield from zip(names, [tensor_of(one) for one in _pair(value, dtype) or ()], strict=True)
        elif isinstance(value, (bool, int, float)):
            yield name, tensor_of(float(value))
        elif isinstance(value, list):
            yield name, tensor_of(flat(value)[0])
        elif name == "adjust_lr_fn":
            yield "match_rms_adamw", tensor_of(float(value == "match_rms_adamw"))


def _dtype(frame: Frame, step: Stepped) -> str:
    """The dtype of the first parameter that the step changes: Adafactor's eps is that one's for all."""
    first = next(one.name for one in step.updates if one.grad is not None)
    held = frame.variables.get(first)
    return held.dtype if held is not None else "float32"


def _lines(computed: list[Computed], parameter: str, update: Update) -> Iterator[Block]:
    """Each line: what it is for, its formula, and the same with the numbers of the first element."""
    names = {"param": Shown(upright(parameter)), "grad": Shown(upright(f"{parameter}.grad"))}
    several = len(flat(update.before)) > 1
    if several:
        first = _places(update.before)[0]
        yield Text(f"The formulas go element by element. The numbers are those of {parameter}{first}.")
    for one in computed:
        symbols = {name: names.get(name) or symbol(name) for name in one.formula.names}
        left = (names.get(one.line.name) or symbol(one.line.name)).latex
        if one.line.says:
            yield Text(one.line.says)
        yield Math(rf"{left} \leftarrow {one.formula.latex(symbols).latex}")
        result = _number(one.line.name, one.value).latex
        if one.formula.pointwise and one.formula.text not in one.formula.names:
            shown = {name: _number(name, one.before[name]) for name in one.formula.names}
            yield Math(rf"{left} \leftarrow {one.formula.latex(shown).latex} = {result}")
        else:
            yield Math(rf"{left} \leftarrow {result}")


def _number(name: str, value: Any) -> Shown:
    """What stands for a quantity in the line with the numbers: of a tensor the first element."""
    only = _first(value)
    return given_number(only) if name == "step" or name in _GIVEN or only.is_integer() else number_of(only)


def _first(value: Any) -> float:
    return float(value.flatten()[0])


def _elements(computed: list[Computed], update: Update, parameter: str) -> Section | None:
    """A table with a row for each element and a column for each quantity that differs between them."""
    places = _places(update.before)
    if len(places) < 2:
        return None
    shape = tensor_of(update.before).shape
    columns = {f"{parameter} before": tensor_of(update.before), f"{parameter}.grad": tensor_of(update.grad or 0.0)}
    for one in computed:
        if one.line.name != "param" and one.value.numel() > 1:
            columns[one.line.name] = one.value  # of a name with several lines the last
    columns[parameter] = tensor_of(update.after)
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


def _result(update: Update, computed: list[Computed] | None, frame: Frame) -> Section:
    """What torch made: the new value and the change, and whether rounding took it away from the rule's."""
    first = f"{update.name}{_places(update.before)[0]}"
    was, new = flat(update.before)[0], flat(update.after)[0]
    moved = number_of(new - was if update.change is None else flat(update.change)[0])
    total = f"{number_of(was).latex} {'' if moved.latex.startswith('-') else '+ '}{moved.latex}"
    held = frame.variables.get(update.name)
    dtype = held.dtype if held is not None else "float32"
    blocks: list[Block] = [
        Math(rf"{upright(first)} \leftarrow {total} = {number_of(new).latex}"),
        Text(f"This is the new value that torch produced, in {dtype}."),
    ]
    if computed is not None and not agrees(computed, update, dtype):
        blocks.append(
            Text(f"In float64 the rule gives {number(_first(_new(computed)))}; torch rounds each step to {dtype}.")
        )
    return Section("The new value", tuple(blocks))


def agrees(computed: list[Computed], update: Update, dtype: str) -> bool:
    """Whether the rule's new value is torch's, but for the rounding of `dtype`."""
    new = _new(computed).flatten().tolist()
    after = flat(update.after)
    moved = [abs(one - other) for one, other in zip(after, flat(update.before), strict=True)]
    close = _ROUNDING[dtype]
    return all(
        (isnan(one) and isnan(other)) or isclose(one, other, rel_tol=close / 100, abs_tol=close * step)
        for one, other, step in zip(new, after, moved, strict=True)
    )


def _new(computed: list[Computed]) -> Any:
    """The parameter after the last line that changes it."""
    return [one.value for one in computed if one.line.name == "param"][-1]


def _pair(text: str, dtype: str) -> list[float] | None:
    """The two numbers of a pair that the recording has as text, because one of them is None (Adafactor's eps).

    None for any other text.
    """
    parts = [part.strip() for part in text.strip("()").split(",")]
    try:
        return [_FINFO_EPS[dtype] if part == "None" else float(part) for part in parts]
    except ValueError:
        return None


def _unread(step: Stepped, update: Update, dtype: str) -> str | None:
    """The name of an option that should be two numbers and is something else (betas as tensors)."""
    options = step.options if update.options is None else update.options
    for name, value in options.items():
        pair = (name, "") in _PAIRS or (name, step.optimizer) in _PAIRS
        if pair and isinstance(value, str) and len(_pair(value, dtype) or ()) != 2:
            return name
    return None
