"""The cases for the rules: every operation of the language, in each way that leads torch to another Node."""

from __future__ import annotations

from tests.layer_cases import LAYER_CASES, LAYER_SETUP

#: The variables of the cases, in float64. No element is where a derivative jumps, except in the cases for ties.
#: The singular values of G are well separated and add up to about 1/8, so that its nuclear norm is
#: well-conditioned and does not grow, however often it is squared and differentiated.
SETUP = f"""\
import torch
from torch import nn
import torch.nn.functional as F
d = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64)
h = torch.tensor([0.25, 0.5, 2.0], dtype=torch.float64)
whole = torch.tensor([1, 2, 3])
c = torch.tensor([2, 0])
rows = torch.tensor([[0, 1, 2, 2], [1, -100, 0, 2]])
several = torch.tensor([[2, 0, -1], [1, -1, 0]])
torch.manual_seed(3)
real = torch.float64
fc = nn.Linear(3, 2, dtype=real)
pair = nn.Bilinear(3, 4, 2, dtype=real)
table = nn.Embedding(4, 3, dtype=real)
padded = nn.Embedding(4, 3, padding_idx=1, dtype=real)
norm = nn.LayerNorm(3, dtype=real)
conv = nn.Conv1d(3, 2, 2, stride=2, dtype=real)
wide = nn.LayerNorm(4, bias=False, dtype=real)
split = nn.Conv1d(4, 6, 2, padding=2, groups=2, dtype=real)
weight = nn.Parameter(d)
net = nn.Sequential(nn.Linear(3, 4, dtype=real), nn.Tanh(), nn.Linear(4, 2, dtype=real))
words = nn.Sequential(nn.Embedding(4, 3, dtype=real), nn.Flatten(0, 1), nn.Linear(3, 2, dtype=real))
plus = torch.tensor([[1.0, -1.0, -1.0], [-1.0, 1.0, 1.0]], dtype=torch.float64)
Q = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]], dtype=torch.float64, requires_grad=True)
none = torch.tensor([[0.0, 1.0, 0.5], [0.0, 0.25, 0.5]], dtype=torch.float64, requires_grad=True)
E = torch.tensor([[0.5, -1.5, 2.5], [1.0, 2.0, -3.0]], dtype=torch.float64)
x = torch.tensor([0.3, -0.7, 1.2], dtype=torch.float64, requires_grad=True)
w = torch.tensor([0.6, -0.2, 0.9], dtype=torch.float64, requires_grad=True)
p = torch.tensor([0.3, 0.7, 0.5], dtype=torch.float64, requires_grad=True)
s = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
one = torch.tensor([1.5], dtype=torch.float64, requires_grad=True)
zeros = torch.tensor([0.0, 2.0, 0.0], dtype=torch.float64, requires_grad=True)
filled = x.clone()
filled[torch.tensor([0, 2])] = 2 * w[1:]
masked = x.clone()
masked[d > 0] = 9.0
nil = torch.zeros_like(d, requires_grad=True)
same = torch.ones_like(d, requires_grad=True)
A = torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, -6.5]], dtype=torch.float64, requires_grad=True)
B = torch.tensor([[1.0, 2.0], [-3.0, 4.0], [5.0, 7.0]], dtype=torch.float64, requires_grad=True)
G = torch.tensor([[0.08, -0.06, 0.005], [0.012, 0.016, 0.01]], dtype=torch.float64, requires_grad=True)
ties = torch.tensor([[2.0, 2.0, -2.0], [1.0, 0.0, 0.0]], dtype=torch.float64, requires_grad=True)
C = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [0.5, -1.0, 2.0, 0.1], [3.0, 1.0, -2.0, 0.7]],
                  [[2.0, 0.2, 1.0, 1.5], [0.3, 2.2, -0.4, 1.0], [1.0, 1.1, 1.2, 1.3]]],
                 dtype=torch.float64, requires_grad=True)
D = torch.tensor([[[1.0, -1.0], [2.0, 0.5], [0.1, 0.2], [3.0, 1.0]],
                  [[0.7, 1.0], [1.0, 1.5], [-2.0, 0.3], [0.4, 1.0]]], dtype=torch.float64, requires_grad=True)
v = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64, requires_grad=True)
V = torch.tensor([[1.0, 0.5], [-2.0, 1.0], [0.5, 2.0], [3.0, -1.0]], dtype=torch.float64, requires_grad=True)
{LAYER_SETUP}"""

#: Functions of one tensor, and the Node of each; every home that has one (torch, F, Tensor) is tried.
UNARY: dict[str, str] = {
    "abs": "AbsBackward0", "acos": "AcosBackward0", "asin": "AsinBackward0", "atan": "AtanBackward0",
    "ceil": "CeilBackward0", "cos": "CosBackward0", "cosh": "CoshBackward0", "erf": "ErfBackward0",
    "exp": "ExpBackward0", "exp2": "Exp2Backward0", "expm1": "Expm1Backward0", "floor": "FloorBackward0",
    "log": "LogBackward0", "log10": "Log10Backward0", "log1p": "Log1PBackward0", "log2": "Log2Backward0",
    "neg": "NegBackward0", "reciprocal": "ReciprocalBackward0", "relu": "ReluBackward0",
    "round": "RoundBackward0", "rsqrt": "RsqrtBackward0", "sigmoid": "SigmoidBackward0", "sign": "SignBackward0",
    "sin": "SinBackward0", "sinh": "SinhBackward0", "sqrt": "SqrtBackward0", "square": "PowBackward0",
    "tan": "TanBackward0", "tanh": "TanhBackward0", "trunc": "TruncBackward0", "isfinite": "", "isinf": "",
    "isnan": "", "logsigmoid": "LogSigmoidBackward0", "silu": "SiluBackward0", "softsign": "DivBackward0",
    "max": "MaxBackward1", "min": "MinBackward1", "t": "TBackward0", "clone": "CloneBackward0", "detach": "",
    "float": "ToCopyBackward0", "double": "", "int": "", "long": "", "bool": "", "zero_": "ZeroBackward0",
    "half": "ToCopyBackward0", "bfloat16": "ToCopyBackward0", "byte": "", "short": "", "empty_like": "",
    "abs_": "AbsBackward0",
    "exp_": "ExpBackward0", "neg_": "NegBackward0", "reciprocal_": "ReciprocalBackward0", "relu_": "ReluBackward0",
    "round_": "RoundBackward0", "sigmoid_": "SigmoidBackward0", "sqrt_": "SqrtBackward0",
    "square_": "PowBackward0",
    "tanh_": "TanhBackward0", "argmax": "", "argmin": "", "argsort": "", "any": "", "all": "",
}  # fmt: skip

#: Operations whose result is not a tensor.
NO_TENSOR = (
    "allclose", "equal", "item", "tolist", "numpy", "dim", "numel", "size", "manual_seed", "normal",
    "set_printoptions", "is_floating_point", "nelement", "ndimension", "element_size", "is_contiguous",
    "get_device", "is_tensor", "is_grad_enabled", "get_default_dtype", "device", "Size", "cuda",
    "Generator", "register_hook", "set_default_device", "set_default_tensor_type",
)  # fmt: skip
#: Arguments that torch documents but does not accept by that name.
#: NumPy's names of arguments that have a case under torch's: `dim` and `keepdim`.
NUMPYS = {"axis", "keepdims"}
NOT_BY_NAME = {"copy_": {"src"}, "repeat": {"repeats"}}

#: The Node of the result, and expressions that lead to it.
_CASES: dict[str, tuple[str, ...]] = {
    "AbsBackward0": (
        "F.l1_loss(x, target=d, reduction='none')", "F.smooth_l1_loss(x, d, reduction='none', beta=0.0)",
    ),
    "AddBackward0": (
        "(x // 2).detach() + w",
        "pair(A, V.t())",
        "F.bilinear(A, input2=V.t(), weight=C, bias=one.expand(2))",
        "nn.ReLU()(x) + F.dropout(x, training=False)",
        "x + w", "x + 2", "2 + x", "x + d", "A + x", "x + A", "s + x", "one + A", "x + whole", "x + one",
        "torch.add(x, other=w, alpha=3)", "x.add(2, alpha=3)", "x.clone().add_(w, alpha=2)",
        "x.clone().add_(other=s)", "x.to(torch.float16) + x.float()",
        "F.cross_entropy(A, c, label_smoothing=0.2, reduction='none')",
        "F.cross_entropy(A, c, h, label_smoothing=0.2)",
        "nn.CrossEntropyLoss(weight=h, ignore_index=2, label_smoothing=0.25, reduction='sum')(A, c)",
        "F.poisson_nll_loss(x, d, full=True, reduction='none')",
        "F.poisson_nll_loss(p, target=h, log_input=False, eps=0.5, full=True, reduction='none')",
        "F.gaussian_nll_loss(x, target=w, var=p, full=True, eps=0.125, reduction='none')",
        "F.hinge_embedding_loss(A, plus, margin=2.0, reduction='none')",
    ),
    "BinaryCrossEntropyBackward0": (
        "F.binary_cross_entropy(p, d)", "F.binary_cross_entropy(p, target=p, weight=h, reduction='sum')",
        "F.binary_cross_entropy(Q, E.sigmoid(), reduction='none')", "nn.BCELoss()(p, d)",
        "nn.BCELoss(weight=h, reduction='none')(p, target=x.sigmoid())",
    ),
    "NllLossBackward0": (
        "F.nll_loss(A, c)", "F.nll_loss(A, target=c, weight=h, reduction='sum')", "F.nll_loss(x, torch.tensor(1))",
        "F.nll_loss(A, c, weight=h, ignore_index=0)", "F.nll_loss(A, c, ignore_index=2, reduction='none')",
        "F.cross_entropy(A, c)", "F.cross_entropy(A, target=c, weight=h, ignore_index=2)",
        "nn.CrossEntropyLoss()(A, c)", "nn.CrossEntropyLoss(weight=h, reduction='none')(A, c)",
        "nn.NLLLoss(reduction='sum')(A.log_softmax(1), c)", "nn.NLLLoss(h)(A, c)",
    ),
    "NllLoss2DBackward0": (
        "F.nll_loss(C, rows)", "F.cross_entropy(C, rows, weight=h, reduction='sum')",
        "F.cross_entropy(C.unsqueeze(-1), rows.unsqueeze(-1), reduction='none')",
    ),
    "MultiMarginLossBackward0": (
        "F.multi_margin_loss(A, c)", "F.multi_margin_loss(A, target=c, p=2, weight=h, reduction='none')",
        "F.multi_margin_loss(A, c, margin=9.5, reduction='sum')", "nn.MultiMarginLoss(p=2, margin=3.0)(A, c)",
        "nn.MultiMarginLoss(weight=h)(A, c)", "F.multi_margin_loss(s, torch.tensor(0))",
    ),
    "MultilabelMarginLossBackward0": (
        "F.multilabel_margin_loss(A * 0.9, several)", "nn.MultiLabelMarginLoss(reduction='sum')(A * 0.9, several)",
        "F.multilabel_margin_loss(A * 0.9, target=several, reduction='none')",
        "F.multilabel_margin_loss(x, torch.tensor([2, -1, -1]))", "F.multilabel_margin_loss(s, torch.tensor(0))",
        "F.multilabel_margin_loss(A, torch.tensor([[1, 1, 2], [-1, 0, 0]]))",
    ),
    "SoftMarginLossBackward0": (
        "F.soft_margin_loss(A, plus)", "F.soft_margin_loss(A, target=plus, reduction='sum')",
        "nn.SoftMarginLoss(reduction='none')(A, plus)",
    ),
    "AddmmBackward0": (
        "F.linear(A, B.t(), one.expand(2))", "F.linear(E, weight=B.t(), bias=x.sum().expand(2))",
        "F.linear(A, B.t(), one)", "fc(A)",
        "net(E)",
        "words(several + 1)",
    ),
    "EmbeddingBackward0": (
        "F.embedding(c, B)", "F.embedding(rows.abs().clamp(max=2), weight=B)", "F.embedding(c, C.sum(0))",
        "table(several + 1)", "padded(several + 1)", "F.embedding(c, weight=B, padding_idx=2)",
        "F.embedding(torch.tensor(1), B)", "F.embedding(c, B, padding_idx=-1)",
    ),
    "NativeLayerNormBackward0": (
        "F.layer_norm(A, (3,), x, w)", "F.layer_norm(A, normalized_shape=(2, 3), weight=E, bias=A, eps=0.1)",
        "F.layer_norm(x, (3,))", "F.layer_norm(E, (3,), weight=x)", "norm(A)",
        "nn.LayerNorm((2, 3), elementwise_affine=False)(A)", "wide(C)",
    ),
    "ConvolutionBackward0": (
        "F.conv1d(C, torch.stack([A, E, A], dim=-1))", "F.conv1d(C, A.unsqueeze(-1), one.expand(2), padding=2)",
        "F.conv1d(C, weight=torch.stack([A, A], dim=-1), bias=one.expand(2), stride=2, padding=1, dilation=2)",
        "F.conv1d(D, D.sum(0).unsqueeze(1), padding=1, groups=4)", "F.conv1d(C, A.unsqueeze(-1), padding='same')",
        "conv(C)", "split(D)",
    ),
    "SelectBackward0": ("x[0]", "A[:, -1]", "A[1, 2]", "C[0, :, 1]"),
    "UnbindBackward0": (
        "A.unbind()[1]", "torch.unbind(A, dim=1)[0]", "[row for row in A][1]", "[plane for plane in C][0]",
    ),
    "SliceBackward0": ("x[1:]", "A[:, ::2]", "C[:, :, 1:3]", "x[-2:]"),
    "IndexBackward0": (
        "x[torch.tensor([2, 0, 2])]", "A[A > 0]", "A[:, c]", "A[torch.tensor([1, 0]), c]", "C[:, c, 1:]",
    ),
    "AmaxBackward0": (
        "A.amax()", "A.amax(dim=1)", "A.amax(dim=(0, 1), keepdim=True)", "ties.amax(1)", "ties.amax()", "s.amax()",
    ),
    "AminBackward0": ("A.amin()", "A.amin(dim=1, keepdim=True)", "A.amin(dim=(0, 1))", "ties.amin(1)"),
    "BinaryCrossEntropyWithLogitsBackward0": (
        "F.binary_cross_entropy_with_logits(x, p)", "F.binary_cross_entropy_with_logits(x, target=d)",
        "F.binary_cross_entropy_with_logits(x, p, reduction='none')",
        "F.binary_cross_entropy_with_logits(x, p, weight=h, reduction='sum')",
        "F.binary_cross_entropy_with_logits(x, p, pos_weight=h, weight=d)",
        "nn.BCEWithLogitsLoss()(x, d)", "nn.BCEWithLogitsLoss(reduction='sum')(x, d)",
    ),
    "CatBackward0": (
        "torch.hstack(tensors=[x, w])",
        "torch.cat([x, w])", "torch.cat([A, B.t(), E], dim=0)", "torch.cat([A, A], dim=-1)", "torch.cat([d, x])",
        "torch.cat([x[:0], A], dim=1)",
    ),
    "AliasBackward0": ("A[:, :]", "x[...]"),
    "ClampBackward0": (
        "x.clamp(w, p)", "x.clamp(min=w)", "x.clamp(max=w)", "x.clamp(w, max=d)", "x.clamp(d, w)",
        "A.clamp(min=x)", "x.clone().clamp_(min=w)", "x.clone().clamp_(max=w)",
    ),
    "ClampBackward1": (
        "x.clamp(0.1, 1.0)", "x.clamp(min=0.1)", "x.clamp(max=0.1)", "torch.clamp(ties, 0.0, 2.0)",
        "x.clone().clamp_(0.0, 1.0)",
    ),
    "CloneBackward0": ("x.clone()", "A @ C"),
    "CopyBackwards": ("x.clone().copy_(w)", "x.clone().copy_(s)", "d.clone().copy_(w)", "x.clone().copy_(d)"),
    "CumsumBackward0": ("A.cumsum(dim=1)", "x.cumsum(0)", "s.cumsum(0)"),
    "DivBackward1": (
        "F.cross_entropy(A, Q.detach())",
        "F.cross_entropy(A, target=Q, weight=h, label_smoothing=0.5)",
    ),
    "DivBackward0": (
        "nn.Softsign()(x)",
        "F.kl_div(x, target=d, reduction='batchmean', log_target=False)",
        "F.multilabel_soft_margin_loss(A, Q, reduction='none')",
        "F.multilabel_soft_margin_loss(A, target=none, weight=h, reduction='none')",
        "x / w", "x / 2", "x / d.add(1)", "d / x", "A / x", "x / A", "torch.div(x, other=w)",
        "x.clone().div_(other=w)",
    ),
    "DotBackward0": ("x @ w", "x.dot(tensor=w)", "torch.matmul(x, d)"),
    "EluBackward0": (
        "nn.SELU()(x)", "F.selu(x)", "torch.selu(A)", "nn.ELU(alpha=0.5)(x)", "F.elu(x)", "F.elu(x, alpha=0.5)",
    ),
    "ExpandBackward0": ("x.expand(2, 3)", "x.expand(size=(2, 3))", "s.expand_as(other=x)", "one.expand(4)"),
    "BernoulliBackward0": ("torch.bernoulli(p)",),
    "NormalBackward0": ("x.clone().normal_(0.5, std=2.0)", "x.clone().normal_(mean=0.5)"),
    "UniformBackward0": ("x.clone().uniform_(-1.0, 1.0)",),
    "FillBackward2": ("x.clone().fill_(value=3.0)",),
    "FillBackward3": ("x.clone().fill_(s)", "d.clone().fill_(value=s)"),
    "GeluBackward0": ("nn.GELU(approximate='tanh')(x)", "F.gelu(x)", "F.gelu(x, approximate='tanh')"),
    "HuberLossBackward0": (
        "F.huber_loss(x, w)", "F.huber_loss(x, target=d, reduction='none', delta=0.5)", "F.huber_loss(d, x)",
        "F.huber_loss(x, d, reduction='sum', delta=0.1)", "nn.HuberLoss(delta=0.3)(x, w)",
    ),
    "LeakyReluBackward0": ("nn.LeakyReLU(0.3)(x)", "F.leaky_relu(x)", "F.leaky_relu(x, negative_slope=0.2)"),
    "LinalgInvExBackward0": ("torch.inverse(A[:, :2])", "A[:, 1:].inverse()", "C[:, :, :3].inverse()"),
    "LinalgVectorNormBackward0": (
        "A.norm()", "A.norm(p=1)", "A.norm(p=3, dim=1)", "A.norm(dim=1, keepdim=True)", "A.norm(p=0)",
        "A.norm(p='fro')", "torch.norm(A, p=2, dim=0)", "A.norm(p=1.5)", "A.norm(p=0.5, dim=0)", "s.norm()",
        "zeros.norm()", "zeros.norm(p=3)", "zeros.norm(p=0.5)", "ties.norm(p=1e300 * 1e300, dim=1)",
        "A.norm(p=-1e300 * 1e300)", "nil.norm()",
    ),
    "LogSoftmaxBackward0": (
        "nn.LogSoftmax(dim=0)(A)",
        "torch.log_softmax(A, dim=1)", "F.log_softmax(x, dim=0)", "torch.log_softmax(x, 0, dtype=torch.float32)",
        "s.log_softmax(0)",
    ),
    "LogsumexpBackward0": (
        "A.logsumexp(dim=1)", "A.logsumexp(dim=(0, 1), keepdim=True)", "torch.logsumexp(x, 0)", "s.logsumexp(0)",
    ),
    "BmmBackward0": ("C.bmm(mat2=D)", "torch.bmm(C, D)"),
    "MaxBackward0": (
        "A.max(dim=1)[0]", "torch.max(A, 0, keepdim=True).values", "s.max(0).values", "ties.max(1).values",
        "[values for values, places in [C.max(-1)]][0]",
    ),
    "MinBackward0": ("A.min(dim=1, keepdim=True)[0]", "torch.min(A, 0).values", "ties.min(1)[0]"),
    "FlipBackward0": ("torch.flip(A, dims=[0, 1])", "x.flip(0)", "C.flip(0, -1)"),
    "RepeatBackward0": ("x.repeat(2)", "A.repeat(2, 1)", "A.repeat((2, 1, 3))", "s.repeat(3)"),
    "ScatterBackward0": (
        "A.scatter(1, c.unsqueeze(1), V.t()[:, :1])",
        "torch.scatter(A, dim=1, index=c.unsqueeze(1), src=V.t()[:, :1])",
        "(A * 1).scatter_(1, c.unsqueeze(1), src=V.t()[:, :1])",
    ),
    "ScatterBackward1": (
        "A.scatter(1, c.unsqueeze(1), value=2.0)", "(A * 1).scatter_(dim=1, index=c.unsqueeze(1), value=1.0)",
    ),
    "ScatterAddBackward0": ("(A * 1).scatter_add_(dim=1, index=c.unsqueeze(1), src=V.t()[:, :1])",),
    "IndexSelectBackward0": ("A.index_select(1, c)", "torch.index_select(x, dim=0, index=c)"),
    "IndexAddBackward0": ("(x * 1).index_add_(dim=0, index=c, source=w[c], alpha=2.0)",),
    "GatherBackward0": (
        "A.gather(1, c.unsqueeze(1))", "torch.gather(A, dim=0, index=torch.tensor([[1, 1, 0]]))", "x.gather(0, c)",
    ),
    "SplitBackward0": (
        "A.chunk(2, dim=1)[0]", "torch.chunk(x, chunks=2)[1]", "torch.split(A, 2, dim=1)[1]", "x.split(2)[0]",
        "torch.split(tensor=x, split_size_or_sections=2)[1]",
    ),
    "SplitWithSizesBackward0": ("torch.split(C, [1, 3], -1)[1]", "x.split([2, 1])[0]"),
    "MaskedFillBackward0": ("x.masked_fill(d > 0, 0.5)", "torch.masked_fill(A, mask=E > 0, value=1.0)"),
    "MaskedFillBackward1": ("x.masked_fill(d > 0, s)", "d.masked_fill(h > 1, s)"),
    "MishBackward0": ("nn.Mish()(x)", "F.mish(A)"),
    "HardtanhBackward0": (
        "nn.Hardtanh(-0.5, 1.0)(x)", "nn.ReLU6()(8 * A)", "F.hardtanh(x, -0.5, max_val=1.5)",
        "F.hardtanh(x, min_val=-0.5)", "F.relu6(8 * A)",
    ),
    "LerpBackward0": ("torch.lerp(x, w, 0.25)", "x.lerp(end=w, weight=1.5)", "d.clone().lerp_(w, 0.5)"),
    "LerpBackward1": ("x.lerp(w, p)", "x.lerp(d, s)", "x.clone().lerp_(end=w, weight=p)"),
    "AddcmulBackward0": ("x.clone().addcmul_(w, p)", "A.clone().addcmul_(tensor1=x, tensor2=d, value=0.5)"),
    "AddcdivBackward0": ("x.clone().addcdiv_(w, p)", "A.clone().addcdiv_(tensor1=x, tensor2=p, value=-0.5)"),
    "MaxBackward1": ("A.max()", "torch.max(ties)", "s.max()"),
    "MaximumBackward0": (
        "torch.maximum(x, other=w)", "torch.max(x, w)", "x.max(other=w)", "zeros.maximum(zeros)", "A.maximum(x)",
        "x.maximum(d)",
    ),
    "MeanBackward0": (
        "A.mean()", "F.l1_loss(x, w)", "F.smooth_l1_loss(x, w, beta=0)", "nn.L1Loss()(x, d)",
        "A.mean(dtype=torch.float32)", "s.mean()",
        "F.kl_div(A, Q)", "nn.KLDivLoss(log_target=True)(A, Q)",
        "F.poisson_nll_loss(A, none)", "nn.PoissonNLLLoss(log_input=False, full=True, eps=0.125)(p, d)",
        "F.gaussian_nll_loss(A, E, Q)", "nn.GaussianNLLLoss(full=True, eps=0.0625)(A, target=E, var=Q)",
        "nn.HingeEmbeddingLoss(margin=0.5)(A, plus)",
        "F.hinge_embedding_loss(x, target=w)", "nn.MultiLabelSoftMarginLoss()(A, none)",
    ),
    "MeanBackward1": ("A.mean(dim=1)", "A.mean(dim=(0, 1))", "A.mean(dim=-1, keepdim=True)", "s.mean(0)"),
    "MinBackward1": ("A.min()", "torch.min(ties)"),
    "MinimumBackward0": (
        "torch.minimum(x, other=w)", "torch.min(x, w)", "x.min(other=w)", "zeros.minimum(zeros)", "x.minimum(A)",
    ),
    "MmBackward0": ("A @ B", "A.mm(mat2=B)", "torch.mm(E, B)", "A.matmul(other=E.t())", "A @ A.T"),
    "MseLossBackward0": (
        "F.mse_loss(x, w)", "F.mse_loss(x, d, reduction='sum')", "F.mse_loss(x, target=d, reduction='none')",
        "F.mse_loss(d, x)", "nn.MSELoss(reduction='mean')(A, E)",
    ),
    "MulBackward0": (
        "nn.Sigmoid()(x) * nn.SiLU()(x) * nn.LogSigmoid()(x) * nn.Identity()(x)",
        "x * w", "x * 2", "2 * x", "x * d", "d * x", "x * x", "A * x", "x * A", "s * A", "2 / x", "x * whole",
        "torch.mul(x, other=w)", "x.clone().mul_(other=w)", "d.clone().mul_(w)", "torch.outer(x, vec2=w)",
        "torch.mul(2, x)", "F.dropout(x)", "F.dropout(x, p=0.25, training=True)", "nn.Dropout(0.5)(A)",
        "filled * h", "masked * h", "weight * w",
    ),
    "MvBackward0": ("A @ x", "A.mv(vec=x)", "torch.mv(E, x)", "A @ d"),
    "NegBackward0": ("-x",),
    "PermuteBackward0": ("A.T", "C.permute(2, 0, 1)", "C.permute(dims=(1, -1, 0))"),
    "PowBackward0": (
        "x ** 2", "x ** 3", "x ** 0", "p ** 0.5", "p ** -1.5e0", "torch.pow(p, exponent=2)",
        "x.clone().pow_(exponent=2)", "zeros ** 2",
    ),
    "PowBackward1": (
        "p ** x", "p ** s", "p.clone().pow_(w)", "zeros ** p", "d ** p", "p ** whole", "zeros ** zeros",
    ),
    "PowBackward2": ("2 ** x", "torch.pow(0.5, exponent=x)", "0.0 ** zeros"),
    "ProdBackward0": ("A.prod()", "zeros.prod()", "s.prod()"),
    "ProdBackward1": ("A.prod(dim=1)", "A.prod(dim=-1, keepdim=True)", "ties.prod(1)", "s.prod(0)"),
    "RemainderBackward0": ("x % 2", "A % -1.7"),
    "RemainderBackward1": ("x % w", "h % x", "A % x", "x % h"),
    "RsubBackward1": ("2 - x",),
    "SmoothL1LossBackward0": (
        "F.smooth_l1_loss(x, w)", "F.smooth_l1_loss(x, target=d, beta=0.5, reduction='sum')",
        "F.smooth_l1_loss(d, x, reduction='none', beta=0.3)", "nn.SmoothL1Loss(beta=2.0)(x, w)",
    ),
    "SoftmaxBackward0": (
        "nn.Softmax(dim=1)(A)",
        "torch.softmax(x, dim=0)", "F.softmax(A, dim=-1)", "torch.softmax(x, 0, dtype=torch.float32)",
        "s.softmax(0)",
    ),
    "SoftplusBackward0": (
        "F.softplus(x)", "F.softplus(x, beta=2.0, threshold=1.0)", "nn.Softplus(beta=3.0, threshold=2.0)(x)",
    ),
    "SqueezeBackward0": ("A.unsqueeze(0).squeeze()", "s.squeeze()"),
    "SqueezeBackward1": ("A.unsqueeze(0).squeeze(dim=0)", "A.squeeze(-1)"),
    "SqueezeBackward2": ("A.unsqueeze(0).squeeze((0, 1))",),
    "SqueezeBackward4": ("x @ B",),
    "StackBackward0": (
        "torch.stack([x, w], dim=1)", "torch.stack([row * row for row in A])",
        "torch.stack([d, x, x])", "torch.stack([A, E], dim=-1)",
    ),
    "StdBackward0": (
        "x.std()", "A.std(dim=1)", "A.std(dim=(0, 1), correction=0)", "A.std(dim=0, unbiased=False)",
        "A.std(1, keepdim=True)", "same.std()",
    ),
    "SubBackward0": (
        "x - w", "x - 2", "A - x", "x - A", "torch.sub(x, other=w, alpha=3)", "torch.sub(2, x)",
        "x.clone().sub_(other=w, alpha=2)", "d - x",
    ),
    "SumBackward0": ("x.sum()", "A.sum(dtype=torch.float32)", "nn.L1Loss(reduction='sum')(x, d)", "s.sum()"),
    "SumBackward1": (
        "A.sum(dim=0)", "A.sum(dim=-1, keepdim=True)", "A.sum((0, 1))", "G.norm(p='nuc')",
        "C.norm(p='nuc', dim=(0, 1))", "s.sum(0)",
    ),
    "TBackward0": ("A.t()", "x.t()"),
    "ToCopyBackward0": (
        "x.float()", "x.to(dtype=torch.float32)", "x.float().double()", "x.to(torch.bfloat16)",
        "x.to('cpu', torch.float32, non_blocking=True, copy=True)", "x.type(torch.FloatTensor)",
        "x.type(dtype='torch.FloatTensor')", "x.type_as(other=A.float())",
    ),
    "TransposeBackward0": ("A.transpose(dim0=0, dim1=1)", "A.mT", "C.transpose(-1, 0)", "s.transpose(0, 0)"),
    "UnsafeViewBackward0": (
        "C @ D", "C @ v", "C @ V", "A.T.reshape(6)", "A.T.flatten()", "D.transpose(1, 2) @ C.transpose(1, 2)",
        "x @ C",
    ),
    "UnsqueezeBackward0": ("A.unsqueeze(dim=1)", "x.unsqueeze(-1)", "s.unsqueeze(0)"),
    "VarBackward0": (
        "A.var()", "A.var(dim=0, keepdim=True)", "A.var(dim=0, unbiased=False)", "x.var(0, correction=2)",
    ),
    "ViewBackward0": (
        "A.ravel()", "A.contiguous().cpu().view(6)",
        "nn.Flatten()(C)",
        "F.bilinear(A, V.t(), C)",
        "x.reshape(3, 1)", "A.reshape(shape=(3, 2))", "A.flatten()", "C.flatten(start_dim=1, end_dim=2)",
        "A.view(6)", "A.view(size=(3, 2))", "A.view_as(other=B)", "A.reshape_as(other=B)", "s.flatten()",
    ),
    "WhereBackward0": (
        "torch.where(x > 0, x, w)", "torch.where(x > 0, x, other=0.0)", "x.where(d > 0, w)",
        "torch.where(A > 0, x, s)", "torch.where(x > 0, 1.0, x)", "torch.where(x > 0, input=d, other=x)",
    ),
    "ZeroBackward0": ("x.clone().zero_()",),
    # Writes into views; more of them are in tests/test_view_rules.py.
    "AsStridedBackward0": ("x.clone().view(3, 1).add_(w.view(3, 1))", "A.t().clone()[1:].mul_(w[:2])"),
    # Operations without a gradient.
    "": (
        "torch.Tensor([1.0])", "torch.FloatTensor([1.0])", "torch.DoubleTensor([1.0])", "torch.HalfTensor([1.0])",
        "torch.BFloat16Tensor([1.0])", "torch.LongTensor([1])", "torch.IntTensor([1])", "torch.ShortTensor([1])",
        "torch.CharTensor([1])", "torch.ByteTensor([1])", "torch.BoolTensor([True])",
        "x.new_tensor([1.0])", "torch.empty_like(x, requires_grad=True)", "x.detach().to(device='cpu')",
        "x == w", "x != w", "x < w", "x <= w", "x > w", "x >= w",
        "x.eq(other=w)", "x.ne(other=1.0)", "torch.lt(x, other=w)", "x.le(other=w)", "torch.gt(x, other=0.5)",
        "torch.eq(x, other=w)", "torch.ne(x, other=w)", "x.lt(0.5)", "torch.le(x, other=w)", "x.gt(other=w)",
        "torch.ge(x, w)", "x.ge(other=w)",
        "torch.rand_like(x)", "torch.rand_like(x, requires_grad=True)", "torch.randn_like(x)",
        "torch.randn_like(x, requires_grad=True)", "torch.zeros_like(x, dtype=torch.float32)",
        "torch.ones_like(x)", "torch.full_like(x, fill_value=2.0, dtype=torch.float32)", "+x",
        "torch.multinomial(p, num_samples=2, replacement=True)",
        "x.argmax(dim=0, keepdim=True)", "A.argmin(dim=1)", "A.argmin(1, keepdim=True)", "(x > 0).any(dim=0)",
        "A.argsort(dim=1, descending=True)", "torch.any(A > 0, dim=1, keepdim=True)", "(x > 0).all()",
        "torch.all(A > 0, dim=1, keepdim=True)", "torch.isclose(x, other=w, rtol=0.5, atol=0.1)",
        "F.one_hot(c, num_classes=4)", "F.one_hot(whole)", "h // 2", "(d > 0) & (h > 1)", "(d > 0) | (h > 1)",
        "(d > 0) ^ (h > 1)", "whole << 1", "whole >> 1",
        "torch.zeros_like(x, requires_grad=True)", "torch.ones_like(x, requires_grad=True)",
        "torch.full_like(x, 2.0, requires_grad=True)", "x.detach().requires_grad_(requires_grad=True)",
        "(2 * x).detach_()",
    ),
}  # fmt: skip

CASES = {name: (*_CASES.get(name, ()), *LAYER_CASES.get(name, ())) for name in (*_CASES, *LAYER_CASES)}

#: Cases at the edge of a loss's domain: it has no value beyond.
EDGES: dict[str, tuple[str, ...]] = {
    "BinaryCrossEntropyBackward0": ("F.binary_cross_entropy(none.float(), Q.float())",),
}
