"""The lines of an update rule, the conditions under which they apply, and the lines that several rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The quantities of a step by name: options, state, and the results of earlier lines.
Quantities = Mapping[str, Any]
Condition = Callable[[Quantities], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """Sets `name` to the value of `formula` if all conditions in `when` hold; `says` is a sentence about it.

    Names are torch's own: the options and the entries of the optimizer's state; `param` and `grad` are the
    parameter and its `.grad`. The line may overwrite an earlier value of `name`.
    """

    name: str
    formula: str
    when: tuple[Condition, ...] = ()
    says: str = ""

    def applies(self, quantities: Quantities) -> bool:
        """Whether the step computes this line."""
        return all(condition(quantities) for condition in self.when)


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """An optimizer's lines in order; `initial` is its state before the first step.

    A string in `initial` names the option that the entry starts from. `single` lists the entries of the state that
    torch keeps in float32 for every dtype. `late` lists those that torch stores only after it has updated all
    parameters: a parameter that is in the optimizer twice does not see them in its second update.
    """

    lines: tuple[Line, ...]
    initial: Mapping[str, float | str] = field(default_factory=dict)
    single: frozenset[str] = frozenset({"step"})
    late: frozenset[str] = frozenset()


def on(name: str) -> Condition:
    """The option is True, or a number other than 0."""
    return lambda quantities: bool(quantities[name] != 0)


def positive(name: str) -> Condition:
    """The option is a number above 0."""
    return lambda quantities: bool(quantities[name] > 0)


def not_positive(name: str) -> Condition:
    """The option is not above 0."""
    return lambda quantities: not bool(quantities[name] > 0)


def off(name: str) -> Condition:
    """The option is False or 0."""
    return lambda quantities: bool(quantities[name] == 0)


def kept(name: str) -> Condition:
    """The state already has the entry."""
    return lambda quantities: name in quantities


def new(name: str) -> Condition:
    """The state does not have the entry yet."""
    return lambda quantities: name not in quantities


def matrix(quantities: Quantities) -> bool:
    """The parameter has two dimensions or more."""
    return bool(quantities["grad"].dim() > 1)


def vector(quantities: Quantities) -> bool:
    """The parameter has one dimension or none."""
    return not matrix(quantities)


def trusted(quantities: Quantities) -> bool:
    """RAdam's mean square covers enough gradients."""
    return bool(quantities["rho_t"] > 5)


def not_trusted(quantities: Quantities) -> bool:
    """RAdam's mean square does not cover enough gradients."""
    return not trusted(quantities)


STEP = Line("step", "step + 1", says="`step` counts the steps of this parameter.")
GRADIENT = (
    Line("g", "grad", (off("maximize"),), "`g` starts as the parameter's .grad."),
    Line("g", "-grad", (on("maximize"),), "`maximize` reverses the direction, so that the loss grows."),
)
DECAY = Line(
    "g",
    "g + weight_decay * param",
    (on("weight_decay"),),
    "Weight decay adds a fraction of the parameter to the gradient.",
)
DECAY_INTO_GRADIENT = Line(DECAY.name, DECAY.formula, (*DECAY.when, off("decoupled_weight_decay")), DECAY.says)
SHRINK = Line(
    "param",
    "param * (1 - lr * weight_decay)",
    (on("weight_decay"),),
    "Weight decay shrinks the parameter itself.",
)
SHRINK_DECOUPLED = Line(SHRINK.name, SHRINK.formula, (*SHRINK.when, on("decoupled_weight_decay")), SHRINK.says)
EXP_AVG = Line("exp_avg", "keep(beta1, exp_avg, g)", says="`exp_avg` is the running mean of the gradient.")
EXP_AVG_SQ = Line(
    "exp_avg_sq",
    "beta2 * exp_avg_sq + (1 - beta2) * g**2",
    says="`exp_avg_sq` is the running mean of the squared gradient.",
)
CORRECTION_1 = Line(
    "bias_correction1",
    "1 - beta1**step",
    says="The running mean started at 0; dividing by this number makes up for that.",
)
CORRECTION_2 = Line(
    "bias_correction2", "1 - beta2**step", says="This number does the same for the mean of the squares."
)
