"""What an optimizer's rule is made of: lines, when each of them applies, and those that several rules share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The quantities of a step by name: options, state, and what the lines above made of them.
Quantities = Mapping[str, Any]
Condition = Callable[[Quantities], bool]


@dataclass(frozen=True, slots=True)
class Line:
    """`name` becomes what `formula` says, where all conditions of `when` hold; `says` is a sentence about it.

    Names are torch's own: the options, the entries of the optimizer's state, and `param`, `grad` for the
    parameter and its `.grad`. A name on the left may have had a value before.
    """

    name: str
    formula: str
    when: tuple[Condition, ...] = ()
    says: str = ""

    def applies(self, quantities: Quantities) -> bool:
        """Whether this step has the line."""
        return all(condition(quantities) for condition in self.when)


@dataclass(frozen=True, slots=True)
class UpdateRule:
    """An optimizer's lines in their order; `initial` is what its state holds before the first step.

    A text there is the name of the option that the entry begins with. `single` are the entries of the state that
    torch keeps in float32 whatever the parameters are. `late` are those that torch puts into the state once all
    parameters moved: a parameter that is in the optimizer twice does not find them at its second turn.
    """

    lines: tuple[Line, ...]
    initial: Mapping[str, float | str] = field(default_factory=dict)
    single: frozenset[str] = frozenset({"step"})
    late: frozenset[str] = frozenset()


def on(name: str) -> Condition:
    """The option is set: a flag, or a number other than 0."""
    return lambda quantities: bool(quantities[name] != 0)


def positive(name: str) -> Condition:
    """The option is a number above 0."""
    return lambda quantities: bool(quantities[name] > 0)


def not_positive(name: str) -> Condition:
    """The option is not above 0."""
    return lambda quantities: not bool(quantities[name] > 0)


def off(name: str) -> Condition:
    """The option is not set."""
    return lambda quantities: bool(quantities[name] == 0)


def kept(name: str) -> Condition:
    """The state has the entry already."""
    return lambda quantities: name in quantities


def new(name: str) -> Condition:
    """The state has no such entry yet."""
    return lambda quantities: name not in quantities


def matrix(quantities: Quantities) -> bool:
    """The parameter has two dimensions or more."""
    return bool(quantities["grad"].dim() > 1)


def vector(quantities: Quantities) -> bool:
    """The parameter has one dimension or none."""
    return not matrix(quantities)


def trusted(quantities: Quantities) -> bool:
    """RAdam's mean square spans enough gradients."""
    return bool(quantities["rho_t"] > 5)


def not_trusted(quantities: Quantities) -> bool:
    """It does not."""
    return not trusted(quantities)


STEP = Line("step", "step + 1", says="The steps are counted.")
GRADIENT = (
    Line("g", "grad", (off("maximize"),), "The gradient that backward left in .grad."),
    Line("g", "-grad", (on("maximize"),), "maximize: the other direction, so that the loss grows."),
)
DECAY = Line(
    "g",
    "g + weight_decay * param",
    (on("weight_decay"),),
    "Weight decay adds a part of the parameter to the gradient.",
)
DECAY_INTO_GRADIENT = Line(DECAY.name, DECAY.formula, (*DECAY.when, off("decoupled_weight_decay")), DECAY.says)
SHRINK = Line(
    "param",
    "param * (1 - lr * weight_decay)",
    (on("weight_decay"),),
    "Weight decay shrinks the parameter itself.",
)
SHRINK_DECOUPLED = Line(SHRINK.name, SHRINK.formula, (*SHRINK.when, on("decoupled_weight_decay")), SHRINK.says)
EXP_AVG = Line("exp_avg", "keep(beta1, exp_avg, g)", says="The running mean of the gradient.")
EXP_AVG_SQ = Line("exp_avg_sq", "beta2 * exp_avg_sq + (1 - beta2) * g**2", says="The running mean of its square.")
CORRECTION_1 = Line(
    "bias_correction1", "1 - beta1**step", says="The running mean began at 0; this is how much of it is filled."
)
CORRECTION_2 = Line("bias_correction2", "1 - beta2**step", says="The same for the mean of the square.")
