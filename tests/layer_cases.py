"""The cases of the rules that layers need, and the layers that they call: a part of `tests/rule_cases.py`."""

from __future__ import annotations

#: Images have two channels of 3 x 4 numbers (C) or of 4 x 2 (D).
LAYER_SETUP = """\
images = nn.Conv2d(2, 3, 2, stride=(1, 2), padding=1, dtype=real)
grouped = nn.Conv2d(2, 4, (2, 1), groups=2, bias=False, dtype=real)
leaky = nn.PReLU(3, init=0.3, dtype=real)
widened = nn.ConvTranspose1d(3, 2, 2, stride=2, output_padding=1, dtype=real)
enlarged = nn.ConvTranspose2d(2, 1, 3, dtype=real)
mirrored = nn.Conv1d(3, 1, 3, padding=1, padding_mode="reflect", dtype=real)
simple = nn.RNN(3, 2, nonlinearity="relu", bias=False, batch_first=True, dtype=real)
double = nn.LSTM(3, 2, num_layers=2, batch_first=True, bidirectional=True, proj_size=1, dtype=real)
attending = nn.MultiheadAttention(2, 1, dtype=real)
encoding = nn.TransformerEncoderLayer(2, 1, 3, dtype=real)
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
        "widened(C)", "enlarged(D.unsqueeze(0))", "mirrored(C)",
        "F.conv_transpose1d(C, weight=A.t()[..., None], bias=x[:2], stride=2, padding=1, output_padding=1)",
        "F.conv_transpose1d(D, V.reshape(4, 1, 2), groups=2, dilation=2)",
        "F.conv_transpose2d(C[None], weight=D[:, :2, None], bias=v, groups=2, stride=(1, 2), padding=(0, 1))",
        "F.conv_transpose2d(C[None], D[:, :2, None], dilation=2, stride=3, output_padding=(0, 1))",
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
        "batch(torch.cat([A, E]))", "plain(C)", "tested(A)", "batch(C)", "planes(C.unsqueeze(0))",
        "untracked(C.unsqueeze(0))",
        "F.batch_norm(C, means.clone(), h.clone(), weight=x, bias=w, training=True, momentum=0.5, eps=0.01)",
        "F.batch_norm(A, running_mean=means, running_var=h, weight=x)", "F.batch_norm(E, means, h, x, w)",
    ),
    "NativeGroupNormBackward0": (
        "groups(D)", "bare(C)", "groups(C.unsqueeze(0).reshape(1, 4, 3, 2))",
        "F.group_norm(C, num_groups=3, weight=x, bias=w, eps=0.125)", "F.group_norm(D, 2)",
    ),
    "ViewBackward0": (
        "nn.Unflatten(1, (3, 1))(A)", "attending(D, D, D, attn_mask=torch.eye(2, dtype=real))[0]",
    ),
    "ScaledDotProductFlashAttentionForCpuBackward0": (
        "F.scaled_dot_product_attention(0.1 * C[None], C[None], C[None])",
        "F.scaled_dot_product_attention(query=C[None], key=C[None, :, :2], value=C[None, :, 1:], scale=0.05)",
        "F.scaled_dot_product_attention(C[None], C[None], C[None], is_causal=True, dropout_p=0.0)",
        "F.scaled_dot_product_attention(C[None], C[None], C[None], attn_mask=torch.outer(h, means))",
    ),
    "NativeLayerNormBackward0": (
        "encoding(D)", "nn.TransformerEncoder(encoding, 1, enable_nested_tensor=False)(D)",
    ),
    "UnsafeViewBackward0": ("F.scaled_dot_product_attention(C[None], C[None, :, :2], D[None, :, :2])",),
    "MulBackward0": (
        "nn.LSTMCell(3, 2, dtype=real)(A)[0]",
        "F.dropout(2 * A, inplace=True)", "F.dropout2d(2 * C.unsqueeze(0), inplace=True)",
        "F.dropout2d(C.unsqueeze(0), p=0.5, training=True)", "nn.Dropout2d(0.5)(C.unsqueeze(0))",
    ),
    "TanhBackward0": ("nn.RNNCell(3, 2, dtype=real)(A, E[:, :2])",),
    "ReluBackward0": (
        "nn.RNNCell(3, 2, nonlinearity='relu', dtype=real)(A)", "nn.ReLU(inplace=True)(x.clone())",
        "F.relu(x.clone(), inplace=True)",
    ),
    "HardtanhBackward0": (
        "F.hardtanh(x.clone(), inplace=True)", "F.relu6(8 * A, inplace=True)", "nn.ReLU6(True)(8 * A)",
    ),
    "EluBackward1": ("F.elu(x.clone(), inplace=True)", "F.selu(x.clone(), inplace=True)"),
    "CeluBackward0": ("nn.CELU(0.25)(x)", "F.celu(x, alpha=0.7)"),
    "CeluBackward1": ("F.celu(0.1 * A, 1.5, inplace=True)", "nn.CELU(inplace=True)(0.1 * A)"),
    "LeakyReluBackward1": ("F.leaky_relu(x.clone(), inplace=True)",),
    "PreluKernelBackward0": ("nn.PReLU(dtype=real)(A)", "F.prelu(A, weight=w)", "F.prelu(E, one)", "leaky(C)"),
    "RreluWithNoiseBackward0": (
        "nn.RReLU(0.1, 0.9)(A)", "F.rrelu(A, lower=0.25, upper=0.5, training=True)", "F.rrelu(A, 0.25, 0.5)",
    ),
    "RreluWithNoiseBackward1": (
        "F.rrelu(2 * A, training=True, inplace=True)", "F.rrelu(2 * A, inplace=True)",
    ),
    "GluBackward0": ("nn.GLU()(C)", "F.glu(A, dim=0)", "F.glu(E.t() * x.unsqueeze(1), 1)"),
    "SiluBackward0": ("F.silu(x.clone(), inplace=True)",),
    "MishBackward0": ("F.mish(x.clone(), inplace=True)",),
    "HardswishBackward0": ("nn.Hardswish()(A)", "F.hardswish(A)", "F.hardswish(2 * A, inplace=True)"),
    "HardshrinkBackward0": ("nn.Hardshrink(0.6)(x)", "F.hardshrink(A, lambd=2.5)"),
    "SoftshrinkBackward0": ("nn.Softshrink()(x)", "F.softshrink(A, lambd=2.5)"),
    "ThresholdBackward0": ("nn.Threshold(0.1, 20)(x)", "F.threshold(A, threshold=2.5, value=-1.0)"),
    "ThresholdBackward1": ("F.threshold(2 * A, 1, 0, inplace=True)",),
    "SumBackward1": ("nn.CosineSimilarity(dim=0)(A, E)", "F.cosine_similarity(x1=A, x2=x, dim=1, eps=0.5)"),
    "DivBackward0": (
        "F.normalize(A)", "F.normalize(C, p=1.0, dim=0, eps=0.5)",
    ),
    "StackBackward0": (
        "nn.RNN(3, 2, dtype=real)(C.mT)[0]", "simple(C.mT, C[:, :2, :2].sum(2)[None])[1]",
        "nn.GRU(3, 2, dtype=real)(C.mT)[0]", "double(C.mT)[1][1]",
    ),
    "TransposeBackward0": ("double(C.mT)[0]",),
    "TransposeBackward1": ("simple(C.mT)[0]",),
    "MkldnnRnnLayerBackward0": ("nn.LSTM(3, 2)(C.mT.float())[0]",),
    "SubBackward0": ("nn.Tanhshrink()(x)", "F.tanhshrink(A)"),
    "SoftmaxBackward0": ("nn.Softmin(dim=1)(A)", "F.softmin(x, dim=0)", "nn.Softmax2d()(C)"),
    "AddBackward0": (
        "nn.LSTMCell(3, 2, dtype=real)(A, (E[:, 1:], A[:, 1:]))[1]", "nn.GRUCell(3, 2, dtype=real)(E, A[:, :2])",
        "nn.AlphaDropout(0.25)(A)", "nn.FeatureAlphaDropout(0.5)(C)", "F.alpha_dropout(A, p=0.25, training=True)",
        "F.feature_alpha_dropout(C, p=0.25, training=True)", "F.alpha_dropout(2 * A, training=True, inplace=True)",
        "F.feature_alpha_dropout(2 * C, training=True, inplace=True)",
    ),
    "ConstantPadNdBackward0": (
        "nn.ZeroPad2d((1, 0, 2, -1))(C)", "F.pad(A, pad=(1, 2), value=0.5, mode='constant')", "nn.ZeroPad1d(1)(A)",
        "nn.ConstantPad1d(2, 0.5)(A)", "nn.ConstantPad2d((0, -1, 1, 1), 2.0)(C)", "F.pad(x, (-1, 1))",
    ),
    "ReflectionPad1DBackward0": ("nn.ReflectionPad1d((2, 1))(A)", "F.pad(C, (1, 2), mode='reflect')"),
    "ReflectionPad2DBackward0": ("nn.ReflectionPad2d((1, 2, 2, 0))(C)",),
    "ReflectionPad3DBackward0": ("F.pad(C[None], (1, 0, 0, 2, 1, 1), mode='reflect')",),
    "ReplicationPad3DBackward0": ("F.pad(C[None], (1, 0, 0, 2, 1, 1), mode='replicate')",),
    "AdaptiveAvgPool3DBackward0": ("F.interpolate(C[None, None], (1, 2, 3), mode='area')",),
    "ReplicationPad1DBackward0": ("nn.ReplicationPad1d(2)(A)",),
    "ReplicationPad2DBackward0": ("nn.ReplicationPad2d((1, 0, 2, 3))(C)",),
    "UpsampleNearest1DBackward0": ("nn.Upsample(scale_factor=2)(C)", "F.interpolate(C, size=6)"),
    "UpsampleNearest2DBackward0": (
        "nn.Upsample(scale_factor=(2, 1.5))(C.unsqueeze(0))", "nn.UpsamplingNearest2d((2, 3))(C.unsqueeze(0))",
    ),
    "UpsampleNearest3DBackward0": ("F.interpolate(C[None, None], scale_factor=(1.5, 2, 1))",),
    "UpsampleLinear1DBackward0": ("F.interpolate(C, scale_factor=1.7, mode='linear')",),
    "UpsampleBilinear2DBackward0": (
        "nn.Upsample((5, 3), mode='bilinear')(C.unsqueeze(0))", "nn.UpsamplingBilinear2d(2)(D.unsqueeze(0))",
        "F.interpolate(C.unsqueeze(0), scale_factor=2.0, mode='bilinear', align_corners=False)",
    ),
    "PixelShuffleBackward0": (
        "nn.PixelShuffle(2)(D.reshape(1, 4, 2, 2))", "F.pixel_shuffle(C.reshape(4, 3, 2), upscale_factor=2)",
    ),
    "PixelUnshuffleBackward0": (
        "nn.PixelUnshuffle(2)(D)", "F.pixel_unshuffle(D.unsqueeze(0), downscale_factor=2)",
    ),
    "ChannelShuffleBackward0": (
        "nn.ChannelShuffle(2)(C.reshape(1, 4, 3, 2))", "F.channel_shuffle(C.reshape(2, 6, 1, 2), groups=3)",
    ),
    "NormBackward1": (
        "nn.PairwiseDistance()(A, E)", "F.pairwise_distance(x1=A, x2=x, p=1.0, eps=0.125, keepdim=True)",
        "F.pairwise_distance(A, E, 3.0)",
    ),
}  # fmt: skip
