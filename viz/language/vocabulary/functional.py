"""What a program has of torch.nn.functional besides the losses and the operations that serve it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F

from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.sizes import (
    broadcast,
    check_count,
    check_elements,
    check_tensor,
    check_windows,
    elements,
    elements_of_call,
    whole,
)
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard
from viz.language.vocabulary.layer_table import RESIZING_LACKS, check_words


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


def _heard(name: str, names: str, draws: bool = False) -> Function:
    """The entry of a function that may change its arguments in place, which the observer hears."""
    call = getattr(F, name)

    def runs(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        return heard(state, span, partial(call, *args, **options), draws)

    return _function(name, names, call, runs=runs)


def _sized(name: str, names: str, tensors: int = 1, lacks: str = "") -> Function:
    """The entry of a function whose result may be larger than its first arguments, which are `tensors`.

    `lacks` are the words that it takes in PyTorch, but not here.
    """
    given, second, call = names.split()[:tensors], names.split()[1], getattr(F, name)

    def run(*args: Any, **options: Any) -> Any:
        check_words(f"F.{name}", lacks, (*args, *options.values()))
        for one in (*args[tensors:], *[one for key, one in options.items() if key not in given]):
            check_count(one)
        made = elements_of_call(call, args, options)
        check_elements(made)
        if second in ("weight", "kernel_size"):
            larger = max(made, *[elements(one) for one in args[:1] if isinstance(one, torch.Tensor)])
            check_windows(larger, args[1] if len(args) > 1 else options.get(second), int(name[-2]))
        return call(*args, **options)

    return _function(name, names, run)


_CONV = "input weight bias stride padding dilation groups"
_BACK = "input weight bias stride padding output_padding groups dilation"
_POOL = "input kernel_size stride padding"


def _attention(query: Any, key: Any, value: Any, *_: Any, **__: Any) -> torch.Tensor:
    """The weights of an attention, or its result if that is larger."""
    scores: torch.Tensor = query @ key.transpose(-2, -1)
    made: torch.Tensor = scores @ value
    return scores if scores.numel() > made.numel() else made


#: The members of `torch.nn.functional`.
FUNCTIONS: dict[str, Function] = {
    "linear": _function("linear", "input weight bias", F.linear, growth=F.linear),
    "bilinear": _function("bilinear", "input1 input2 weight bias", F.bilinear, growth=F.bilinear),
    "embedding": _function("embedding", "input weight padding_idx", F.embedding, growth=F.embedding),
    "layer_norm": _function("layer_norm", "input normalized_shape weight bias eps", F.layer_norm),
    "conv1d": _sized("conv1d", _CONV, 3),
    "conv2d": _sized("conv2d", _CONV, 3),
    "conv_transpose1d": _sized("conv_transpose1d", _BACK, 3),
    "conv_transpose2d": _sized("conv_transpose2d", _BACK, 3),
    "pad": _sized("pad", "input pad mode value", lacks="circular"),
    "interpolate": _sized("interpolate", "input size scale_factor mode align_corners", lacks=RESIZING_LACKS),
    "pixel_shuffle": _function("pixel_shuffle", "input upscale_factor", F.pixel_shuffle),
    "pixel_unshuffle": _function("pixel_unshuffle", "input downscale_factor", F.pixel_unshuffle),
    "channel_shuffle": _function("channel_shuffle", "input groups", F.channel_shuffle),
    "cosine_similarity": _function("cosine_similarity", "x1 x2 dim eps", F.cosine_similarity, growth=broadcast),
    "pairwise_distance": _function(
        "pairwise_distance", "x1 x2 p eps keepdim", F.pairwise_distance, growth=broadcast
    ),
    "scaled_dot_product_attention": _function(
        "scaled_dot_product_attention",
        "query key value attn_mask dropout_p is_causal scale",
        F.scaled_dot_product_attention,
        growth=_attention,
        draws=True,
    ),
    "normalize": _function("normalize", "input p dim eps", F.normalize),
    "max_pool1d": _sized("max_pool1d", f"{_POOL} dilation ceil_mode return_indices"),
    "max_pool2d": _sized("max_pool2d", f"{_POOL} dilation ceil_mode return_indices"),
    "avg_pool1d": _sized("avg_pool1d", f"{_POOL} ceil_mode count_include_pad"),
    "avg_pool2d": _sized("avg_pool2d", f"{_POOL} ceil_mode count_include_pad divisor_override"),
    "adaptive_avg_pool1d": _sized("adaptive_avg_pool1d", "input output_size"),
    "adaptive_avg_pool2d": _sized("adaptive_avg_pool2d", "input output_size"),
    "adaptive_max_pool1d": _sized("adaptive_max_pool1d", "input output_size return_indices"),
    "adaptive_max_pool2d": _sized("adaptive_max_pool2d", "input output_size return_indices"),
    "batch_norm": _heard("batch_norm", "input running_mean running_var weight bias training momentum eps"),
    "group_norm": _function("group_norm", "input num_groups weight bias eps", F.group_norm),
    "relu": _heard("relu", "input inplace"),
    "relu6": _heard("relu6", "input inplace"),
    "elu": _heard("elu", "input alpha inplace"),
    "selu": _heard("selu", "input inplace"),
    "celu": _heard("celu", "input alpha inplace"),
    "leaky_relu": _heard("leaky_relu", "input negative_slope inplace"),
    "rrelu": _heard("rrelu", "input lower upper training inplace", draws=True),
    "silu": _heard("silu", "input inplace"),
    "mish": _heard("mish", "input inplace"),
    "hardtanh": _heard("hardtanh", "input min_val max_val inplace"),
    "hardswish": _heard("hardswish", "input inplace"),
    "threshold": _heard("threshold", "input threshold value inplace"),
    "dropout": _heard("dropout", "input p training inplace", draws=True),
    "dropout1d": _heard("dropout1d", "input p training inplace", draws=True),
    "dropout2d": _heard("dropout2d", "input p training inplace", draws=True),
    "alpha_dropout": _heard("alpha_dropout", "input p training inplace", draws=True),
    "feature_alpha_dropout": _heard("feature_alpha_dropout", "input p training inplace", draws=True),
    "hardshrink": _function("hardshrink", "input lambd", F.hardshrink),
    "softshrink": _function("softshrink", "input lambd", F.softshrink),
    "tanhshrink": _function("tanhshrink", "input", F.tanhshrink),
    "softmin": _function("softmin", "input dim dtype", F.softmin),
    "glu": _function("glu", "input dim", F.glu),
    "prelu": _function("prelu", "input weight", F.prelu),
    "one_hot": _function("one_hot", "input num_classes", _one_hot),
}
