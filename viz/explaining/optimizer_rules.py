"""The update rule of every optimizer in the catalog, a line for each quantity, as torch.optim computes it."""

from __future__ import annotations

from collections.abc import Mapping

from viz.explaining.adam_rules import ADAM, ADAMAX, ADAMW, NADAM, RADAM
from viz.explaining.rule_lines import (
    DECAY,
    GRADIENT,
    SHRINK,
    STEP,
    Line,
    UpdateRule,
    kept,
    new,
    off,
    on,
)
from viz.explaining.square_rules import ADADELTA, ADAFACTOR, ADAGRAD, RMSPROP

_SGD = UpdateRule(
    (
        *GRADIENT,
        DECAY,
        Line(
            "momentum_buffer",
            "momentum * momentum_buffer + (1 - dampening) * g",
            (on("momentum"), kept("momentum_buffer")),
            "What is left of the last steps, and the new gradient.",
        ),
        Line(
            "momentum_buffer",
            "g",
            (on("momentum"), new("momentum_buffer")),
            "The first step: the momentum begins as the gradient itself.",
        ),
        Line(
            "g",
            "g + momentum * momentum_buffer",
            (on("momentum"), on("nesterov")),
            "Nesterov: the gradient, and one more turn of the momentum.",
        ),
        Line(
            "g", "momentum_buffer", (on("momentum"), off("nesterov")), "The momentum takes the gradient's place."
        ),
        Line("param", "param - lr * g", says="The step."),
    ),
    late=frozenset({"momentum_buffer"}),
)

_RPROP = UpdateRule(
    (
        STEP,
        *GRADIENT,
        Line("turn", "g * prev", says="Positive where the gradient kept its sign, negative where it changed."),
        Line(
            "factor",
            "where(turn > 0, etaplus, where(turn < 0, etaminus, 1))",
            says="So each number's own step grows or shrinks,",
        ),
        Line("step_size", "step_size * factor"),
        Line("step_size", "where(step_size < step_size_min, step_size_min, step_size)", says="within its bounds."),
        Line("step_size", "where(step_size > step_size_max, step_size_max, step_size)"),
        Line("g", "where(turn < 0, 0, g)", says="Where the sign changed, the parameter waits."),
        Line("param", "param - sign(g) * step_size", says="The step."),
        Line("prev", "g", says="Kept for the next step."),
    ),
    {"step": 0.0, "prev": 0.0, "step_size": "lr"},
)

_ASGD = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line("param", "param * (1 - lambd * eta)", says="The parameter decays."),
        Line("param", "param - eta * g", says="The step."),
        Line(
            "ax",
            "param",
            (lambda quantities: bool(quantities["mu"] == 1),),
            "No average yet: the parameter itself.",
        ),
        Line(
            "ax",
            "ax + mu * (param - ax)",
            (lambda quantities: bool(quantities["mu"] != 1),),
            "The average of the parameters.",
        ),
        Line(
            "eta",
            "lr / (1 + lambd * lr * step)**alpha",
            says="The learning rate of the next step, which torch keeps in float32,",
        ),
        Line(
            "mu", "1 / where(step - t0 > 1, step - t0, 1)", says="and the weight of its parameter in the average."
        ),
    ),
    {"step": 0.0, "eta": "lr", "mu": 1.0, "ax": 0.0},
    frozenset({"step", "eta", "mu"}),
)

_MUON = UpdateRule(
    (
        Line("g", "grad", says="The gradient that backward left in .grad."),
        Line(
            "momentum_buffer",
            "keep(momentum, momentum_buffer, g)",
            says="The running mean of the gradient.",
        ),
        Line(
            "update",
            "lerp(g, momentum_buffer, momentum)",
            (on("nesterov"),),
            "Nesterov: one more turn of the mean towards the gradient.",
        ),
        Line("update", "momentum_buffer", (off("nesterov"),), "The mean takes the gradient's place."),
        Line(
            "update",
            "newton_schulz(update, ns_steps, a, b, c, eps)",
            says="Its rows (of a tall matrix its columns) are made nearly orthonormal: X is the matrix divided by "
            "its size, and ns_steps times X becomes (a + b X Xᵀ + c (X Xᵀ)²) X, in bfloat16.",
        ),
        Line(
            "adjusted_lr",
            "lr * sqrt(where(rows > columns, rows / columns, 1))",
            (off("match_rms_adamw"),),
            "A tall matrix takes larger steps.",
        ),
        Line(
            "adjusted_lr",
            "0.2 * lr * sqrt(where(rows > columns, rows, columns))",
            (on("match_rms_adamw"),),
            "match_rms_adamw: steps about as large as AdamW's.",
        ),
        SHRINK,
        Line("param", "param - adjusted_lr * update", says="The step."),
    ),
    {"momentum_buffer": 0.0},
)

#: The rules by the optimizer's name in torch.optim.
RULES: Mapping[str, UpdateRule] = {
    "SGD": _SGD,
    "Adam": ADAM,
    "AdamW": ADAMW,
    "Adamax": ADAMAX,
    "NAdam": NADAM,
    "RAdam": RADAM,
    "RMSprop": RMSPROP,
    "Rprop": _RPROP,
    "Adagrad": ADAGRAD,
    "Adadelta": ADADELTA,
    "ASGD": _ASGD,
    "Adafactor": ADAFACTOR,
    "Muon": _MUON,
}
