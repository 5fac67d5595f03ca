"""The layers of torch.nn that a program may make, one entry each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from viz.language.runtime.sizes import elements, elements_of_call

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
        return elements_of_call(lambda one: convolution(one, weight, None, *options), given[:1], {})

    return size


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of torch.nn.

    `arguments` are those that its class takes here, `inputs` those that the layer takes when it is called, and
    `readable` the attributes that a program may read besides `training`. `output_size` returns how many elements a
    call makes of these inputs, before it is made. `draws` says that a call may draw random numbers.
    """

    arguments: str = ""
    inputs: str = "input"
    readable: str = ""
    output_size: OutputSize = _input_size
    draws: bool = False


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
    "Conv1d": Layer(
        "in_channels out_channels kernel_size stride padding dilation groups bias dtype",
        readable="weight bias in_channels out_channels kernel_size stride padding",
        output_size=_convolved(F.conv1d),
    ),
    "ReLU": Layer(),
    "Sigmoid": Layer(),
    "Tanh": Layer(),
    "Softplus": Layer("beta threshold"),
    "GELU": Layer("approximate"),
    "ELU": Layer("alpha"),
    "LeakyReLU": Layer("negative_slope"),
    "Hardtanh": Layer("min_val max_val"),
    "ReLU6": Layer(),
    "SELU": Layer(),
    "Mish": Layer(),
    "SiLU": Layer(),
    "Softmax": Layer("dim"),
    "LogSoftmax": Layer("dim"),
    "LogSigmoid": Layer(),
    "Softsign": Layer(),
    "Identity": Layer(),
    "Flatten": Layer("start_dim end_dim"),
    "Dropout": Layer("p", readable="p", draws=True),
}
