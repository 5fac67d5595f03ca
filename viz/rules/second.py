"""The rules of the Nodes that a backward makes with `create_graph=True`: they differentiate derivatives.

`grad_output` is the gradient that arrived at the first Node, an argument here; `grad` is the one that arrives at
this Node. The gradient that leaves to `grad_output` is `grad` by the first Node's own rule. A derivative of a
derivative consists of the same Nodes, and of the few at the end of the table.
"""

from __future__ import annotations

from viz.rules.activations import SECOND_ACTIVATION_RULES
from viz.rules.rule import Rule, rule

#: A loss by its reduction: the mean, the sum or none. `grad_output` of a mean or a sum is one number for all.
_LOSS = "{0} / count(self_shape, None) if reduction == 1 else {0}"
_CONV = "stride, padding, dilation, groups"
_OVER = "last(normalized_shape)"
_NLL = rule(
    grad_output="reshape(sum(picked, 1), shape) if reduction == 0 else picked / sum(counted, None) "
    "if reduction == 1 else picked",
    self="0",
    given={
        "picked": "where(chosen == 0, 0, -grad) if weight is None else where(chosen == 0, 0, -grad * counted)",
        "counted": "chosen if weight is None else for_classes(weight, grad_shape) * chosen",
        "chosen": "one_hot(target, ignore_index, grad_shape)",
    },
)

_WINDOWS = "kernel_size, stride, padding"
_MAX_POOL = rule(grad_output="picked_in_planes(grad, indices)", self="0")
#: Every dimension of a batch norm's input but the channels'.
_REST = "besides_channels(input_shape)"

SECOND_RULES: dict[str, Rule] = {
    **SECOND_ACTIVATION_RULES,
    # Element by element.
    "EluBackwardBackward0": rule(
        grad_output="where(self_or_result <= 0, slope, scale)",
        self_or_result="grad_output * input_scale * below if is_result else "
        "grad_output * scale * alpha * input_scale ** 2 * exp(input_scale * self_or_result) * below",
        given={
            "slope": "(self_or_result + scale * alpha) * input_scale if is_result else "
            "scale * alpha * input_scale * exp(input_scale * self_or_result)",
            "below": "where(self_or_result < 0, 1, 0)",
        },
        open_at_nan="self_or_result",
    ),
    "GeluBackwardBackward0": rule(
        grad_output="(1 + erf(self / sqrt(2))) / 2 + self * density if approximate == 'none' else "
        "(1 + tanh(u)) / 2 + self / 2 * (1 - tanh(u) ** 2) * slope",
        self="grad_output * (2 - self ** 2) * density if approximate == 'none' else "
        "grad_output * (1 - tanh(u) ** 2) * (slope + self / 2 * (bend - 2 * tanh(u) * slope ** 2))",
        given={
            "density": "exp(-self ** 2 / 2) / sqrt(2 * pi)",
            "u": "sqrt(2 / pi) * (self + 0.044715 * self ** 3)",
            "slope": "sqrt(2 / pi) * (1 + 3 * 0.044715 * self ** 2)",
            "bend": "sqrt(2 / pi) * 6 * 0.044715 * self",
        },
    ),
    "HardtanhBackwardBackward0": rule(
        grad_output="where((self <= min_val) | (self >= max_val), 0, 1)", self="0", open_at_nan="self"
    ),
    "LeakyReluBackwardBackward0": rule(grad_output="where(self > 0, 1, negative_slope)", self="0"),
    "LogSigmoidBackwardBackward0": rule(
        grad_output="sigmoid(-self)", self="grad_output * (sigmoid(self) - 1) * sigmoid(self)"
    ),
    "LogitBackward0": rule(self="1 / (self * (1 - self))"),
    "SgnBackward0": rule(self="0"),
    "SigmoidBackwardBackward0": rule(grad_output="output * (1 - output)", output="grad_output * (1 - 2 * output)"),
    "SoftplusBackwardBackward0": rule(
        grad_output="where(beta * self > threshold, 1, sigmoid(beta * self))",
        self="grad_output * beta * z * (1 - z) * where(beta * self < threshold, 1, 0)",
        given={"z": "sigmoid(beta * self)"},
    ),
    "SubBackward1": rule(self="1"),
    "TanhBackwardBackward0": rule(grad_output="1 - output ** 2", output="-2 * grad_output * output"),
    "ThresholdBackwardBackward0": rule(grad_output="where(self <= threshold, 0, 1)", self="0"),
    # The floor of a quotient: `%` needs it.
    "DivBackward2": rule(self="0", other="0"),
    # Losses.
    "MseLossBackwardBackward0": rule(
        grad_output=_LOSS.format("2 * (self - target)"),
        self=_LOSS.format("2 * grad_output"),
        target=_LOSS.format("-2 * grad_output"),
    ),
    "SmoothL1LossBackwardBackward0": rule(
        grad_output=_LOSS.format("slope"),
        self=_LOSS.format("bend"),
        target=_LOSS.format("-bend"),
        given={
            "slope": "where(error <= -beta, -1, where(error >= beta, 1, error / beta))",
            "bend": "grad_output * where(abs(error) < beta, 1, 0) / beta",
            "error": "self - target",
        },
    ),
    "HuberLossBackwardBackward0": rule(
        grad_output=_LOSS.format("slope"),
        self=_LOSS.format("bend"),
        target=_LOSS.format("-bend"),
        given={
            "slope": "where(error <= -delta, -delta, where(error >= delta, delta, error))",
            "bend": "grad_output * where(abs(error) < delta, 1, 0)",
            "error": "self - target",
        },
    ),
    "SoftMarginLossBackwardBackward0": rule(
        grad_output=_LOSS.format("slope"),
        self=_LOSS.format("bend"),
        given={
            "slope": "-target * z / (1 + z)",
            "bend": "grad_output * target ** 2 * z / ((1 + z) * (1 + z))",
            "z": "exp(-target * self)",
        },
    ),
    "BinaryCrossEntropyBackwardBackward0": rule(
        grad_output=_LOSS.format("slope"),
        self=_LOSS.format("bend"),
        target=_LOSS.format("drift"),
        given={
            "slope": "error if weight is None else weight * error",
            "error": "(self - target) / room",
            "bend": "change if weight is None else weight * change",
            "change": "grad_output * (self ** 2 - 2 * self * target + target) / room ** 2",
            "drift": "-grad_output / least if weight is None else -weight * grad_output / least",
            "room": "(self + 1e-12) * (1 - self + 1e-12)",
            "least": "where(self * (1 - self) > 1e-12, self * (1 - self), 1e-12)",
        },
    ),
    "NllLossBackwardBackward0": _NLL,
    "NllLoss2DBackwardBackward0": _NLL,
    # Reductions.
    "SoftmaxBackwardDataBackward0": rule(
        grad_output="output * (grad - sum(grad * output, dim))",
        output="grad * (grad_output - sum(grad_output * output, dim)) - grad_output * sum(grad * output, dim)",
    ),
    "LogSoftmaxBackwardDataBackward0": rule(
        grad_output="grad - sum(grad * exp(output), dim)",
        output="-grad * exp(output) * sum(grad_output, dim)",
    ),
    "CumprodBackward0": rule(self="products_back(grad, self, dim)"),
    # Layer norm and convolution: a gradient arrives for the gradient of each of their arguments.
    "NativeLayerNormBackwardBackward0": rule(
        grad_out="from_input + from_weight + from_bias",
        input=f"rstd * (bend - mean(bend, {_OVER}) - normal * mean(bend * normal, {_OVER})) - through_rstd",
        mean="0",
        rstd="0",
        weight="to_weight",
        bias="0 * input if grad_0 is None else 0 * grad_0",
        given={
            "from_input": "0 * grad_out if grad_0 is None else projected if weight is None else "
            "weight * projected",
            "from_weight": "0 if grad_1 is None else grad_1 * normal",
            "from_bias": "0 if grad_2 is None else grad_2",
            "to_weight": "0 * grad_out if grad_0 is None else grad_out * projected",
            "bend": "by_weight - by_input",
            "by_weight": "0 * input if grad_1 is None else grad_1 * grad_out",
            "by_input": "0 * input if grad_0 is None else "
            f"rstd * (grad_0 * mean(g * normal, {_OVER}) + g * mean(grad_0 * normal, {_OVER}))",
            "through_rstd": f"0 if grad_0 is None else rstd * normal * mean(projected * g, {_OVER})",
            "projected": f"rstd * (grad_0 - mean(grad_0, {_OVER}) - normal * mean(grad_0 * normal, {_OVER}))",
            "g": "grad_out if weight is None else grad_out * weight",
            "normal": "(input - mean) * rstd",
        },
    ),
    "ConvolutionBackwardBackward0": rule(
        grad_output="from_input + from_weight + from_bias",
        input=f"0 * input if grad_1 is None else convolved(grad_output, grad_1, {_CONV}) if transposed else "
        f"conv_input(grad_output, grad_1, {_CONV}, shape)",
        weight=f"0 * weight if grad_0 is None else conv_weight(grad_0, grad_output, {_CONV}, shape) if transposed "
        f"else conv_weight(grad_output, grad_0, {_CONV}, shape)",
        given={
            "from_input": f"0 if grad_0 is None else conv_input(grad_0, weight, {_CONV}, shape) if transposed "
            f"else convolved(grad_0, weight, {_CONV})",
            "from_weight": f"0 if grad_1 is None else conv_input(input, grad_1, {_CONV}, shape) if transposed "
            f"else convolved(input, grad_1, {_CONV})",
            "from_bias": "0 if grad_2 is None else expand(for_classes(grad_2, shape), shape)",
        },
    ),
    "NativeBatchNormBackwardBackward0": rule(
        grad_out="from_input + from_weight + from_bias",
        input=f"(rstd * (bend - mean(bend, {_REST}) - normal * mean(bend * normal, {_REST})) - through_rstd) "
        "if train else rstd * by_weight",
        weight=f"reshape(sum(0 * grad_out if grad_0 is None else grad_out * projected, {_REST}), shape)",
        running_mean="0",
        running_var="0",
        given={
            "from_input": "0 * grad_out if grad_0 is None else projected if weight is None else "
            "for_classes(weight, input_shape) * projected",
            "from_weight": "0 if grad_1 is None else for_classes(grad_1, input_shape) * normal",
            "from_bias": "0 if grad_2 is None else for_classes(grad_2, input_shape)",
            "bend": "by_weight - by_input",
            "by_weight": "0 * input if grad_1 is None else for_classes(grad_1, input_shape) * grad_out",
            "by_input": "0 * input if grad_0 is None else "
            f"rstd * (grad_0 * mean(g * normal, {_REST}) + g * mean(grad_0 * normal, {_REST}))",
            "through_rstd": f"0 if grad_0 is None else rstd * normal * mean(projected * g, {_REST})",
            "projected": f"rstd * (grad_0 - mean(grad_0, {_REST}) - normal * mean(grad_0 * normal, {_REST})) "
            "if train else rstd * grad_0",
            "g": "grad_out if weight is None else grad_out * for_classes(weight, input_shape)",
            "normal": "(input - for_classes(save_mean if train else running_mean, input_shape)) * rstd",
            "rstd": "for_classes(save_invstd if train else 1 / sqrt(running_var + eps), input_shape)",
        },
    ),
    # Pooling.
    "MaxPool2DWithIndicesBackwardBackward0": _MAX_POOL,
    "AdaptiveMaxPool2DBackwardBackward0": _MAX_POOL,
    "AvgPool2DBackwardBackward0": rule(
        grad_output=f"sum_windows(grad, {_WINDOWS}, shape) / size",
        self="0",
        given={
            "size": f"window_sizes({_WINDOWS}, count_include_pad, shape, grad_shape) "
            "if divisor_override is None else divisor_override"
        },
    ),
    **{
        f"AdaptiveAvgPool{dims}DBackwardBackward0": rule(
            grad_output=f"sum_regions(grad, shape, {dims}) / region_sizes(shape, grad_shape, {dims})", self="0"
        )
        for dims in (2, 3)
    },
    # Padding and upsampling.
    **{
        f"ReflectionPad{dims}DBackwardBackward0": rule(grad_output="reflected(grad, padding)", self="0")
        for dims in (1, 2, 3)
    },
    **{
        f"ReplicationPad{dims}DBackwardBackward0": rule(grad_output="replicated(grad, padding)", self="0")
        for dims in (1, 2, 3)
    },
    "UpsampleNearest1DBackwardBackward0": rule(grad_output="nearest(grad, shape, scales)"),
    "UpsampleNearest2DBackwardBackward0": rule(grad_output="nearest(grad, shape, scales_h, scales_w)"),
    "UpsampleNearest3DBackwardBackward0": rule(grad_output="nearest(grad, shape, scales_d, scales_h, scales_w)"),
    "UpsampleLinear1DBackwardBackward0": rule(grad_output="interpolated(grad, shape, align_corners, scales)"),
    "UpsampleBilinear2DBackwardBackward0": rule(
        grad_output="interpolated(grad, shape, align_corners, scales_h, scales_w)"
    ),
    # Indexing: each reads the places where its first Node put the gradient.
    "SelectBackwardBackward0": rule(grad_output="select(grad, dim, index)"),
    "SliceBackwardBackward0": rule(grad_output="sliced(grad, dim, start, end, step)"),
    "IndexPutImplBackward0": rule(
        self="grad if accumulate else erased(grad, indices)", values="picked(grad, indices)"
    ),
    "MaskedSelectBackward0": rule(self="put_masked(grad, mask, shape)"),
    "EmbeddingDenseBackwardBackward0": rule(grad_output="picked_rows(grad, indices, padding_idx)"),
    # Third and fourth derivatives: beyond these, torch uses Nodes that are already in the tables.
    "MaskedScatterBackward0": rule(self="where(mask, 0, 1)", source="reshape(picked_masked(grad, mask), shape)"),
    "MaskedScatterBackwardBackward0": rule(grad_output="put_masked(grad, mask, shape)"),
    "DiagEmbedBackward0": rule(self="diagonal(grad, offset, dim1, dim2)"),
    "DiagonalBackwardBackward0": rule(grad_output="diagonal(grad, offset, dim1, dim2)"),
    "DiagonalBackward0": rule(self="put_diagonal(grad, offset, dim1, dim2, shape)"),
}
