"""The rules of the Nodes that modules make, and of indices and slices."""

from __future__ import annotations

from viz.rules.rule import Rule, rule

_CONV = "stride, padding, dilation, groups"

_WINDOWS = "kernel_size, stride, padding"
_AVG_POOL = rule(
    self=f"add_to_windows(grad / size, {_WINDOWS}, shape)",
    given={
        "size": f"window_sizes({_WINDOWS}, count_include_pad, grad_shape, shape) "
        "if divisor_override is None else divisor_override"
    },
)
_SPLIT = rule(self="joined(grads, split_size, dim, shape)")
_MAX_POOL = rule(self="put_in_planes(grad, result1, shape)")

#: Every dimension of the input but the channels', and how many elements a channel or a group has.
_REST = "besides_channels(input_shape)"
_IN_CHANNEL = f"count(input_shape, {_REST})"
_IN_GROUP = "(count(input_shape, None) / (N * group))"

_OVER, _COUNT = "last(normalized_shape)", "count(normalized_shape, None)"

MODULE_RULES: dict[str, Rule] = {
    "AddmmBackward0": rule(
        self="beta * grad",
        mat1="alpha * (grad @ t(mat2))",
        mat2="alpha * (t(mat1) @ grad)",
    ),
    "BaddbmmBackward0": rule(  # of attention with a mask
        self="beta * grad",
        batch1="alpha * (grad @ transpose(batch2, 1, 2))",
        batch2="alpha * (transpose(batch1, 1, 2) @ grad)",
    ),
    # The sum over two dimensions of a product of three tensors: each is widened by what it lacks.
    "TrilinearBackward0": rule(
        i1="reshape(sum(g * second * third, expand1), shape)",
        i2="reshape(sum(g * first * third, expand2), shape)",
        i3="reshape(sum(g * first * second, expand3), shape)",
        given={
            "first": "unsqueeze(i1, expand1)",
            "second": "unsqueeze(i2, expand2)",
            "third": "unsqueeze(i3, expand3)",
            "g": "unsqueeze(grad, sumdim)",
        },
    ),
    "EmbeddingBackward0": rule(weight="put_rows(grad, indices, padding_idx, shape)"),
    # `result1` is the mean and `result2` one over the standard deviation. The order is torch's own: it sums the
    # input itself, which loses digits if the mean is much larger than the deviation, and overflows earlier.
    "NativeLayerNormBackward0": rule(
        input="result2 * g + slope * input + shift",
        weight="grad * normal",
        bias="1 * grad",
        given={
            "g": "grad if weight is None else grad * weight",
            "products": "grad * input if weight is None else grad * input * weight",
            "normal": "result2 * input - result2 * result1",
            "shift": f"-slope * result1 - sum(g, {_OVER}) * result2 / {_COUNT}",
            "slope": f"(sum(g, {_OVER}) * result1 - sum(products, {_OVER})) * result2 * result2 * result2 "
            f"/ {_COUNT}",
        },
    ),
    # In evaluation mode the mean and the variance are numbers that do not depend on the input.
    "NativeBatchNormBackward0": rule(
        input="from_input if weight is None else from_input * for_classes(weight, input_shape)",
        weight=f"reshape(sum(grad * centered, {_REST}), shape) * invstd",
        bias=f"reshape(sum(grad, {_REST}), shape)",
        given={
            "from_input": f"(grad - sum(grad, {_REST}) / {_IN_CHANNEL} - centered * slope) * scale "
            "if training else grad * scale",
            "slope": f"sum(grad * centered, {_REST}) * scale * scale / {_IN_CHANNEL}",
            "centered": "input - for_classes(result1 if training else running_mean, input_shape)",
            "scale": "for_classes(invstd, input_shape)",
            "invstd": "result2 if training else 1 / sqrt(running_var + eps)",
        },
    ),
    # `result1` is the mean of each group and `result2` one over its standard deviation, in torch's own order.
    # A gradient arrives at those two only if a derivative of a derivative used them.
    "NativeGroupNormBackward0": rule(
        input="from_result if (grad_1 is None) & (grad_2 is None) else from_result + from_mean + from_rstd",
        weight=f"reshape(sum((arrived * input - arrived * center) * rstd, {_REST}), shape)",
        bias=f"reshape(sum(arrived, {_REST}), shape)",
        given={
            "from_result": "rstd * g + slope * input + shift",
            "from_mean": f"0 if grad_1 is None else for_groups(grad_1, input_shape) / {_IN_GROUP}",
            "from_rstd": "0 if grad_2 is None else pull * input - pull * center",
            "pull": f"-for_groups(grad_2, input_shape) * rstd ** 3 / {_IN_GROUP}",
            "slope": f"(group_sums(g, group) * center - group_sums(g * input, group)) * rstd * rstd * rstd "
            f"/ {_IN_GROUP}",
            "shift": f"-slope * center - group_sums(g, group) * rstd / {_IN_GROUP}",
            "g": "arrived if weight is None else arrived * for_classes(weight, input_shape)",
            "arrived": "grad if (grad_1 is None) & (grad_2 is None) else 0 * input if grad_0 is None else grad_0",
            "center": "for_groups(result1, input_shape)",
            "rstd": "for_groups(result2, input_shape)",
        },
    ),
    "MaxPool2DWithIndicesBackward0": _MAX_POOL,
    "AdaptiveMaxPool2DBackward0": _MAX_POOL,
    "AvgPool2DBackward0": _AVG_POOL,
    **{
        f"AdaptiveAvgPool{dims}DBackward0": rule(
            self=f"add_to_regions(grad / region_sizes(grad_shape, shape, {dims}), shape, {dims})"
        )
        for dims in (2, 3)
    },
    "ConstantPadNdBackward0": rule(self="unpadded(grad, pad, shape)"),
    **{f"ReflectionPad{dims}DBackward0": rule(self="add_reflected(grad, padding, shape)") for dims in (1, 2, 3)},
    **{f"ReplicationPad{dims}DBackward0": rule(self="add_replicated(grad, padding, shape)") for dims in (1, 2, 3)},
    "UpsampleNearest1DBackward0": rule(self="add_nearest(grad, shape, scales)"),
    "UpsampleNearest2DBackward0": rule(self="add_nearest(grad, shape, scales_h, scales_w)"),
    "UpsampleNearest3DBackward0": rule(self="add_nearest(grad, shape, scales_d, scales_h, scales_w)"),
    "UpsampleLinear1DBackward0": rule(self="add_interpolated(grad, shape, align_corners, scales)"),
    "UpsampleBilinear2DBackward0": rule(self="add_interpolated(grad, shape, align_corners, scales_h, scales_w)"),
    "PixelShuffleBackward0": rule(self="unshuffled(grad, upscale_factor)"),
    "PixelUnshuffleBackward0": rule(self="shuffled(grad, downscale_factor)"),
    "ChannelShuffleBackward0": rule(self="regrouped(grad, groups)"),
    # Attention in one kernel keeps the result and the logarithm of each row's sum, and computes the weights again.
    "ScaledDotProductFlashAttentionForCpuBackward0": rule(
        query="factor * (pull @ key)",
        key="factor * (transpose(pull, -1, -2) @ query)",
        value="transpose(weights, -1, -2) @ grad",
        given={
            "pull": "weights * (grad @ transpose(value, -1, -2) - sum(grad * output, -1))",
            "weights": "lower_triangle(seen) if is_causal else seen",
            "seen": "every if attn_mask is None else where(attn_mask == -infinity, 0, every)",
            "every": "exp(scores - unsqueeze(logsumexp, -1))",
            "scores": "raw if attn_mask is None else raw + attn_mask",
            "raw": "factor * (query @ transpose(key, -1, -2))",
            "factor": "1 / sqrt(count(query_shape, -1)) if scale is None else scale",
        },
    ),
    # A transposed convolution computes what a plain one sends to its input, and the other way round.
    "ConvolutionBackward0": rule(
        input=f"convolved(grad, weight, {_CONV}) if transposed else conv_input(grad, weight, {_CONV}, shape)",
        weight=f"conv_weight(input, grad, {_CONV}, shape) if transposed else "
        f"conv_weight(grad, input, {_CONV}, shape)",
        bias="reshape(sum(grad, besides_channels(grad_shape)), shape)",
    ),
    # Operations with a number instead of a tensor, which torch uses inside its own functions.
    "RemainderBackward0": rule(self="1"),
    "RemainderBackward1": rule(self="1", other="-floor_quotient(self, other)"),
    "AddBackward1": rule(self="1"),
    "MulBackward1": rule(self="other"),
    "DivBackward1": rule(self="1 / other"),
    "ClampMinBackward0": rule(self="where(self >= min, 1, 0)"),
    "MaskedFillBackward0": rule(self="where(mask, 0, 1)"),
    "MaskedFillBackward1": rule(self="where(mask, 0, 1)", value="where(mask, 1, 0)"),
    # Indices and slices.
    "SelectBackward0": rule(self="put_select(grad, dim, index, shape)"),
    "SliceBackward0": rule(self="put_slice(grad, dim, start, end, step, shape)"),
    # Each result has a gradient of its own, or none.
    "UnbindBackward0": rule(self="stacked(grads, dim)"),
    "SplitBackward0": _SPLIT,
    "UnsafeSplitBackward0": _SPLIT,  # of the gates of an LSTM or a GRU
    "SplitWithSizesBackward0": rule(self="joined(grads, split_sizes, dim, shape)"),
    "IndexBackward0": rule(self="put_indices(grad, indices, shape)"),
    "IndexPutBackward0": rule(self="erased(grad, indices)", values="picked(grad, indices)"),
}
