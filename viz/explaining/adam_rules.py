"""The update rules of Adam and its variants, one line per quantity, as torch.optim computes them."""

from __future__ import annotations

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
    UpdateRule,
    not_trusted,
    off,
    on,
    trusted,
)

_ADAM_BEGINS = {"step": 0.0, "exp_avg": 0.0, "exp_avg_sq": 0.0, "max_exp_avg_sq": 0.0}
_ADAM_LINES = (
    EXP_AVG,
    EXP_AVG_SQ,
    CORRECTION_1,
    CORRECTION_2,
    Line(
        "max_exp_avg_sq",
        "maximum(max_exp_avg_sq, exp_avg_sq)",
        (on("amsgrad"),),
        "`amsgrad` keeps the largest mean of squares so far.",
    ),
    Line("denom", "sqrt(max_exp_avg_sq) / sqrt(bias_correction2) + eps", (on("amsgrad"),)),
    Line("denom", "sqrt(exp_avg_sq) / sqrt(bias_correction2) + eps", (off("amsgrad"),)),
    Line("param", "param - lr / bias_correction1 * exp_avg / denom", says="This is the step."),
)
ADAM = UpdateRule((STEP, *GRADIENT, SHRINK_DECOUPLED, DECAY_INTO_GRADIENT, *_ADAM_LINES), _ADAM_BEGINS)
ADAMW = UpdateRule((STEP, *GRADIENT, SHRINK, *_ADAM_LINES), _ADAM_BEGINS)

ADAMAX = UpdateRule(
    (
        STEP,
        *GRADIENT,
        DECAY,
        EXP_AVG,
        Line("faded", "beta2 * exp_inf", says="The largest recent gradient decays."),
        Line("size", "abs(g) + eps"),
        Line("exp_inf", "maximum(faded, size)", says="`exp_inf` is the larger of the two, or nan if one is nan."),
        Line("bias_correction", CORRECTION_1.formula, says=CORRECTION_1.says),
        Line("param", "param - lr / bias_correction * exp_avg / exp_inf", says="This is the step."),
    ),
    {"step": 0.0, "exp_avg": 0.0, "exp_inf": 0.0},
)

NADAM = UpdateRule(
    (
        STEP,
        *GRADIENT,
        CORRECTION_2,
        SHRINK_DECOUPLED,
        DECAY_INTO_GRADIENT,
        Line("mu", "beta1 * (1 - 0.5 * 0.96 ** (step * momentum_decay))", says="`mu` is this step's momentum."),
        Line(
            "mu_next",
            "beta1 * (1 - 0.5 * 0.96 ** ((step + 1) * momentum_decay))",
            says="`mu_next` is the momentum of the next step.",
        ),
        Line(
            "mu_product",
            "mu_product * float32(mu)",
            says="`mu_product` is the product of all momenta so far, which torch keeps in float32.",
        ),
        EXP_AVG,
        EXP_AVG_SQ,
        Line("denom", "sqrt(exp_avg_sq / bias_correction2) + eps"),
        Line(
            "param",
            "param - lr * (1 - mu) / (1 - mu_product) * g / denom",
            says="This is the gradient's part of the step.",
        ),
        Line(
            "param",
            "param - lr * mu_next / (1 - mu_product * mu_next) * exp_avg / denom",
            says="This is the momentum's part of the step.",
        ),
    ),
    {"step": 0.0, "mu_product": 1.0, "exp_avg": 0.0, "exp_avg_sq": 0.0},
    frozenset({"step", "mu_product"}),
)

RADAM = UpdateRule(
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
        Line(
            "rho_inf",
            "2 / (1 - beta2) - 1",
            says="`rho_inf` is how many gradients the mean of squares covers in the long run.",
        ),
        Line(
            "rho_t",
            "rho_inf - 2 * step * beta2**step / bias_correction2",
            says="`rho_t` is how many it covers now.",
        ),
        Line(
            "rect",
            "sqrt((rho_t - 4) * (rho_t - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho_t))",
            (trusted,),
            "`rho_t` is above 5, so the step uses the mean of squares, scaled down by `rect`.",
        ),
        Line("adaptive_lr", "sqrt(bias_correction2) / (sqrt(exp_avg_sq) + eps)", (trusted,)),
        Line("param", "param - bias_corrected_exp_avg * lr * adaptive_lr * rect", (trusted,), "This is the step."),
        Line(
            "param",
            "param - bias_corrected_exp_avg * lr",
            (not_trusted,),
            "`rho_t` is not above 5, so the step does not use the mean of squares.",
        ),
    ),
    {"step": 0.0, "exp_avg": 0.0, "exp_avg_sq": 0.0},
)
