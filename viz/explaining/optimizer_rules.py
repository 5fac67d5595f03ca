"""The update rule of every optimizer in the catalog, a line for each quantity, as torch.optim computes it."""

from __future__ import annotations

from collections.abc import Mapping

from viz.explaining.rule_lines import (
    CORRECTION_1,
    CORRECTION_2,
    DECAY,
    DECAY_INTO_GRADIENT,
    EXP_AVG,
    EXP_AVG_SQ,
    GRADIENT,
    SHRINK,
    SHRINK_DECOUPLED,
    STEP,
    Line,
    Rule,
    kept,
    matrix,
    new,
    not_trusted,
    off,
    on,
    trusted,
    vector,
)

_SGD = Rule(
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
)

_ADAM_BEGINS = {"step": 0.0, "exp_avg": 0.0, "exp_avg_sq": 0.0, "max_exp_avg_sq": 0.0}
_ADAM_LINES = (
    EXP_AVG,
    EXP_AVG_SQ,
    CORRECTION_1,
    CORRECTION_2,
    Line(
        "max_exp_avg_sq",
        "where(exp_avg_sq > max_exp_avg_sq, exp_avg_sq, max_exp_avg_sq)",
        (on("amsgrad"),),
        "amsgrad: the largest mean square so far.",
    ),
    Line("denom", "sqrt(max_exp_avg_sq) / sqrt(bias_correction2) + eps", (on("amsgrad"),)),
    Line("denom", "sqrt(exp_avg_sq) / sqrt(bias_correction2) + eps", (off("amsgrad"),)),
    Line("param", "param - lr / bias_correction1 * exp_avg / denom", says="The step."),
)
_ADAM = Rule((STEP, *GRADIENT, SHRINK_DECOUPLED, DECAY_INTO_GRADIENT, *_ADAM_LINES), _ADAM_BEGINS)
_ADAMW = Rule((STEP, *GRADIENT, SHRINK, *_ADAM_LINES), _ADAM_BEGINS)

_ADAMAX = Rule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        EXP_AVG,
        Line("faded", "beta2 * exp_inf", says="The largest recent gradient fades,"),
        Line("size", "abs(g) + eps"),
        Line("exp_inf", "where(size > faded, size, faded)", says="unless the new one is larger."),
        Line("bias_correction", CORRECTION_1.formula, says=CORRECTION_1.says),
        Line("param", "param - lr / bias_correction * exp_avg / exp_inf", says="The step."),
    ),
    {"step": 0.0, "exp_avg": 0.0, "exp_inf": 0.0},
)

_NADAM = Rule(
    (
        STEP,
        *GRADIENT,
        CORRECTION_2,
        SHRINK_DECOUPLED,
        DECAY_INTO_GRADIENT,
        Line("mu", "beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))", says="The momentum of this step,"),
        Line("mu_next", "beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))", says="and of the next one."),
        Line("mu_product", "mu_product * mu", says="The product of all momenta so far."),
        EXP_AVG,
        EXP_AVG_SQ,
        Line("denom", "sqrt(exp_avg_sq / bias_correction2) + eps"),
        Line(
            "param",
            "param - lr * (1 - mu) / (1 - mu_product) * g / denom",
            says="The gradient's part of the step,",
        ),
        Line(
            "param",
            "param - lr * mu_next / (1 - mu_product * mu_next) * exp_avg / denom",
            says="and the momentum's.",
        ),
    ),
    {"step": 0.0, "mu_product": 1.0, "exp_avg": 0.0, "exp_avg_sq": 0.0},
)

_RADAM = Rule(
    (
        STEP,
        *GRADIENT,
        SHRINK_DECOUPLED,
        DECAY_INTO_GRADIENT,
        EXP_AVG,
        EXP_AVG_SQ,
        CORRECTION_1,
        CORRECTION_2,
        Line("bias_corrected_exp_avg", "exp_avg / bias_correction1"),
        Line("rho_inf", "2 / (1 - beta2) - 1", says="How many gradients the mean square spans in the long run,"),
        Line("rho_t", "rho_inf - 2 * step * beta2**step / bias_correction2", says="and how many it spans now."),
        Line(
            "rect",
            "sqrt((rho_t - 4) * (rho_t - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho_t))",
            (trusted,),
            "More than 5: the mean square is used, as far as it can be trusted.",
        ),
        Line("adaptive_lr", "sqrt(bias_correction2) / (sqrt(exp_avg_sq) + eps)", (trusted,)),
        Line("param", "param - bias_corrected_exp_avg * lr * adaptive_lr * rect", (trusted,), "The step."),
        Line(
            "param",
            "param - bias_corrected_exp_avg * lr",
            (not_trusted,),
            "Not more than 5: a step without the mean square.",
        ),
    ),
    {"step": 0.0, "exp_avg": 0.0, "exp_avg_sq": 0.0},
)

_RMSPROP = Rule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line(
            "square_avg",
            "alpha * square_avg + (1 - alpha) * g**2",
            says="The running mean of the gradient's square.",
        ),
        Line(
            "grad_avg",
            "alpha * grad_avg + (1 - alpha) * g",
            (on("centered"),),
            "centered: the running mean of the gradient.",
        ),
        Line("avg", "sqrt(square_avg - grad_avg**2) + eps", (on("centered"),)),
        Line("avg", "sqrt(square_avg) + eps", (off("centered"),)),
        Line(
            "momentum_buffer",
            "momentum * momentum_buffer + g / avg",
            (on("momentum"),),
            "What is left of the last steps, and the new one.",
        ),
        Line("param", "param - lr * momentum_buffer", (on("momentum"),), "The step."),
        Line("param", "param - lr * g / avg", (off("momentum"),), "The step."),
    ),
    {"step": 0.0, "square_avg": 0.0, "grad_avg": 0.0, "momentum_buffer": 0.0},
)

_RPROP = Rule(
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

_ADAGRAD = Rule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line("clr", "lr / (1 + (step - 1) * lr_decay)", says="The learning rate of this step."),
        Line("sum", "sum + g**2", says="The sum of all squared gradients."),
        Line("std", "sqrt(sum) + eps"),
        Line("param", "param - clr * g / std", says="The step."),
    ),
    {"step": 0.0, "sum": "initial_accumulator_value"},
)

_ADADELTA = Rule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line(
            "square_avg",
            "rho * square_avg + (1 - rho) * g**2",
            says="The running mean of the gradient's square.",
        ),
        Line("std", "sqrt(square_avg + eps)"),
        Line(
            "delta",
            "sqrt(acc_delta + eps) / std * g",
            says="The size of the last steps sets the size of this one.",
        ),
        Line("acc_delta", "rho * acc_delta + (1 - rho) * delta**2", says="The running mean of the step's square."),
        Line("param", "param - lr * delta", says="The step."),
    ),
    {"step": 0.0, "square_avg": 0.0, "acc_delta": 0.0},
)

_ASGD = Rule(
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
        Line("eta", "lr / (1 + lambd * lr * step)**alpha", says="The learning rate of the next step,"),
        Line(
            "mu", "1 / where(step - t0 > 1, step - t0, 1)", says="and the weight of its parameter in the average."
        ),
    ),
    {"step": 0.0, "eta": "lr", "mu": 1.0, "ax": 0.0},
)

_ADAFACTOR = Rule(
    (
        STEP,
        *GRADIENT,
        Line("one_minus_beta2", "step**beta2_decay", says="How much of a new square the mean takes in."),
        Line(
            "rho_t",
            "where(lr < 1 / sqrt(step), lr, 1 / sqrt(step))",
            says="The step in relation to the parameter's size.",
        ),
        Line("rms", "sqrt(sum(param**2, None) / numel)", says="The size of the parameter, over all its numbers."),
        Line(
            "alpha",
            "where(rms > eps2, rms, eps2) * rho_t",
            says="The step's size, in proportion to the parameter's.",
        ),
        SHRINK,
        Line(
            "row_var",
            "(1 - one_minus_beta2) * row_var + one_minus_beta2 * sum(g**2, -1) / columns",
            (matrix,),
            "The running mean of the squares in each row,",
        ),
        Line(
            "col_var",
            "(1 - one_minus_beta2) * col_var + one_minus_beta2 * sum(g**2, -2) / rows",
            (matrix,),
            "and in each column.",
        ),
        Line("mean_var", "sum(row_var, -2) / rows", (matrix,)),
        Line(
            "var_estimate",
            "row_var * col_var / where(mean_var < eps1, eps1, mean_var)",
            (matrix,),
            "From both, an estimate for each number.",
        ),
        Line(
            "variance",
            "(1 - one_minus_beta2) * variance + one_minus_beta2 * g**2",
            (vector,),
            "The running mean of the gradient's square.",
        ),
        Line("var_estimate", "variance", (vector,)),
        Line("update", "g / sqrt(where(var_estimate < eps1**2, eps1**2, var_estimate))"),
        Line("update_rms", "sqrt(sum(update**2, None) / numel)", says="The size of the update."),
        Line(
            "denom",
            "where(update_rms / d > 1, update_rms / d, 1)",
            says="An update larger than d is cut down to it.",
        ),
        Line("param", "param - alpha / denom * update", says="The step."),
    ),
    {"step": 0.0, "row_var": 0.0, "col_var": 0.0, "variance": 0.0},
)

#: The rules by the optimizer's name in torch.optim.
RULES: Mapping[str, Rule] = {
    "SGD": _SGD,
    "Adam": _ADAM,
    "AdamW": _ADAMW,
    "Adamax": _ADAMAX,
    "NAdam": _NADAM,
    "RAdam": _RADAM,
    "RMSprop": _RMSPROP,
    "Rprop": _RPROP,
    "Adagrad": _ADAGRAD,
    "Adadelta": _ADADELTA,
    "ASGD": _ASGD,
    "Adafactor": _ADAFACTOR,
}
