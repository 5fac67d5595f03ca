"""The rules of the Nodes that modules make, and of indices and slices."""

from __future__ import annotations

from viz.rules.rule import Rule, rule

_CONV = "stride, padding, dilation, groups"

_OVER, _COUNT = "last(normalized_shape)", "count(normalized_shape, None)"

MODULE_RULES: dict[str, Rule] = {
    "AddmmBackward0": rule(
        self="beta * grad",
        mat1="alpha * (grad @ t(mat2))",
        mat2="alpha * (t(mat1) @ grad)",
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
    # A transposed convolution computes what a plain one sends to its input, and the other way round.
    "ConvolutionBackward0": rule(
        input=f"convolved(grad, weight, {_CONV}) if transposed else conv_input(grad, weight, {_CONV}, shape)",
        weight=f"conv_weight(input, grad, {_CONV}, shape) if transposed else "
        f"conv_weight(grad, input, {_CONV}, shape)",
        bias="reshape(sum(sum(grad, 0), 2), shape)",
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
    "SplitBackward0": rule(self="joined(grads, split_size, dim, shape)"),
    "SplitWithSizesBackward0": rule(self="joined(grads, split_sizes, dim, shape)"),
    "IndexBackward0": rule(self="put_indices(grad, indices, shape)"),
    "IndexPutBackward0": rule(self="erased(grad, indices)", values="picked(grad, indices)"),
}
