"""What a program has of torch.nn besides the losses: layers, activations, Sequential, and what they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from viz import limits
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function, positional_count
from viz.language.runtime.problems import NotHere
from viz.language.runtime.sizes import check_call, check_count, check_tensor, elements
from viz.language.runtime.state import State
from viz.limits import LimitReached
from viz.pytorch.parameters import layers

#: The layers with parameters, and the arguments of each. Those that the language leaves out choose the device,
#: change weights in a call (`max_norm`) or make gradients sparse.
_LAYERS: Mapping[str, str] = {
    "Linear": "in_features out_features bias dtype",
    "Bilinear": "in1_features in2_features out_features bias dtype",
    "Embedding": "num_embeddings embedding_dim padding_idx dtype",
    "LayerNorm": "normalized_shape eps elementwise_affine bias dtype",
    "Conv1d": "in_channels out_channels kernel_size stride padding dilation groups bias dtype",
}
#: The layers without parameters.
_PLAIN: Mapping[str, str] = {
    "ReLU": "",
    "Sigmoid": "",
    "Tanh": "",
    "Softplus": "beta threshold",
    "GELU": "approximate",
    "ELU": "alpha",
    "LeakyReLU": "negative_slope",
    "Hardtanh": "min_val max_val",
    "ReLU6": "",
    "SELU": "",
    "Mish": "",
    "SiLU": "",
    "Softmax": "dim",
    "LogSoftmax": "dim",
    "LogSigmoid": "",
    "Softsign": "",
    "Identity": "",
    "Flatten": "start_dim end_dim",
    "Dropout": "p",
}
#: How many layers a call goes through, and how many Sequentials stand in each other.
_MOST_LAYERS, _DEEPEST = 100, 10


def _layer(name: str, names: str) -> Function:
    """The entry of a layer: what it would hold is looked at first, without memory for it."""
    made = getattr(nn, name)
    keywords = frozenset(names.split())

    def make(*args: Any, **options: Any) -> nn.Module:
        for one in (*args, *options.values()):
            check_count(one)
        for parameter in made(*args, **options, device="meta").parameters():
            check_tensor(parameter)
        layer: nn.Module = made(*args, **options)
        return layer

    return Function(f"torch.nn.{name}", make, positional_count(made, keywords), keywords, draws=True)


def _plain(name: str, names: str) -> Function:
    made, keywords = getattr(nn, name), frozenset(names.split())
    return Function(f"torch.nn.{name}", made, positional_count(made, keywords), keywords)


def _sequential(*children: Any) -> nn.Sequential:
    """`nn.Sequential`; LimitReached for too many layers."""
    for child in children:
        if child is None:  # torch takes it, and calls it where a layer would be called
            raise NotHere("`nn.Sequential` takes layers, and this is None")
        if isinstance(child, nn.Sequential) and _depth(child) >= _DEEPEST:
            raise LimitReached(f"Modules stand at most {_DEEPEST} deep in each other.")
    net = nn.Sequential(*children)
    if sum(1 for _ in layers(net)) > _MOST_LAYERS:
        raise LimitReached(f"A module has at most {_MOST_LAYERS} layers.")
    return net


def _depth(module: nn.Module) -> int:
    return 1 + max((_depth(child) for child in module), default=0) if isinstance(module, nn.Sequential) else 0


def _parameter(data: Any, requires_grad: Any = True) -> nn.Parameter:
    """`nn.Parameter`, of a tensor."""
    if not isinstance(data, torch.Tensor):
        raise NotHere("`nn.Parameter` takes a tensor, as in `nn.Parameter(torch.tensor([0.5]))`")
    return nn.Parameter(data, requires_grad)


#: The members of `torch.nn`.
CLASSES: dict[str, Function] = {
    **{name: _layer(name, names) for name, names in _LAYERS.items()},
    **{name: _plain(name, names) for name, names in _PLAIN.items()},
    "Sequential": Function("torch.nn.Sequential", _sequential, _MOST_LAYERS),
    "Parameter": Function("torch.nn.Parameter", _parameter, 2, frozenset({"data", "requires_grad"})),
}

#: The type of every module that a program can make.
TYPES: tuple[type[nn.Module], ...] = tuple(getattr(nn, name) for name in (*_LAYERS, *_PLAIN, "Sequential"))


def _conv1d(*args: Any, **options: Any) -> torch.Tensor:
    """`F.conv1d`, whose padding may make much of little."""
    for one in (*args, *options.values()):
        check_count(one)
    check_call(F.conv1d, args, options)
    return F.conv1d(*args, **options)


def _one_hot(input: Any, num_classes: Any = -1) -> torch.Tensor:
    """`F.one_hot`, which makes a row of `num_classes` numbers for each number."""
    if isinstance(input, torch.Tensor) and input.numel() and type(num_classes) is int:
        count = int(input.max()) + 1 if num_classes == -1 else num_classes
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


#: What is called, where that is a name or a part of one.
_CALLED = re.compile(r"([\w.]+(?:\[-?\d+\])*)\s*\(")


def _made(layer: nn.Module, given: Sequence[torch.Tensor]) -> int:
    """How many numbers a layer will make of what it is called with."""
    count = elements(given[0]) if given else 0
    if isinstance(layer, nn.Linear):
        return count // max(layer.in_features, 1) * layer.out_features
    if isinstance(layer, nn.Bilinear):
        return count // max(layer.in1_features, 1) * layer.out_features
    if isinstance(layer, nn.Embedding):
        return count * layer.embedding_dim
    return count


def _run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call a module, a layer at a time as a Sequential does; the observer is told of each layer's operation.

    All stand at the call in the source; of several each has its place for a text, as in `net[0]`.
    """
    module, given, named = args[0], tuple(args[1:]), options
    path = list(layers(module))
    if not path:
        return module(*given, **named)  # gives back what it is given
    called = _CALLED.match(span.text)
    name = called.group(1) if called else type(module).__name__
    for where, layer in path:
        found = [one for one in (*given, *named.values()) if isinstance(one, torch.Tensor)]
        _check(layer, found)
        with state.draws.turn() if isinstance(layer, nn.Dropout) else nullcontext():
            made = layer(*given, **named)
        state.meter.count_tensor(made)
        if all(made is not one for one in given):  # as Identity gives back what it is given
            at = replace(span, text=f"{name}{where}") if where else span
            state.observer.operation(at, made, found)
        given, named = (made,), {}
    return made


def _check(layer: nn.Module, given: Sequence[torch.Tensor]) -> None:
    """LimitReached where a layer would make too large a tensor of what it is called with."""
    if isinstance(layer, nn.Conv1d) and given:
        check_call(_conv_of(layer), given[:1], {})
    if _made(layer, given) > limits.ELEMENTS:
        raise LimitReached(
            f"This tensor would have {_made(layer, given):,} elements; {limits.ELEMENTS:,} is the most a "
            "tensor may have."
        )


def _conv_of(layer: nn.Conv1d) -> Callable[[torch.Tensor], torch.Tensor]:
    """What the layer makes of a tensor without numbers."""
    weight = layer.weight.detach().to("meta")

    def call(given: torch.Tensor) -> torch.Tensor:
        return F.conv1d(given, weight, None, layer.stride, layer.padding, layer.dilation, layer.groups)

    return call


def _call_of(kind: type[nn.Module]) -> Function:
    names = ("input1", "input2") if kind is nn.Bilinear else ("input",)
    count = 1 + len(names)
    return Function(kind.__name__, nn.Module.__call__, count, frozenset(names), runs=_run)


#: What a module does when it is called.
CALLS: dict[type, Function] = {kind: _call_of(kind) for kind in TYPES}


def _parameters(module: nn.Module) -> Iterator[nn.Parameter]:
    """`module.parameters()`."""
    return module.parameters()


def _named_parameters(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """`module.named_parameters()`."""
    return module.named_parameters()


_METHODS: dict[str, Function] = {
    "parameters": Function("Module.parameters", _parameters, 1),
    "named_parameters": Function("Module.named_parameters", _named_parameters, 1),
    "train": Function("Module.train", nn.Module.train, 2, frozenset({"mode"}), changes="training"),
    "eval": Function("Module.eval", nn.Module.eval, 1, changes="training"),
    "zero_grad": Function(
        "Module.zero_grad",
        nn.Module.zero_grad,
        2,
        frozenset({"set_to_none"}),
        around=lambda observer, span, args, options: observer.zero_grad(args[0]),
    ),
    "requires_grad_": Function(
        "Module.requires_grad_",
        nn.Module.requires_grad_,
        2,
        frozenset({"requires_grad"}),
        changes="requires_grad",
    ),
}

#: The methods of every module.
METHODS: dict[type, Mapping[str, Function]] = dict.fromkeys(TYPES, _METHODS)


def _attribute(name: str) -> Attribute:
    return Attribute(name, lambda module: getattr(module, name))


#: What can be read off each layer besides `training`.
_READ: Mapping[type[nn.Module], str] = {
    nn.Linear: "weight bias in_features out_features",
    nn.Bilinear: "weight bias in1_features in2_features out_features",
    nn.Embedding: "weight num_embeddings embedding_dim padding_idx",
    nn.LayerNorm: "weight bias normalized_shape eps",
    nn.Conv1d: "weight bias in_channels out_channels kernel_size stride padding",
    nn.Dropout: "p",
}

#: What can be read off a module.
ATTRIBUTES: dict[type, Mapping[str, Attribute]] = {
    kind: {name: _attribute(name) for name in ("training", *_READ.get(kind, "").split())} for kind in TYPES
}


def layer_at(net: nn.Sequential, place: Any) -> nn.Module:
    """`net[place]`, a layer, or for a slice several; TypeError for any other key, IndexError past the layers."""
    if type(place) is not int and not isinstance(place, slice):
        raise NotHere(f"a layer is read by its number, as in `net[0]`, not by a {type(place).__name__}")
    layer: nn.Module = net[place]
    return layer
