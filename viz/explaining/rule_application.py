"""Applies an update rule to the numbers recorded before a step: line by line, rounded as torch rounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from viz.explaining.rule_lines import Line, UpdateRule
from viz.frames.events import Stepped, Update
from viz.rules.apply import tensor_of
from viz.rules.formula import Formula
from viz.rules.rounding import Precision, Range, Rounded
from viz.writing.numbers import flat

#: What the rules call the numbers of an option that has several numbers.
_PAIRS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("ns_coefficients", ""): ("a", "b", "c"),
    ("betas", ""): ("beta1", "beta2"),
    ("etas", ""): ("etaminus", "etaplus"),
    ("step_sizes", ""): ("step_size_min", "step_size_max"),
    ("eps", "Adafactor"): ("eps1", "eps2"),
}
#: The dtypes of parameters, by name.
DTYPES = {"float64": torch.float64, "float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True, slots=True)
class ComputedLine:
    """A computed line of an update rule: its formula, the quantities before it, and its result.

    `exact` is the formula's value in float64; `value` is that value rounded to `dtype`, in which torch keeps it.
    On the way, torch rounds to `coarsest` at worst: `dtype`, or that of an option that is a tensor.
    """

    line: Line
    formula: Formula
    before: Mapping[str, Any]
    exact: Any
    value: Any
    dtype: torch.dtype
    coarsest: torch.dtype


@dataclass(frozen=True, slots=True)
class Application:
    """One application of a rule to a parameter. A step may apply the rule several times to the same memory."""

    update: Update
    lines: list[ComputedLine]

    @property
    def before(self) -> Any:
        """The parameter before the first line."""
        return self.lines[0].before["param"]

    @property
    def after(self) -> Any:
        """The parameter after the last line that changes it."""
        return [one.value for one in self.lines if one.line.name == "param"][-1]


def applications(rule: UpdateRule, step: Stepped, update: Update) -> list[Application]:
    """Every application of the rule to a parameter's memory in one step, in torch's order.

    There are several if the parameter is in the optimizer more than once, or shares all its memory with another
    parameter. Each starts from the result of the one before.
    """
    same = [one for one in step.updates if one is update or one.name in update.shares]
    made: list[Application] = []
    order = {place: mover for mover in same for place in mover.places}
    for _, one in sorted(order.items()):
        if one.grad is not None:
            earlier = [applied for applied in made if applied.update is one]
            carried = _carried(rule, one, earlier[-1].lines[-1]) if earlier else {}
            if made:
                carried["param"] = made[-1].after
            made.append(Application(one, computed_lines(rule, step, one, carried)))
    return made


def _carried(rule: UpdateRule, update: Update, last: ComputedLine) -> dict[str, Any]:
    """The state that one application passes to the same parameter's next application in this step."""
    names = {*rule.initial, *update.state_before, *update.state_after}
    late = rule.late - update.state_before.keys()
    left = {**last.before, last.line.name: last.value}
    return {name: left[name] for name in names - late if name in left}


def computed_lines(
    rule: UpdateRule, step: Stepped, update: Update, carried: Mapping[str, Any] | None = None
) -> list[ComputedLine]:
    """The lines of `rule` for one parameter, in order, computed from what was recorded before the step.

    `carried` replaces recorded quantities by those of an earlier application. The update must have a gradient.
    """
    quantities = {**_initial(rule, step, update), **(carried or {})}
    tensors = {"param", "grad", *rule.initial, *update.state_before} - rule.single
    # An option that is a tensor, as `lr` may be, makes tensors of what is computed from it and Python's floats.
    scalars = {name: DTYPES.get(dtype, torch.float64) for name, dtype in update.option_dtypes.items()}
    computed = []
    for line in rule.lines:
        if line.applies(quantities):
            formula = Formula(line.formula)
            exact = torch.as_tensor(formula.evaluate(quantities), dtype=torch.float64)
            tensors |= {line.name} - rule.single if formula.names & tensors else set()
            among = [scalars[name] for name in formula.names if name in scalars]
            # torch computes a line without tensors with Python's floats, in float64.
            dtype = _coarsest(among)
            if line.name in tensors | rule.single:
                dtype = _dtype(rule, line.name, update)
            elif among:
                scalars[line.name] = dtype
            value = exact.to(dtype).to(torch.float64)
            coarsest = _coarsest([dtype, *among])
            computed.append(ComputedLine(line, formula, quantities, exact, value, dtype, coarsest))
            quantities = {**quantities, line.name: value}
    return computed


def _coarsest(dtypes: Iterable[torch.dtype]) -> torch.dtype:
    """The dtype with the largest rounding error; float64 if there is none."""
    return max(dtypes, key=lambda one: torch.finfo(one).eps, default=torch.float64)


def _dtype(rule: UpdateRule, name: str, update: Update) -> torch.dtype:
    """The dtype in which torch keeps a tensor of the step."""
    return torch.float32 if name in rule.single else DTYPES.get(update.dtype, torch.float64)


def bounded(moved: list[Application], range_: Range) -> Rounded:
    """The parameter after these applications, with a bound on how far torch's rounding may move it."""
    after: Rounded | None = None
    left: dict[str, dict[str, Rounded]] = {}
    for applied in moved:
        exact, name = Precision.of(torch.float64), applied.update.name
        before = applied.lines[0].before
        quantities = {one: Rounded.exact(value, exact) for one, value in before.items()}
        carried = before.keys() & applied.update.state_after.keys() & left.get(name, {}).keys()
        quantities |= {one: left[name][one] for one in carried}
        if after is not None:
            quantities["param"] = after
        for one in applied.lines:
            precision = Precision.of(one.coarsest, range_)
            made = one.formula.evaluate({each: quantities[each].then(precision) for each in one.formula.names})
            kept = made.value.to(one.dtype).to(torch.float64)
            quantities[one.line.name] = Rounded(kept, made.rounded().error, precision)
        after, left[name] = quantities["param"], quantities
    assert after is not None
    return after


def _initial(rule: UpdateRule, step: Stepped, update: Update) -> dict[str, Any]:
    """The quantities before the first line: the options, the state, the parameter and its gradient."""
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
    """The numbers and flags among the options of the parameter's group, with the rules' names for them."""
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
    """The name of an option that should be a pair of numbers but is not (betas given as tensors)."""
    options = step.options if update.options is None else update.options
    for name, value in options.items():
        pair = (name, "") in _PAIRS or (name, step.optimizer) in _PAIRS
        if pair and isinstance(value, str) and len(_pair(value, step) or ()) != 2:
            return name
    return None


def _pair(text: str, step: Stepped) -> list[float] | None:
    """The numbers of a pair that was recorded as a string because one of them is None (Adafactor's eps).

    torch replaces that None by the eps of the first parameter's dtype, for every parameter. Returns None for any
    other string.
    """
    first = next(one.dtype for one in step.updates if one.grad is not None)
    parts = [part.strip() for part in text.strip("()").split(",")]
    try:
        return [torch.finfo(DTYPES[first]).eps if part == "None" else float(part) for part in parts]
    except ValueError:
        return None
