"""The layers of torch.nn that a program may make, one entry each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from viz import limits
from viz.errors import LimitReached
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import broadcast, check_windows, elements, elements_of_call

#: Returns how many elements a layer makes of its inputs.
OutputSize = Callable[[Any, Sequence[torch.Tensor]], int]


def _input_size(layer: nn.Module, given: Sequence[torch.Tensor]) -> int:
    """As many elements as the first input has."""
    return elements(given[0])


def _convolved(convolution: Callable[..., torch.Tensor]) -> OutputSize:
    """The size of what a convolution makes, known by calling it without numbers."""

    def size(layer: Any, given: Sequence[torch.Tensor]) -> int:
        weight = layer.weight.detach().to("meta")
        options = (layer.stride, layer.padding, layer.dilation, layer.groups)
        made = elements_of_call(lambda one: convolution(one, weight, None, *options), given[:1], {})
        check_windows(made, weight)
        if layer.padding_mode == "zeros":
            return made
        around = (layer._reversed_padding_repeated_twice, layer.padding_mode)
        return max(made, elements_of_call(lambda one: F.pad(one, *around), given[:1], {}))

    return size


def _convolved_back(convolution: Callable[..., torch.Tensor]) -> OutputSize:
    """The size of what a transposed convolution makes; with an `output_size`, a little more."""

    def size(layer: Any, given: Sequence[torch.Tensor]) -> int:
        weight = layer.weight.detach().to("meta")
        widest = tuple(one - 1 for one in layer.stride)
        options = (layer.stride, layer.padding, widest, layer.groups, layer.dilation)
        check_windows(elements(given[0]), weight)
        return elements_of_call(lambda one: convolution(one, weight, None, *options), given[:1], {})

    return size


def _broadcast(layer: nn.Module, given: Sequence[torch.Tensor]) -> int:
    """As many elements as the inputs have together, each stretched to fit the others."""
    return elements_of_call(broadcast, given, {})


def _by_itself(layer: nn.Module, given: Sequence[torch.Tensor]) -> int:
    """The size of what a layer without parameters makes, known by calling it without numbers."""
    return elements_of_call(layer, given, {})


def _pooled(layer: Any, given: Sequence[torch.Tensor]) -> int:
    """The size of what a pooling makes: its padding, at most half a window, may add one element to each side."""
    made = 4 * elements(given[0])
    made = _by_itself(layer, given) if made > limits.ELEMENTS else made
    check_windows(made, layer.kernel_size, given[0].dim() - 1)
    return made


def _recurrent(gates: int) -> OutputSize:
    """The size of the largest tensor of a recurrent layer: its gates, or the states of both directions."""

    def size(layer: Any, given: Sequence[torch.Tensor]) -> int:
        steps: int = elements(given[0]) // max(layer.input_size, 1)
        return steps * int(layer.hidden_size) * max(gates, 1 + getattr(layer, "bidirectional", False))

    return size


def _unrolled(gates: int) -> OutputSize:
    """Like `_recurrent`, for a layer that torch unrolls: raises LimitReached for too many steps."""
    size = _recurrent(gates)

    def of_all_steps(layer: Any, given: Sequence[torch.Tensor]) -> int:
        lengths = given[0].shape[1 if layer.batch_first and given[0].dim() == 3 else 0 :]
        steps = max((*lengths[:1], 0)) * layer.num_layers * (1 + layer.bidirectional)
        if steps > limits.NODES:
            raise LimitReached(
                f"This layer would compute {steps:,} steps, in all its layers and directions; {limits.NODES:,} is "
                "the most in one call."
            )
        return size(layer, given)

    return of_all_steps


def _attended(layer: Any, given: Sequence[torch.Tensor]) -> int:
    """The size of the largest tensor of attention: the weights of all heads, or the projections side by side.

    The inputs may come by name, so any of them may be the query, or the key.
    """
    inputs = [one for one in given if one.is_floating_point() and one.dim() > 1]
    lengths = [one.shape[1 if layer.batch_first and one.dim() == 3 else 0] for one in inputs]
    rows = max((elements(one) // max(one.shape[-1], 1) for one in inputs), default=0)
    added = (layer.bias_k is not None) + bool(layer.add_zero_attn)
    scores = rows * (max(lengths, default=0) + added) * int(layer.num_heads)
    return max(scores, 3 * rows * int(layer.embed_dim))


def _encoded(layer: Any, given: Sequence[torch.Tensor]) -> int:
    """The size of the largest tensor of a Transformer's layer: that of its attention, or of its hidden units."""
    first = layer.layers[0] if isinstance(layer, nn.TransformerEncoder) else layer
    rows = max(elements(one) // max(one.shape[-1], 1) if one.dim() else 0 for one in given)
    return max(rows * int(first.linear1.out_features), _attended(first.self_attn, given))


def check_words(name: str, lacks: str, given: Iterable[object]) -> None:
    """Refuse a word among the arguments that `name` takes in PyTorch, but not here."""
    for one in given:
        if isinstance(one, str) and one in lacks.split():
            raise NotHere(f"`{name}` does not take {one!r} here")


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of torch.nn.

    `arguments` are those that its class takes here, `inputs` those that the layer takes when it is called, and
    `readable` the attributes that a program may read besides `training`. `output_size` returns how many elements a
    call makes of these inputs, before it is made. `draws` says that a call may draw random numbers. `lacks` are
    words that PyTorch's class takes for an argument and the one here does not.
    """

    arguments: str = ""
    inputs: str = "input"
    readable: str = ""
    output_size: OutputSize = _input_size
    draws: bool = False
    lacks: str = ""


#: torch computes these in one Node whose weights have no short formula.
RESIZING_LACKS = "bicubic trilinear nearest-exact"
_CONV = "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode dtype"
_BACK = "in_channels out_channels kernel_size stride padding output_padding groups bias dilation dtype"
_CONV_READ = "weight bias in_channels out_channels kernel_size stride padding dilation groups"
_POOL = "kernel_size stride padding ceil_mode"
_POOL_READ = "kernel_size stride padding"
_STACKED = "bias batch_first dropout bidirectional"
_RECURRENT = f"input_size hidden_size num_layers {_STACKED}"
#: The most layers of one recurrent module.
MOST_STACKED = 10
_OF_A_LAYER = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
_RECURRENT_READ = " ".join(
    [
        "input_size hidden_size num_layers batch_first bidirectional",
        *(f"{one}_l{k}{way}" for k in range(MOST_STACKED) for way in ("", "_reverse") for one in _OF_A_LAYER),
    ]
)
_CELL = "input_size hidden_size bias"
_CELL_READ = "input_size hidden_size weight_ih weight_hh bias_ih bias_hh"
_BATCH_NORM = "num_features eps momentum affine track_running_stats bias dtype"
_BATCH_NORM_READ = "weight bias running_mean running_var num_batches_tracked num_features eps momentum"

#: The layers that a program may make. The arguments that the language leaves out choose the device, change weights
#: in a call (`max_norm`) or make gradients sparse.
LAYERS: dict[str, Layer] = {
    "Linear": Layer(
        "in_features out_features bias dtype",
        readable="weight bias in_features out_features",
        output_size=lambda layer, given: elements(given[0]) // max(layer.in_features, 1) * layer.out_features,
    ),
    "Bilinear": Layer(
        "in1_features in2_features out_features bias dtype",
        inputs="input1 input2",
        readable="weight bias in1_features in2_features out_features",
        output_size=lambda layer, given: elements(given[0]) // max(layer.in1_features, 1) * layer.out_features,
    ),
    "Embedding": Layer(
        "num_embeddings embedding_dim padding_idx dtype",
        readable="weight num_embeddings embedding_dim padding_idx",
        output_size=lambda layer, given: elements(given[0]) * layer.embedding_dim,
    ),
    "LayerNorm": Layer(
        "normalized_shape eps elementwise_affine bias dtype", readable="weight bias normalized_shape eps"
    ),
    "Conv1d": Layer(_CONV, readable=_CONV_READ, output_size=_convolved(F.conv1d), lacks="circular"),
    "Conv2d": Layer(_CONV, readable=_CONV_READ, output_size=_convolved(F.conv2d), lacks="circular"),
    "ConvTranspose1d": Layer(
        _BACK, "input output_size", _CONV_READ, output_size=_convolved_back(F.conv_transpose1d)
    ),
    "ConvTranspose2d": Layer(
        _BACK, "input output_size", _CONV_READ, output_size=_convolved_back(F.conv_transpose2d)
    ),
    **dict.fromkeys(
        ("ZeroPad1d", "ZeroPad2d", "ReflectionPad1d", "ReflectionPad2d", "ReplicationPad1d", "ReplicationPad2d"),
        Layer("padding", readable="padding", output_size=_by_itself),
    ),
    **dict.fromkeys(
        ("ConstantPad1d", "ConstantPad2d"), Layer("padding value", readable="padding", output_size=_by_itself)
    ),
    "Upsample": Layer("size scale_factor mode align_corners", output_size=_by_itself, lacks=RESIZING_LACKS),
    "UpsamplingNearest2d": Layer("size scale_factor", output_size=_by_itself),
    "UpsamplingBilinear2d": Layer("size scale_factor", output_size=_by_itself),
    "PixelShuffle": Layer("upscale_factor"),
    "PixelUnshuffle": Layer("downscale_factor"),
    "ChannelShuffle": Layer("groups"),
    "CosineSimilarity": Layer("dim eps", "x1 x2", output_size=_broadcast),
    "PairwiseDistance": Layer("p eps keepdim", "x1 x2", output_size=_broadcast),
    "MaxPool1d": Layer(f"{_POOL} dilation return_indices", readable=_POOL_READ, output_size=_pooled),
    "MaxPool2d": Layer(f"{_POOL} dilation return_indices", readable=_POOL_READ, output_size=_pooled),
    "AvgPool1d": Layer(f"{_POOL} count_include_pad", readable=_POOL_READ, output_size=_pooled),
    "AvgPool2d": Layer(f"{_POOL} count_include_pad divisor_override", readable=_POOL_READ, output_size=_pooled),
    "AdaptiveAvgPool1d": Layer("output_size", readable="output_size", output_size=_by_itself),
    "AdaptiveAvgPool2d": Layer("output_size", readable="output_size", output_size=_by_itself),
    "AdaptiveMaxPool1d": Layer("output_size return_indices", readable="output_size", output_size=_by_itself),
    "AdaptiveMaxPool2d": Layer("output_size return_indices", readable="output_size", output_size=_by_itself),
    "BatchNorm1d": Layer(_BATCH_NORM, readable=_BATCH_NORM_READ),
    "BatchNorm2d": Layer(_BATCH_NORM, readable=_BATCH_NORM_READ),
    "GroupNorm": Layer(
        "num_groups num_channels eps affine bias dtype", readable="weight bias num_groups num_channels eps"
    ),
    "RNN": Layer(
        f"input_size hidden_size num_layers nonlinearity {_STACKED} dtype",
        "input hx",
        _RECURRENT_READ,
        _unrolled(1),
        draws=True,
    ),
    "LSTM": Layer(f"{_RECURRENT} proj_size dtype", "input hx", _RECURRENT_READ, _unrolled(4), draws=True),
    "GRU": Layer(f"{_RECURRENT} dtype", "input hx", _RECURRENT_READ, _unrolled(3), draws=True),
    "RNNCell": Layer(f"{_CELL} nonlinearity dtype", "input hx", _CELL_READ, _recurrent(1)),
    "LSTMCell": Layer(f"{_CELL} dtype", "input hx", _CELL_READ, _recurrent(4)),
    "GRUCell": Layer(f"{_CELL} dtype", "input hx", _CELL_READ, _recurrent(3)),
    "MultiheadAttention": Layer(
        "embed_dim num_heads dropout bias add_bias_kv add_zero_attn kdim vdim batch_first dtype",
        "query key value key_padding_mask need_weights attn_mask average_attn_weights is_causal",
        "embed_dim num_heads head_dim batch_first in_proj_weight in_proj_bias out_proj q_proj_weight "
        "k_proj_weight v_proj_weight bias_k bias_v",
        _attended,
        draws=True,
    ),
    "TransformerEncoderLayer": Layer(
        "d_model nhead dim_feedforward dropout activation layer_norm_eps batch_first norm_first bias dtype",
        "src src_mask src_key_padding_mask is_causal",
        "self_attn linear1 linear2 norm1 norm2 norm_first",
        _encoded,
        draws=True,
    ),
    "TransformerEncoder": Layer(
        "encoder_layer num_layers norm enable_nested_tensor",
        "src mask src_key_padding_mask is_causal",
        "layers norm num_layers",
        _encoded,
        draws=True,
    ),
    "ReLU": Layer("inplace"),
    "ReLU6": Layer("inplace"),
    "LeakyReLU": Layer("negative_slope inplace"),
    "PReLU": Layer("num_parameters init dtype", readable="weight num_parameters"),
    "RReLU": Layer("lower upper inplace", draws=True),
    "ELU": Layer("alpha inplace"),
    "CELU": Layer("alpha inplace"),
    "SELU": Layer("inplace"),
    "GELU": Layer("approximate"),
    "GLU": Layer("dim"),
    "SiLU": Layer("inplace"),
    "Mish": Layer("inplace"),
    "Softplus": Layer("beta threshold"),
    "Softsign": Layer(),
    "Softshrink": Layer("lambd"),
    "Sigmoid": Layer(),
    "LogSigmoid": Layer(),
    "Tanh": Layer(),
    "Tanhshrink": Layer(),
    "Hardtanh": Layer("min_val max_val inplace"),
    "Hardswish": Layer("inplace"),
    "Hardshrink": Layer("lambd"),
    "Threshold": Layer("threshold value inplace"),
    "Softmax": Layer("dim"),
    "Softmax2d": Layer(),
    "Softmin": Layer("dim"),
    "LogSoftmax": Layer("dim"),
    "Identity": Layer(),
    "Flatten": Layer("start_dim end_dim"),
    "Unflatten": Layer("dim unflattened_size"),
    "Dropout": Layer("p inplace", readable="p", draws=True),
    "Dropout1d": Layer("p inplace", readable="p", draws=True),
    "Dropout2d": Layer("p inplace", readable="p", draws=True),
    "AlphaDropout": Layer("p inplace", readable="p", draws=True),
    "FeatureAlphaDropout": Layer("p inplace", readable="p", draws=True),
}
