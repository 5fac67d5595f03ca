"""Computes an optimizer's step by its rule, line by line, rounded as torch rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from viz.explaining.rule_lines import Line, UpdateRule
from viz.frames.events import Stepped, Update
from viz.rules.apply import tensor_of
from viz.rules.formula import Formula
from viz.rules.rounding import Precision, Range, Rounded
from viz.writing.numbers import flat

#: The names that the rules have for the numbers of an option that has several.
_PAIRS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ns_coefficients", ""): ("a", "b", "c"),
    ("betas", ""): ("beta1", "beta2"),
    ("etas", ""): ("etaminus", "etaplus"),
    ("step_sizes", ""): ("step_size_min", "step_size_max"),
    ("eps", "Adafactor"): ("eps1", "eps2"),
}
#: The dtypes of parameters, by their names.
DTYPES = {"float64": torch.float64, "float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class Computed:
    """A line of a rule that a step has: its formula, the quantities before it, and what it makes.

    `exact` is the formula's value in float64, `value` the same rounded as torch keeps it, in `dtype`.
    """

    line: Line
    formula: Formula
    before: Mapping[str, Any]
    exact: Any
    value: Any
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Turn:
    """One time that torch moves a parameter: of which one, and the lines. Its memory may have several turns."""

    update: Update
    lines: list[Computed]

    @property
    def begins(self) -> Any:
        """The parameter before the first line."""
        return self.lines[0].before["param"]

    @property
    def ends(self) -> Any:
        """The parameter after the last line that changes it."""
        return [one.value for one in self.lines if one.line.name == "param"][-1]


def turns(rule: UpdateRule, step: Stepped, update: Update) -> list[Turn]:
    """The turns that moved a parameter's memory in one step, in torch's order; each begins where one ended.

    They are several where the parameter is in the optimizer more than once, or another one is its memory too.
    """
    same = [one for one in step.updates if one is update or one.name in update.shares]
    made: list[Turn] = []
    order = {place: mover for mover in same for place in mover.places}
    for _, one in sorted(order.items()):
        if one.grad is not None:
            earlier = [turn for turn in made if turn.update is one]
            carried = _carried(rule, one, earlier[-1].lines[-1]) if earlier else {}
            if made:
                carried["param"] = made[-1].ends
            made.append(Turn(one, compute(rule, step, one, carried)))
    return made


def _carried(rule: UpdateRule, update: Update, last: Computed) -> dict[str, Any]:
    """The state that a parameter's turn leaves to its next one in the same step."""
    names = {*rule.initial, *update.state_before, *update.state_after}
    late = rule.late - update.state_before.keys()
    left = {**last.before, last.line.name: last.value}
    return {name: left[name] for name in names - late if name in left}


def compute(
    rule: UpdateRule, step: Stepped, update: Update, carried: Mapping[str, Any] | None = None
) -> list[Computed]:
    """The lines of `rule` for one parameter's turn, in order, from what was recorded before the step.

    `carried` is what an earlier turn left instead. The update has a gradient.
    """
    quantities = {**_begin(rule, step, update), **(carried or {})}
    tensors = {"param", "grad", *rule.initial, *update.state_before} - rule.single
    computed = []
    for line in rule.lines:
        if line.applies(quantities):
            formula = Formula(line.formula)
            exact = torch.as_tensor(formula.evaluate(quantities), dtype=torch.float64)
            # What is made of numbers alone torch computes with Python's own, in float64.
            tensors |= {line.name} - rule.single if formula.names & tensors else set()
            dtype = _dtype(rule, line.name, update) if line.name in tensors | rule.single else torch.float64
            value = exact.to(dtype).to(torch.float64)
            computed.append(Computed(line, formula, quantities, exact, value, dtype))
            quantities = {**quantities, line.name: value}
    return computed


def _dtype(rule: UpdateRule, name: str, update: Update) -> torch.dtype:
    """The dtype in which torch keeps a tensor of a step."""
    return torch.float32 if name in rule.single else DTYPES.get(update.dtype, torch.float64)


def bounded(moved: list[Turn], range_: Range) -> Rounded:
    """The parameter after its turns, and how far torch's roundings may have taken it from what the lines give."""
    ends: Rounded | None = None
    left: dict[str, dict[str, Rounded]] = {}
    for turn in moved:
        exact, name = Precision.of(torch.float64), turn.update.name
        begins = turn.lines[0].before
        quantities = {one: Rounded.exact(value, exact) for one, value in begins.items()}
        carried = begins.keys() & turn.update.state_after.keys() & left.get(name, {}).keys()
        quantities |= {one: left[name][one] for one in carried}
        if ends is not None:
            quantities["param"] = ends
        for one in turn.lines:
            precision = Precision.of(one.dtype, range_)
            made = one.formula.evaluate({each: quantities[each].then(precision) for each in one.formula.names})
            kept = made.value.to(one.dtype).to(torch.float64)
            quantities[one.line.name] = Rounded(kept, made.rounded().error, precision)
        ends, left[name] = quantities["param"], quantities
    assert ends is not None
    return ends


def _begin(rule: UpdateRule, step: Stepped, update: Update) -> dict[str, Any]:
    """What is there before the first line: the options, the state, the parameter and its gradient."""
    options = dict(_options(step, update))
    state = {
        name: (options[value] if isinstance(value, str) else tensor_of(value)).to(_dtype(rule, name, update))
        for name, value in rule.initial.items()
    }
    state = {name: one.to(torch.float64) for name, one in state.items()}
    state |= {name: tensor_of(value) for name, value in update.state_before.items()}
    assert update.grad is not None
    parameter = tensor_of(update.before)
    shape = (1, 1, *parameter.shape)
    sizes = {"numel": parameter.numel(), "rows": shape[-2], "columns": shape[-1]}
    counts = {name: tensor_of(size) for name, size in sizes.items()}
    return {**options, **state, **counts, "param": parameter, "grad": tensor_of(update.grad)}


def _options(step: Stepped, update: Update) -> Iterator[tuple[str, Any]]:
    """The options of the parameter's group that are numbers or flags, by the rules' names for them."""
    options = step.options if update.options is None else update.options
    for name, value in options.items():
        names = _PAIRS.get((name, "")) or _PAIRS.get((name, step.optimizer))
        if names is not None and isinstance(value, list):
            yield from zip(names, [tensor_of(one) for one in value], strict=True)
        elif names is not None and isinstance(value, str):
            yield from zip(names, [tensor_of(one) for one in _pair(value, step) or ()], strict=True)
        elif isinstance(value, (bool, int, float)):
            yield name, tensor_of(float(value))
        elif isinstance(value, list):
            yield name, tensor_of(flat(value)[0])
        elif name == "adjust_lr_fn":
            yield "match_rms_adamw", tensor_of(float(value == "match_rms_adamw"))


def unread(step: Stepped, update: Update) -> str | None:
    """The name of an option that should be two numbers and is something else (betas as tensors)."""
    options = step.options if update.options is None else update.options
    for name, value in options.items():
        pair = (name, "") in _PAIRS or (name, step.optimizer) in _PAIRS
        if pair and isinstance(value, str) and len(_pair(value, step) or ()) != 2:
            return name
    return None


def _pair(text: str, step: Stepped) -> list[float] | None:
    """The two numbers of a pair that the recording has as text, because one of them is None (Adafactor's eps).

    None for any other text. For None torch takes the eps of the first parameter's dtype, for all of them.
    """
    first = next(one.dtype for one in step.updates if one.grad is not None)
    parts = [part.strip() for part in text.strip("()").split(",")]
    try:
        return [torch.finfo(DTYPES[first]).eps if part == "None" else float(part) for part in parts]
    except ValueError:
        return None
