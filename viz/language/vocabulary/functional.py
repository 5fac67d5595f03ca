"""What a program has of torch.nn.functional besides the losses and the operations that serve it too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F

from viz.language.runtime.entries import Function
from viz.language.runtime.sizes import check_call, check_count, check_tensor, whole


def _conv1d(*args: Any, **options: Any) -> torch.Tensor:
    """`F.conv1d`, whose padding may make much of little."""
    tensors = ("input", "weight", "bias")
    for one in (*args[len(tensors) :], *[one for name, one in options.items() if name not in tensors]):
        check_count(one)
    check_call(F.conv1d, args, options)
    return F.conv1d(*args, **options)


def _one_hot(input: Any, num_classes: Any = -1) -> torch.Tensor:
    """`F.one_hot`, which makes a row of `num_classes` numbers for each number."""
    count = whole(num_classes)
    # torch refuses numbers that are not whole before it makes anything.
    if count is not None and isinstance(input, torch.Tensor) and input.numel() and not input.is_floating_point():
        count = int(input.max()) + 1 if count == -1 else count
        check_tensor(input.expand(max(count, 1), *input.shape))
    return F.one_hot(input, num_classes)


def _function(name: str, names: str, call: Callable[..., Any], **more: Any) -> Function:
    keywords = names.split()
    return Function(f"F.{name}", call, len(keywords), frozenset(keywords), **more)


#: The members of `torch.nn.functional`.
FUNCTIONS: dict[str, Function] = {
    "linear": _function("linear", "input weight bias", F.linear, growth=F.linear),
    "bilinear": _function("bilinear", "input1 input2 weight bias", F.bilinear, growth=F.bilinear),
    "embedding": _function("embedding", "input weight padding_idx", F.embedding, growth=F.embedding),
    "layer_norm": _function("layer_norm", "input normalized_shape weight bias eps", F.layer_norm),
    "conv1d": _function("conv1d", "input weight bias stride padding dilation groups", _conv1d),
    "dropout": _function("dropout", "input p training", F.dropout, draws=True),
    "one_hot": _function("one_hot", "input num_classes", _one_hot),
}
