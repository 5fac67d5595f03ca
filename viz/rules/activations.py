"""The rules of the activations that only `torch.nn` and its functions have."""

from __future__ import annotations

from viz.rules.rule import Rule, rule

_SHRUNK = rule(self="where((self >= -lambd) & (self <= lambd), 0, 1)", open_at_nan="self")
_SLOPE = "noise if training else where(self > 0, 1, (lower + upper) / 2)"
_ABOVE = rule(self="where(self <= threshold, 0, 1)")

ACTIVATION_RULES: dict[str, Rule] = {
    # torch divides 1 by alpha rounded to float32.
    "CeluBackward0": rule(
        self="where(self <= 0, alpha * (1 / float32(alpha)) * exp(self * (1 / float32(alpha))), 1)",
        open_at_nan="self",
    ),
    # In place: only the result is left.
    "CeluBackward1": rule(
        self="where(result <= 0, (result + alpha) * (1 / float32(alpha)), 1)", open_at_nan="result"
    ),
    "EluBackward1": rule(
        self="where(result <= 0, (result + scale * alpha) * input_scale, scale)", open_at_nan="result"
    ),
    "LeakyReluBackward1": rule(self="where(result > 0, 1, negative_slope)"),
    # Gated: the first half times the sigmoid of the second half.
    "GluBackward0": rule(
        self="both_halves(grad * gate, grad * first_half(self, dim) * gate * (1 - gate), dim)",
        given={"gate": "sigmoid(second_half(self, dim))"},
    ),
    "HardshrinkBackward0": _SHRUNK,
    "HardswishBackward0": rule(
        self="where(self <= -3, 0, where(self < 3, self / 3 + 1 / 2, 1))", open_at_nan="self"
    ),
    "PreluKernelBackward0": rule(self="where(self > 0, 1, weight)", weight="where(self > 0, 0, self)"),
    # The noise is the random slope that the call drew for each element, 1 for those above 0. In evaluation mode
    # torch leaves it unwritten.
    "RreluWithNoiseBackward0": rule(self=_SLOPE),
    "RreluWithNoiseBackward1": rule(self=_SLOPE.replace("self", "result")),
    "SoftshrinkBackward0": _SHRUNK,
    "ThresholdBackward0": _ABOVE,
    "ThresholdBackward1": _ABOVE,
}

_SHRUNK_TWICE = rule(grad_output="where((self >= -lambd) & (self <= lambd), 0, 1)", self="0", open_at_nan="self")

#: The rules of the Nodes that differentiate these, as in `viz/rules/second.py`.
SECOND_ACTIVATION_RULES: dict[str, Rule] = {
    "GluBackwardBackward0": rule(
        grad_output="first_half(grad, dim) * gate + second_half(grad, dim) * first_half(self, dim) * slope",
        self="both_halves(second_half(grad, dim) * grad_output * slope, bend * grad_output * slope, dim)",
        given={
            "bend": "first_half(grad, dim) + second_half(grad, dim) * first_half(self, dim) * (1 - 2 * gate)",
            "slope": "gate * (1 - gate)",
            "gate": "sigmoid(second_half(self, dim))",
        },
    ),
    "HardshrinkBackwardBackward0": _SHRUNK_TWICE,
    "HardswishBackwardBackward0": rule(
        grad_output="where(self <= -3, 0, where(self < 3, self / 3 + 1 / 2, 1))",
        self="where((self > -3) & (self < 3), grad_output / 3, 0)",
        open_at_nan="self",
    ),
    "PreluKernelBackwardBackward0": rule(
        grad_output="from_self + from_weight",
        self="nothing if grad_1 is None else where(self > 0, 0, grad_1 * grad_output)",
        weight="nothing if grad_0 is None else where(self > 0, 0, grad_0 * grad_output)",
        given={
            "nothing": "where(self > 0, 0, 0)",
            "from_self": "0 if grad_0 is None else where(self > 0, grad_0, grad_0 * weight)",
            "from_weight": "0 if grad_1 is None else where(self > 0, 0, grad_1 * self)",
        },
    ),
    "RreluWithNoiseBackwardBackward0": rule(grad_output=_SLOPE, self="0"),
    "SoftshrinkBackwardBackward0": _SHRUNK_TWICE,
}
