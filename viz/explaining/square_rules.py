"""The update rules that divide by the root of a mean or sum of squared gradients, as torch.optim computes them."""

from __future__ import annotations

from viz.explaining.rule_lines import (
    DECAY,
    GRADIENT,
    SHRINK,
    STEP,
    Line,
    UpdateRule,
    matrix,
    not_positive,
    off,
    on,
    positive,
    vector,
)

RMSPROP = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line(
            "square_avg",
            "alpha * square_avg + (1 - alpha) * g**2",
            says="`square_avg` is the running mean of the squared gradient.",
        ),
        Line(
            "grad_avg",
            "keep(alpha, grad_avg, g)",
            (on("centered"),),
            "`centered` also keeps the running mean of the gradient.",
        ),
        Line("avg", "sqrt(square_avg - grad_avg**2) + eps", (on("centered"),)),
        Line("avg", "sqrt(square_avg) + eps", (off("centered"),)),
        Line(
            "momentum_buffer",
            "momentum * momentum_buffer + g / avg",
            (positive("momentum"),),
            "The momentum keeps a part of the last steps and adds the new one.",
        ),
        Line("param", "param - lr * momentum_buffer", (positive("momentum"),), "This is the step."),
        Line("param", "param - lr * g / avg", (not_positive("momentum"),), "This is the step."),
    ),
    {"step": 0.0, "square_avg": 0.0, "grad_avg": 0.0, "momentum_buffer": 0.0},
)

ADAGRAD = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line("clr", "lr / (1 + (step - 1) * lr_decay)", says="`clr` is the learning rate of this step."),
        Line("sum", "sum + g**2", says="`sum` is the sum of all squared gradients."),
        Line("std", "sqrt(sum) + eps"),
        Line("param", "param - clr * g / std", says="This is the step."),
    ),
    {"step": 0.0, "sum": "initial_accumulator_value"},
)

ADADELTA = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        Line(
            "square_avg",
            "rho * square_avg + (1 - rho) * g**2",
            says="`square_avg` is the running mean of the squared gradient.",
        ),
        Line("std", "sqrt(square_avg + eps)"),
        Line(
            "delta",
            "sqrt(acc_delta + eps) / std * g",
            says="The size of the last steps scales this one.",
        ),
        Line(
            "acc_delta",
            "rho * acc_delta + (1 - rho) * delta**2",
            says="`acc_delta` is the running mean of the squared step.",
        ),
        Line("param", "param - lr * delta", says="This is the step."),
    ),
    {"step": 0.0, "square_avg": 0.0, "acc_delta": 0.0},
)

ADAFACTOR = UpdateRule(
    (
        STEP,
        *GRADIENT,
        Line(
            "one_minus_beta2",
            "step**beta2_decay",
            says="`one_minus_beta2` is the weight of the new squares in the mean.",
        ),
        Line(
            "rho_t",
            "where(1 / sqrt(step) < lr, 1 / sqrt(step), lr)",
            says="`rho_t` is the size of the step relative to the parameter.",
        ),
        Line(
            "rms",
            "sqrt(sum(param**2, None) / numel)",
            says="`rms` is the root mean square of all the parameter's elements.",
        ),
        Line(
            "alpha",
            "where(rms > eps2, rms, eps2) * rho_t",
            says="`alpha` is the size of the step, in proportion to the parameter.",
        ),
        SHRINK,
        Line("row_mean", "sum(g**2, -1) / columns", (matrix,), "`row_mean` is the mean square of each row."),
        Line("row_var", "lerp(row_var, row_mean, one_minus_beta2)", (matrix,), "`row_var` is its running mean."),
        Line("col_mean", "sum(g**2, -2) / rows", (matrix,), "The columns get the same two quantities."),
        Line("col_var", "lerp(col_var, col_mean, one_minus_beta2)", (matrix,)),
        Line("mean_var", "sum(row_var, -2) / rows", (matrix,)),
        Line(
            "var_estimate",
            "row_var * col_var / where(mean_var < eps1, eps1, mean_var)",
            (matrix,),
            "Rows and columns together estimate the mean square of each element.",
        ),
        Line("grad_squared", "g**2", (vector,)),
        Line(
            "variance",
            "lerp(variance, grad_squared, one_minus_beta2)",
            (vector,),
            "`variance` is the running mean of the squared gradient.",
        ),
        Line("var_estimate", "variance", (vector,)),
        Line("update", "g / sqrt(where(var_estimate < eps1**2, eps1**2, var_estimate))"),
        Line(
            "update_rms",
            "sqrt(sum(update**2, None) / numel)",
            says="`update_rms` is the root mean square of the update.",
        ),
        Line(
            "denom",
            "where(update_rms / d > 1, update_rms / d, 1)",
            says="An update larger than `d` is scaled down to it.",
        ),
        Line("param", "param - alpha / denom * update", says="This is the step."),
    ),
    {"step": 0.0, "row_var": 0.0, "col_var": 0.0, "variance": 0.0},
)
