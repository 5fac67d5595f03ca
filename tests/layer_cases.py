"""The cases of the rules that layers need, and the layers that they call: a part of `tests/rule_cases.py`."""

from __future__ import annotations

#: Images have two channels of 3 x 4 numbers (C) or of 4 x 2 (D).
LAYER_SETUP = """\
images = nn.Conv2d(2, 3, 2, stride=(1, 2), padding=1, dtype=real)
grouped = nn.Conv2d(2, 4, (2, 1), groups=2, bias=False, dtype=real)
leaky = nn.PReLU(3, init=0.3, dtype=real)
batch = nn.BatchNorm1d(3, dtype=real)
plain = nn.BatchNorm1d(3, momentum=None, affine=False, dtype=real)
tested = nn.BatchNorm1d(3, dtype=real).eval()
planes = nn.BatchNorm2d(2, eps=0.125, dtype=real)
untracked = nn.BatchNorm2d(2, track_running_stats=False, dtype=real)
means = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
groups = nn.GroupNorm(2, 4, dtype=real)
bare = nn.GroupNorm(1, 3, affine=False, dtype=real)
"""

LAYER_CASES: dict[str, tuple[str, ...]] = {
    "ConvolutionBackward0": (
        "F.conv2d(C.unsqueeze(0), torch.stack([C[:, :2, :2], C[:, 1:, 2:]]))",
        "F.conv2d(C.unsqueeze(1), weight=D[:, None, :2], bias=one.expand(2), stride=2, padding=(1, 0))",
        "F.conv2d(C.unsqueeze(0), D[:, None, :3], groups=2, dilation=(1, 2), padding='same')",
        "images(D.unsqueeze(0))", "grouped(C.unsqueeze(0))",
    ),
    "SqueezeBackward4": ("F.dropout1d(2 * A, inplace=True)",),
    "SqueezeBackward1": (
        "images(C)", "nn.MaxPool1d(2)(C)", "nn.AvgPool1d(2)(C)", "nn.AdaptiveAvgPool1d(3)(C)",
        "F.max_pool1d(C, kernel_size=2, stride=1, padding=1, dilation=2, ceil_mode=True, return_indices=True)[0]",
        "F.avg_pool1d(C, kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)",
        "F.adaptive_avg_pool1d(C, output_size=3)", "nn.AdaptiveMaxPool1d(2)(C)",
        "F.adaptive_max_pool1d(C, output_size=3, return_indices=True)[0]",
        "F.dropout1d(A, p=0.25, training=True)", "nn.Dropout1d(0.25)(A)",
    ),
    "MaxPool2DWithIndicesBackward0": (
        "nn.MaxPool2d(2)(C)", "nn.MaxPool2d(2, stride=1, padding=1)(C)",
        "F.max_pool2d(C, kernel_size=(2, 3), stride=1, padding=(1, 0), dilation=(2, 1), ceil_mode=True)",
        "F.max_pool2d(ties.unsqueeze(0), 2, return_indices=True)[0]",
    ),
    "AdaptiveMaxPool2DBackward0": (
        "nn.AdaptiveMaxPool2d(2)(C)", "F.adaptive_max_pool2d(C, output_size=(2, 3), return_indices=True)[0]",
    ),
    "AvgPool2DBackward0": (
        "nn.AvgPool2d(2)(C)", "F.avg_pool2d(C, 2)", "F.avg_pool2d(C, (3, 2), padding=1, count_include_pad=False)",
        "F.avg_pool2d(C, kernel_size=2, stride=(1, 2), padding=1, ceil_mode=True, divisor_override=3)",
        "nn.AvgPool2d((2, 3), stride=2, padding=(1, 1), ceil_mode=True)(D)",
    ),
    "AdaptiveAvgPool2DBackward0": (
        "nn.AdaptiveAvgPool2d(2)(C)", "F.adaptive_avg_pool2d(D, output_size=(3, 2))",
        "nn.AdaptiveAvgPool2d((None, 3))(D)",
    ),
    "MeanBackward1": ("nn.AdaptiveAvgPool2d(1)(C)",),
    "NativeBatchNormBackward0": (
        "batch(A)", "plain(A)", "tested(A)", "batch(C)", "planes(C.unsqueeze(0))", "untracked(C.unsqueeze(0))",
        "F.batch_norm(A, means.clone(), h.clone(), weight=x, bias=w, training=True, momentum=0.5, eps=0.01)",
        "F.batch_norm(A, running_mean=means, running_var=h, weight=x)", "F.batch_norm(E, means, h, x, w)",
    ),
    "NativeGroupNormBackward0": (
        "groups(D)", "bare(C)", "groups(C.unsqueeze(0).reshape(1, 4, 3, 2))",
        "F.group_norm(C, num_groups=3, weight=x, bias=w, eps=0.125)", "F.group_norm(D, 2)",
    ),
    "ViewBackward0": ("nn.Unflatten(1, (3, 1))(A)",),
    "MulBackward0": (
        "F.dropout(2 * A, inplace=True)", "F.dropout2d(2 * C.unsqueeze(0), inplace=True)",
        "F.dropout2d(C.unsqueeze(0), p=0.5, training=True)", "nn.Dropout2d(0.5)(C.unsqueeze(0))",
    ),
    "ReluBackward0": ("nn.ReLU(inplace=True)(x.clone())", "F.relu(x.clone(), inplace=True)"),
    "HardtanhBackward0": (
        "F.hardtanh(x.clone(), inplace=True)", "F.relu6(8 * A, inplace=True)", "nn.ReLU6(True)(8 * A)",
    ),
    "EluBackward1": ("F.elu(x.clone(), inplace=True)", "F.selu(x.clone(), inplace=True)"),
    "CeluBackward0": ("nn.CELU(0.3)(x)", "F.celu(x, alpha=0.7)"),
    "CeluBackward1": ("F.celu(0.1 * A, 1.5, inplace=True)", "nn.CELU(inplace=True)(0.1 * A)"),
    "LeakyReluBackward1": ("F.leaky_relu(x.clone(), inplace=True)",),
    "PreluKernelBackward0": ("nn.PReLU(dtype=real)(A)", "F.prelu(A, weight=w)", "F.prelu(E, one)", "leaky(C)"),
    "RreluWithNoiseBackward0": (
        "nn.RReLU(0.1, 0.9)(A)", "F.rrelu(A, lower=0.25, upper=0.5, training=True)",
    ),
    "RreluWithNoiseBackward1": ("F.rrelu(2 * A, training=True, inplace=True)",),
    "GluBackward0": ("nn.GLU()(C)", "F.glu(A, dim=0)", "F.glu(E.t() * x.unsqueeze(1), 1)"),
    "SiluBackward0": ("F.silu(x.clone(), inplace=True)",),
    "MishBackward0": ("F.mish(x.clone(), inplace=True)",),
    "HardswishBackward0": ("nn.Hardswish()(A)", "F.hardswish(A)", "F.hardswish(2 * A, inplace=True)"),
    "HardshrinkBackward0": ("nn.Hardshrink(0.6)(x)", "F.hardshrink(A, lambd=2.5)"),
    "SoftshrinkBackward0": ("nn.Softshrink()(x)", "F.softshrink(A, lambd=2.5)"),
    "ThresholdBackward0": ("nn.Threshold(0.1, 20)(x)", "F.threshold(A, threshold=2.5, value=-1.0)"),
    "ThresholdBackward1": ("F.threshold(2 * A, 1, 0, inplace=True)",),
    "SubBackward0": ("nn.Tanhshrink()(x)", "F.tanhshrink(A)"),
    "SoftmaxBackward0": ("nn.Softmin(dim=1)(A)", "F.softmin(x, dim=0)", "nn.Softmax2d()(C)"),
    "AddBackward0": (
        "nn.AlphaDropout(0.25)(A)", "nn.FeatureAlphaDropout(0.5)(C)", "F.alpha_dropout(A, p=0.25, training=True)",
        "F.feature_alpha_dropout(C, p=0.25, training=True)", "F.alpha_dropout(2 * A, training=True, inplace=True)",
        "F.feature_alpha_dropout(2 * C, training=True, inplace=True)",
    ),
}  # fmt: skip
