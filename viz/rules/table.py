"""The rules: one entry for each backward Node that a program of the language can make.

Names in a formula: `grad` is the gradient that arrived, `result` the result of the operation, `shape` the shape
of the argument that the edge leads to. All other names are torch's, for what it saved for this Node. If torch
saves the result and not the input, the formula uses the result too: backward has nothing else.
"""

from __future__ import annotations

from viz.frames.graph import Node
from viz.rules.activations import ACTIVATION_RULES
from viz.rules.losses import LOSS_RULES
from viz.rules.modules import MODULE_RULES
from viz.rules.rule import Rule, rule
from viz.rules.second import SECOND_RULES
from viz.rules.views import placed, rule_name, written_into_view

_SAME = rule(self="1")
_NONE = rule(self="0")
_RESHAPED = rule(self="reshape(grad, shape)")
_SOFTMAX = rule(self="result * (grad - sum(grad * result, dim))")
_TRANSPOSED = rule(self="transpose(grad, dim0, dim1)")
#: The largest (or the smallest) elements share the gradient.
_EXTREME = rule(
    self="spread(grad, dim, keepdim, shape) * chosen / sum(chosen, dim)",
    given={"chosen": "where(self == spread(result, dim, keepdim, shape), 1, 0)"},
)
#: The elements at the chosen places get the gradient that arrived.
_CHOSEN = "put_along(grad, dim, {}, keepdim, shape)"
_EXTREME_OF_ALL = rule(
    self="where(chosen == 0, 0, grad / sum(chosen, None))",
    given={"chosen": "where((self == result) | isnan(self) & isnan(result), 1, 0)"},
)


def _norm(p: str) -> Rule:
    """The rule of a norm whose Node calls its power `p`."""
    return rule(
        self=f"0 * self * g if {p} == 0 else g * sign(self) if {p} == 1 else "
        f"g * sign(self) * chosen / sum(chosen, dim) if {p} == infinity else "
        f"g * sign(self) * chosen / sum(chosen, dim) if {p} == -infinity else "
        f"g * where(n == 0, 0, self / n) if {p} == 2 else "
        f"sign(self) * where(self == 0, 0, abs(self) ** ({p} - 1)) * g * n ** (1 - {p}) if {p} < 1 else "
        f"sign(self) * abs(self) ** ({p} - 1) * where(n == 0, 0, g / n ** ({p} - 1)) if {p} < 2 else "
        f"self * abs(self) ** ({p} - 2) * where(n == 0, 0, g / n ** ({p} - 1))",
        given={
            "g": "spread(grad, dim, keepdim, shape)",
            "n": "spread(result, dim, keepdim, shape)",
            "chosen": "where((abs(self) == n) | isnan(self), 1, 0)",
        },
    )


RULES: dict[str, Rule] = {
    # One operand, element by element.
    "AbsBackward0": rule(self="sign(self)"),
    "AcosBackward0": rule(self="-1 / sqrt(1 - self ** 2)"),
    "AsinBackward0": rule(self="1 / sqrt(1 - self ** 2)"),
    "AtanBackward0": rule(self="1 / (1 + self ** 2)"),
    "CeilBackward0": _NONE,
    "CloneBackward0": _SAME,
    "CosBackward0": rule(self="-sin(self)"),
    "CoshBackward0": rule(self="sinh(self)"),
    "EluBackward0": rule(
        self="where(self <= 0, scale * alpha * input_scale * exp(input_scale * self), scale)", open_at_nan="self"
    ),
    "ErfBackward0": rule(self="2 / sqrt(pi) * exp(-self ** 2)"),
    "ExpBackward0": rule(self="result"),
    "Exp2Backward0": rule(self="result * log(2)"),
    "Expm1Backward0": rule(self="result + 1"),
    "FloorBackward0": _NONE,
    "HardtanhBackward0": rule(self="where((self <= min_val) | (self >= max_val), 0, 1)", open_at_nan="self"),
    "GeluBackward0": rule(
        self="(1 + erf(self / sqrt(2))) / 2 + self * exp(-self ** 2 / 2) / sqrt(2 * pi)"
        " if approximate == 'none' else "
        "(1 + tanh(u)) / 2 + self / 2 * (1 - tanh(u) ** 2) * sqrt(2 / pi) * (1 + 3 * 0.044715 * self ** 2)",
        given={"u": "sqrt(2 / pi) * (self + 0.044715 * self ** 3)"},
    ),
    "LeakyReluBackward0": rule(self="where(self > 0, 1, negative_slope)"),
    "LogBackward0": rule(self="1 / self"),
    "Log10Backward0": rule(self="1 / (self * log(10))"),
    "Log1PBackward0": rule(self="1 / (self + 1)"),
    "Log2Backward0": rule(self="1 / (self * log(2))"),
    "LogSigmoidBackward0": rule(self="sigmoid(-self)"),
    "MishBackward0": rule(self="u + self * sigmoid(self) * (1 - u ** 2)", given={"u": "tanh(log(1 + exp(self)))"}),
    "NegBackward0": rule(self="-1"),
    "ReciprocalBackward0": rule(self="-result ** 2"),
    "ReluBackward0": rule(self="where(result <= 0, 0, 1)"),
    "RoundBackward0": _NONE,
    "RsqrtBackward0": rule(self="-result ** 3 / 2"),
    "SigmoidBackward0": rule(self="result * (1 - result)"),
    "SignBackward0": _NONE,
    "SiluBackward0": rule(self="sigmoid(self) * (1 + self * (1 - sigmoid(self)))"),
    "SinBackward0": rule(self="cos(self)"),
    "SinhBackward0": rule(self="cosh(self)"),
    "SoftplusBackward0": rule(self="where(beta * self > threshold, 1, sigmoid(beta * self))"),
    "SqrtBackward0": rule(self="1 / (2 * result)"),
    "TanBackward0": rule(self="1 + result ** 2"),
    "TanhBackward0": rule(self="1 - result ** 2"),
    "ToCopyBackward0": _SAME,
    "TruncBackward0": _NONE,
    "ClampBackward1": rule(
        self="where(self >= min, 1, 0) if max is None else where(self <= max, 1, 0) if min is None else "
        "where((self >= min) & (self <= max), 1, 0)"
    ),
    # Two operands (or more), element by element, each broadcast to the other.
    "AddBackward0": rule(self="1", other="alpha"),
    "SubBackward0": rule(self="1", other="-alpha"),
    "RsubBackward1": rule(self="-alpha"),
    "MulBackward0": rule(self="other", other="self"),
    "DivBackward0": rule(self="1 / other", other="-over_square(self, other)"),
    "PowBackward0": rule(self="0 if exponent == 0 else exponent * self ** (exponent - 1)"),
    "PowBackward1": rule(
        self="where(exponent == 0, 0, exponent * self ** (exponent - 1))",
        exponent="result * where((self == 0) & (exponent >= 0), 0, log(self))",
    ),
    "PowBackward2": rule(
        exponent="result * where(exponent >= 0, 0, log(self)) if self == 0 else result * log(self)"
    ),
    "MaximumBackward0": rule(
        self="where(self < other, 0, where(self == other, 1 / 2, 1))",
        other="where(other < self, 0, where(self == other, 1 / 2, 1))",
    ),
    "MinimumBackward0": rule(
        self="where(self > other, 0, where(self == other, 1 / 2, 1))",
        other="where(other > self, 0, where(self == other, 1 / 2, 1))",
    ),
    "ClampBackward0": rule(
        self="where(self >= min, 1, 0) if max is None else where(self <= max, 1, 0) if min is None else "
        "where((self >= min) & (self <= max), 1, 0)",
        min="where(self < min, 1, 0) if max is None else where((self < min) & (min < max), 1, 0)",
        max="where(self > max, 1, 0) if min is None else where((self > max) | (max < min), 1, 0)",
    ),
    "LerpBackward0": rule(self="1 - weight", end="weight"),
    "LerpBackward1": rule(self="1 - weight", end="weight", weight="end - self"),
    "AddcmulBackward0": rule(self="1", tensor1="value * tensor2", tensor2="value * tensor1"),
    # torch computes these quotients before it multiplies: a quotient by itself may leave the dtype's range.
    "AddcdivBackward0": rule(
        self="1", tensor1="1 * (value / tensor2)", tensor2="-(value * tensor1 / tensor2 ** 2)"
    ),
    "WhereBackward0": rule(input="where(condition, 1, 0)", other="where(condition, 0, 1)"),
    # In place: the former elements no longer matter.
    "CopyBackwards": rule(self="0", src="1"),
    "FillBackward2": _NONE,
    "FillBackward3": rule(self="0", value="1"),
    "ZeroBackward0": _NONE,
    "UniformBackward0": _NONE,
    "NormalBackward0": _NONE,
    "BernoulliBackward0": _NONE,
    # Products of matrices and vectors.
    "MmBackward0": rule(self="grad @ t(mat2)", mat2="t(self) @ grad"),
    "BmmBackward0": rule(self="grad @ transpose(mat2, 1, 2)", mat2="transpose(self, 1, 2) @ grad"),
    "MvBackward0": rule(self="outer(grad, vec)", vec="t(self) @ grad"),
    "DotBackward0": rule(self="tensor", tensor="self"),
    "LinalgInvExBackward0": rule(
        A="-(transpose(inverse, -1, -2) @ (grad @ transpose(inverse, -1, -2)))",
    ),
    # Reductions.
    "SumBackward0": rule(self="expand(grad, shape)"),
    "SumBackward1": rule(self="spread(grad, dim, keepdim, shape)"),
    "MeanBackward0": rule(self="expand(grad, shape) / count(shape, None)"),
    "MeanBackward1": rule(self="spread(grad, dim, keepdim, shape) / count(shape, dim)"),
    # If no factor is 0, torch divides the product, which may have left the dtype's range, by each factor.
    "ProdBackward0": rule(
        self="grad if dims(self_shape) == 0 else "
        "where(zeros == 0, grad * (result / self), where(zeros > 1, 0, grad * others(self, None)))",
        given={"zeros": "sum(where(self == 0, 1, 0), None)"},
    ),
    "ProdBackward1": rule(
        self="grad if dims(self_shape) == 0 else spread(grad, dim, keepdim, shape) * "
        "where(zeros == 0, spread(result, dim, keepdim, shape) / self, others(self, dim))",
        given={"zeros": "sum(where(self == 0, 1, 0), None)"},
    ),
    "VarBackward0": rule(
        self="g * 2 * (self - mean(self, dim)) / (count(shape, dim) - (1 if correction is None else correction)) "
        "if count(shape, dim) - (1 if correction is None else correction) > 0 else "
        "g * where(self == mean(self, dim), 0 * infinity, infinity)",
        given={"g": "spread(grad, dim, keepdim, shape)"},
    ),
    "StdBackward0": rule(
        self="where(s == 0, 0, spread(grad, dim, keepdim, shape) * (self - mean(self, dim)) / "
        "(s * (count(shape, dim) - (1 if correction is None else correction))))",
        given={"s": "spread(result, dim, keepdim, shape)"},
    ),
    "AmaxBackward0": _EXTREME,
    "AminBackward0": _EXTREME,
    "MaxBackward0": rule(self=_CHOSEN.format("indices")),
    "MinBackward0": rule(self=_CHOSEN.format("indices")),
    "MaxBackward1": _EXTREME_OF_ALL,
    "MinBackward1": _EXTREME_OF_ALL,
    "CumsumBackward0": rule(self="later(grad, dim)"),
    "SoftmaxBackward0": _SOFTMAX,
    "SafeSoftmaxBackward0": _SOFTMAX,  # inside attention: a row of -inf becomes zeros
    "LogSoftmaxBackward0": rule(self="grad - exp(result) * sum(grad, dim)"),
    "LogsumexpBackward0": rule(
        self="spread(grad, dim, keepdim, shape) * exp(self - spread(result, dim, keepdim, shape))"
    ),
    "LinalgVectorNormBackward0": _norm("ord"),
    "NormBackward1": _norm("p"),
    # For `norm(p="nuc")`, the sum of the singular values. Its second derivative involves the vectors.
    "LinalgSvdBackward0": rule(
        A="from_S if (grad_0 is None) & (grad_2 is None) else from_S + from_U + from_Vh",
        given={
            "from_S": "0 if grad_1 is None else (U * unsqueeze(grad_1, -2)) @ Vh",
            "from_U": "0 if grad_0 is None else "
            "(U @ ((a - transpose(a, -1, -2)) / gap * unsqueeze(S, -2)) + "
            "(grad_0 - U @ a) / unsqueeze(S, -2)) @ Vh",
            "from_Vh": "0 if grad_2 is None else "
            "U @ (((b - transpose(b, -1, -2)) / gap * unsqueeze(S, -1)) @ Vh + "
            "(grad_2 - transpose(b, -1, -2) @ Vh) / unsqueeze(S, -1))",
            "a": "transpose(U, -1, -2) @ grad_0",
            "b": "Vh @ transpose(grad_2, -1, -2)",
            "gap": "where(difference == 0, 1, difference)",
            "difference": "unsqueeze(S, -2) ** 2 - unsqueeze(S, -1) ** 2",
        },
    ),
    # The same numbers in another shape, order or place.
    "AliasBackward0": _SAME,
    "ExpandBackward0": _SAME,
    # A view whose base was written into, rebuilt from its place in memory.
    "AsStridedBackward0": rule(self="put_strided(grad, size, stride, storage_offset, self_geometry)"),
    "ViewBackward0": _RESHAPED,
    "UnsafeViewBackward0": _RESHAPED,
    "ReshapeAliasBackward0": _RESHAPED,
    "SqueezeBackward0": _RESHAPED,
    "SqueezeBackward1": _RESHAPED,
    "SqueezeBackward2": _RESHAPED,
    "SqueezeBackward4": _RESHAPED,
    "UnsqueezeBackward0": _RESHAPED,
    "UnsqueezeBackward1": _RESHAPED,
    "TBackward0": rule(self="t(grad)"),
    "TransposeBackward0": _TRANSPOSED,
    "TransposeBackward1": _TRANSPOSED,  # in place, inside a recurrent layer
    "PermuteBackward0": rule(self="permute_back(grad, dims)"),
    "FlipBackward0": rule(self="flip(grad, dims)"),
    "RepeatBackward0": rule(self="added_up(grad, repeats, shape)"),
    "ScatterBackward0": rule(self="erased_along(grad, dim, index)", src="picked_along(grad, dim, index)"),
    "ScatterAddBackward0": rule(self="1", src="picked_along(grad, dim, index)"),
    "ScatterBackward1": rule(self="erased_along(grad, dim, index)"),
    "IndexSelectBackward0": rule(self="put_index(grad, dim, index, shape)"),
    "IndexAddBackward0": rule(self="1", source="alpha * picked_index(grad, dim, index)"),
    "GatherBackward0": rule(self="put_along(grad, dim, index, True, shape)"),
    "StackBackward0": rule(repeated=True, tensors="select(grad, dim, number)"),
    "CatBackward0": rule(repeated=True, tensors="part(grad, dim, number, shapes)"),
    **ACTIVATION_RULES,
    **LOSS_RULES,
    **MODULE_RULES,
    **SECOND_RULES,
}


def rule_for(node: Node) -> Rule | None:
    """The rule of a recorded Node, None if there is none; that of a CopySlices comes from its inner Node's.

    Also None if the layout of the Node's view was not recorded.
    """
    rule = RULES.get(rule_name(node))
    if rule is None or not placed(node):
        return None
    return written_into_view(rule) if node.name == "CopySlices" else rule


#: Nodes that a program can make and that have no rule here, and why.
WITHOUT_RULE: dict[str, str] = {
    "MkldnnRnnLayerBackward0": "torch computes all steps of this LSTM in one kernel, forward and backward, so "
    "that there is no Node, and no formula, for a step or a gate. In float64 it makes a Node for each operation.",
    "NotImplemented": "torch has no derivative for this operation: a backward that comes here raises an error.",
}
