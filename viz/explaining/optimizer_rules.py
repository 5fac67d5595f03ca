"""The update rule of every optimizer in the catalog, one line per quantity, as torch.optim computes it."""

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
            "The momentum keeps a part of the last steps and adds the new gradient.",
        ),
        Line(
            "momentum_buffer",
            "g",
            (on("momentum"), new("momentum_buffer")),
            "In the first step, the momentum is the gradient itself.",
        ),
        Line(
            "g",
            "g + momentum * momentum_buffer",
            (on("momentum"), on("nesterov")),
            "`nesterov` adds the momentum to the gradient once more.",
        ),
        Line("g", "momentum_buffer", (on("momentum"), off("nesterov")), "The momentum replaces the gradient."),
        Line("param", "param - lr * g", says="This is the step."),
    ),
    late=frozenset({"momentum_buffer"}),
)

_RPROP = UpdateRule(
    (
        STEP,
        *GRADIENT,
        Line("product", "g * prev", says="`product` is negative where the gradient changed its sign."),
        Line(
            "factor",
            "where(product > 0, etaplus, where(product < 0, etaminus, 1))",
            says="`factor` makes the step of each element grow or shrink.",
        ),
        Line("step_size", "step_size * factor"),
        Line(
            "step_size",
            "where(step_size < step_size_min, step_size_min, step_size)",
            says="The step stays within its bounds.",
        ),
        Line("step_size", "where(step_size > step_size_max, step_size_max, step_size)"),
        Line("g", "where(product < 0, 0, g)", says="Where the sign changed, the parameter does not move."),
        Line("param", "param - sign(g) * step_size", says="This is the step."),
        Line("prev", "g", says="The next step compares its gradient with `prev`."),
    ),
    {"step": 0.0, "prev": 0.0, "step_size": "lr"},
)

_ASGD = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line("param", "param * (1 - lambd * eta)", says="`lambd` shrinks the parameter."),
        Line("param", "param - eta * g", says="This is the step."),
        Line(
            "ax",
            "param",
            (lambda quantities: bool(quantities["mu"] == 1),),
            "Averaging has not begun: `ax` is the parameter itself.",
        ),
        Line(
            "ax",
            "ax + mu * (param - ax)",
            (lambda quantities: bool(quantities["mu"] != 1),),
            "`ax` is the running average of the parameter.",
        ),
        Line(
            "eta",
            "lr / (1 + lambd * lr * step)**alpha",
            says="`eta` is the learning rate of the next step, which torch keeps in float32.",
        ),
        Line(
            "mu",
            "1 / where(step - t0 > 1, step - t0, 1)",
            says="`mu` is the weight of the next step's parameter in the average.",
        ),
    ),
    {"step": 0.0, "eta": "lr", "mu": 1.0, "ax": 0.0},
    frozenset({"step", "eta", "mu"}),
)

_MUON = UpdateRule(
    (
        Line("g", "grad", says="`g` starts as the parameter's .grad."),
        Line(
            "momentum_buffer",
            "keep(momentum, momentum_buffer, g)",
            says="`momentum_buffer` is the running mean of the gradient.",
        ),
        Line(
            "update",
            "lerp(g, momentum_buffer, momentum)",
            (on("nesterov"),),
            "`nesterov` mixes the gradient with its running mean.",
        ),
        Line("update", "momentum_buffer", (off("nesterov"),), "The running mean replaces the gradient."),
        Line(
            "update",
            "newton_schulz(update, ns_steps, a, b, c, eps)",
            says="The rows of `update` (the columns, if it is tall) are made nearly orthonormal: X is the matrix "
            "divided by its norm, and `ns_steps` times X becomes (a + b X Xᵀ + c (X Xᵀ)²) X, in bfloat16.",
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
            "`match_rms_adamw` makes steps about as large as AdamW's.",
        ),
        SHRINK,
        Line("param", "param - adjusted_lr * update", says="This is the step."),
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
