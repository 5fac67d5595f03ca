"""The update rules that divide by the root of a mean or a sum of squared gradients, as torch.optim has them."""

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
            says="The running mean of the gradient's square.",
        ),
        Line(
            "grad_avg",
            "keep(alpha, grad_avg, g)",
            (on("centered"),),
            "centered: the running mean of the gradient.",
        ),
        Line("avg", "sqrt(square_avg - grad_avg**2) + eps", (on("centered"),)),
        Line("avg", "sqrt(square_avg) + eps", (off("centered"),)),
        Line(
            "momentum_buffer",
            "momentum * momentum_buffer + g / avg",
            (positive("momentum"),),
            "What is left of the last steps, and the new one.",
        ),
        Line("param", "param - lr * momentum_buffer", (positive("momentum"),), "The step."),
        Line("param", "param - lr * g / avg", (not_positive("momentum"),), "The step."),
    ),
    {"step": 0.0, "square_avg": 0.0, "grad_avg": 0.0, "momentum_buffer": 0.0},
)

ADAGRAD = UpdateRule(
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

ADADELTA = UpdateRule(
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

ADAFACTOR = UpdateRule(
    (
        STEP,
        *GRADIENT,
        Line("one_minus_beta2", "step**beta2_decay", says="How much of a new square the mean takes in."),
        Line(
            "rho_t",
            "where(1 / sqrt(step) < lr, 1 / sqrt(step), lr)",
            says="The step in relation to the parameter's size.",
        ),
        Line("rms", "sqrt(sum(param**2, None) / numel)", says="The size of the parameter, over all its numbers."),
        Line(
            "alpha",
            "where(rms > eps2, rms, eps2) * rho_t",
            says="The step's size, in proportion to the parameter's.",
        ),
        SHRINK,
        Line("row_mean", "sum(g**2, -1) / columns", (matrix,), "The mean square of each row,"),
        Line("row_var", "lerp(row_var, row_mean, one_minus_beta2)", (matrix,), "and its running mean."),
        Line("col_mean", "sum(g**2, -2) / rows", (matrix,), "The same of each column."),
        Line("col_var", "lerp(col_var, col_mean, one_minus_beta2)", (matrix,)),
        Line("mean_var", "sum(row_var, -2) / rows", (matrix,)),
        Line(
            "var_estimate",
            "row_var * col_var / where(mean_var < eps1, eps1, mean_var)",
            (matrix,),
            "From both, an estimate for each number.",
        ),
        Line("grad_squared", "g**2", (vector,)),
        Line(
            "variance",
            "lerp(variance, grad_squared, one_minus_beta2)",
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
