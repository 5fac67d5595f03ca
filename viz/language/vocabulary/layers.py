"""What a program has of torch.nn besides the losses: its layers, Sequential, and what they do."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import Any

import torch
from torch import nn
from torch.nn.modules.linear import NonDynamicallyQuantizableLinear

from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.entries import Attribute, Function, positional_count
from viz.language.runtime.kinds import Kind, describe, kind_of, plain_text
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.sizes import check_count, check_elements, check_tensor, whole
from viz.language.runtime.state import State
from viz.language.vocabulary.hearing import heard, tensors_in, told
from viz.language.vocabulary.layer_table import LAYERS, MOST_STACKED, Layer, check_words
from viz.language.vocabulary.making import moving
from viz.language.vocabulary.modules import containers, keeping, module_hooks, registering, walking
from viz.pytorch.inference import may_infer
from viz.pytorch.parameters import layers, tensors_of


def _class(name: str) -> type[nn.Module]:
    found: type[nn.Module] = getattr(nn, name)
    return found


_BY_CLASS = {
    **{_class(name): layer for name, layer in LAYERS.items()},
    NonDynamicallyQuantizableLinear: LAYERS["Linear"],  # what MultiheadAttention has as `out_proj`
}
#: A Sequential, and what else it may hold: a loss, which torch refuses to call with one tensor.
_OTHER = Layer()

#: The attributes of a layer that a program may set: to another Parameter, or to None, as torch says.
_PARAMETERS = ("weight", "bias")
#: The most layers in one call, and the deepest nesting of Sequentials.
_MOST_LAYERS, _DEEPEST = 100, 10
#: What a constructor takes for these arguments here: a copy of another module might cost too much.
_TAKEN: dict[str, type] = {
    "encoder_layer": nn.TransformerEncoderLayer,
    "norm": nn.LayerNorm,
    "activation": str,
}
_SAID: dict[type, str] = {
    nn.TransformerEncoderLayer: "an `nn.TransformerEncoderLayer`",
    nn.LayerNorm: "an `nn.LayerNorm`",
    str: 'a name such as `"gelu"`',
}


def _constructor(name: str, layer: Layer) -> Function:
    """The entry of a layer's class."""
    class_ = _class(name)
    names = layer.arguments.split()
    has_parameters, passes_on = _has_parameters(class_, layer)
    keywords = frozenset((*names, *(["device"] if has_parameters else [])))

    def make(*args: Any, **options: Any) -> nn.Module:
        check_arguments(class_, args, options)
        return class_(*args, **options)

    positional = len(names) - 1 if passes_on else positional_count(class_, keywords)
    return Function(f"torch.nn.{name}", make, positional, keywords, draws=has_parameters)


def _has_parameters(class_: Callable[..., Any], layer: Layer) -> tuple[bool, bool]:
    """Whether a layer has parameters, and whether it passes on its arguments, all but the dtype by position."""
    takes = signature(class_).parameters
    passes_on = bool(layer.arguments) and any(one.kind is one.VAR_POSITIONAL for one in takes.values())
    return passes_on or "device" in takes, passes_on


def check_arguments(class_: type[nn.Module], args: Sequence[Any], options: Mapping[str, Any]) -> None:
    """Raise what a layer of this class raises here before it is made: for its words, and for its size.

    A layer with parameters is made without memory first, to see their sizes.
    """
    if class_ is nn.Sequential:
        _check_children(args)
        return
    layer = _BY_CLASS[class_]
    given = dict(zip(layer.arguments.split(), args, strict=False)) | dict(options)
    check_words(f"nn.{class_.__name__}", layer.lacks, given.values())
    if (whole(given.get("num_layers")) or 0) > MOST_STACKED:
        raise LimitReached(f"`nn.{class_.__name__}` has at most {MOST_STACKED} layers here.")
    for name, kind in _TAKEN.items():
        if type(given.get(name)) not in (kind, type(None)):
            raise NotHere(f"`{name}` takes {_SAID[kind]} here, not {describe(given[name])}")
    if _has_parameters(class_, layer)[0]:
        for one in given.values():
            check_count(one)
        for parameter in class_(*args, **{**options, "device": "meta"}).parameters():
            check_tensor(parameter)


def check_output(class_: type[nn.Module], layer: nn.Module, given: Sequence[Any]) -> None:
    """Raise LimitReached if a call of a layer would make too many elements of these arguments."""
    found = list(tensors_in(given))
    if found:
        check_elements(_BY_CLASS.get(class_, _OTHER).output_size(layer, found))


def class_of(entry: Function) -> type[nn.Module] | None:
    """The layer that an entry of `torch.nn` makes; None for anything else."""
    found = next((name for name, one in CLASSES.items() if one is entry), "")
    return _class(found) if found in LAYERS or found == "Sequential" else None


def _sequential(*children: Any) -> nn.Sequential:
    """`nn.Sequential`, of layers or of an OrderedDict of layers; LimitReached for too many."""
    _check_children(children)
    return _counted(nn.Sequential(*children))


def _check_children(children: Sequence[Any]) -> None:
    named = children[0] if len(children) == 1 and isinstance(children[0], OrderedDict) else None
    for name in named or ():
        registering.check_name(name)
    for child in children if named is None else named.values():
        _check_layer(child)


def _check_layer(child: Any) -> None:
    # torch takes None, and calls it where a layer would be called
    if child is None or kind_of(child).own:
        raise NotHere(f"`nn.Sequential` takes layers, but this is {describe(child)}")
    if isinstance(child, nn.Sequential) and _depth(child) >= _DEEPEST:
        raise LimitReached(f"Modules are nested at most {_DEEPEST} deep; put fewer into each other.")


def _counted(net: nn.Sequential) -> nn.Sequential:
    if sum(1 for _ in layers(net)) > _MOST_LAYERS:
        raise LimitReached(f"A module has at most {_MOST_LAYERS} layers.")
    return net


def _append(net: nn.Sequential, module: Any) -> nn.Sequential:
    """`net.append(layer)`."""
    _check_layer(module)
    if isinstance(module, nn.Module):  # of anything else torch says itself that it is none
        registering.check_nesting(net, module)
    return _counted(net.append(module))


def _put_layer(state: State, span: Span, net: nn.Sequential, place: Any, module: Any) -> None:
    """`net[place] = layer`, as before training a part of a net for something else."""
    if type(place) is not int:
        raise NotHere("a layer is replaced by its number, as in `net[0] = nn.Linear(2, 1)`")
    _check_layer(module)
    if isinstance(module, nn.Module):  # of anything else torch says itself that it is none
        registering.check_nesting(net, module)
    before = net[place]
    net[place] = module
    try:
        _counted(net)
    except LimitReached:
        net[place] = before
        raise


def _named_layer(state: State, span: Span, net: nn.Sequential, name: str) -> Any:
    """`net.fc1`, a layer by the name that the program gave it."""
    return net._modules.get(name, NotImplemented)


def _depth(module: nn.Module) -> int:
    return 1 + max((_depth(child) for child in module), default=0) if isinstance(module, nn.Sequential) else 0


def _parameter(data: Any, requires_grad: Any = True) -> nn.Parameter:
    """`nn.Parameter`, of a tensor."""
    if not isinstance(data, torch.Tensor):
        raise NotHere("`nn.Parameter` takes a tensor, as in `nn.Parameter(torch.tensor([0.5]))`")
    return nn.Parameter(data, requires_grad)


#: The members of `torch.nn`.
CLASSES: dict[str, Function] = {
    **{name: _constructor(name, layer) for name, layer in LAYERS.items()},
    "Sequential": Function("torch.nn.Sequential", _sequential, _MOST_LAYERS, keeps=True),
    **containers.CLASSES,
    "Parameter": Function("torch.nn.Parameter", _parameter, 2, frozenset({"data", "requires_grad"})),
}


#: The called object in a call's source, if it is a name or a part of one.
_CALLED = re.compile(r"([\w.]+(?:\[-?\d+\])*)\s*\(")


def call_layer(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call a module layer by layer, as a Sequential does.

    The observer hears of each operation in a layer, as if Python itself ran it. All have the position of the call
    in the source. If there are several layers, the text of each is its place: `net[0]`.
    """
    module, given, named = args[0], tuple(args[1:]), options
    path = list(layers(module))
    if not path:
        return module(*given, **named)  # returns its input
    called = _CALLED.match(span.text)
    name = called.group(1) if called else type(module).__name__
    for where, layer in path:
        found = list(tensors_in((*given, *named.values())))
        entry = _BY_CLASS.get(type(layer), _OTHER)
        if found:
            check_elements(entry.output_size(layer, found))
        at = replace(span, text=f"{name}{where}") if where else span
        call = partial(layer, *given, **named)
        if may_infer(layer):
            made = told(state, at, call, found, entry.draws)
        else:
            made = heard(state, at, call, entry.draws)
        given, named = (made,), {}
    return made


def _call_of(kind: type[nn.Module], layer: Layer) -> Function:
    names = layer.inputs.split()
    return Function(kind.__name__, nn.Module.__call__, 1 + len(names), frozenset(names), runs=call_layer)


_METHODS: dict[str, Function] = {
    **moving.METHODS,
    **walking.METHODS,
    **registering.METHODS,
    **keeping.METHODS,
    **module_hooks.METHODS,
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


def _attribute(name: str) -> Attribute:
    return Attribute(name, lambda module: getattr(module, name))


def _layer_at(state: State, span: Span, net: nn.Sequential, place: Any) -> nn.Module:
    """`net[place]`, a layer, or for a slice several; TypeError for any other key, IndexError past the layers."""
    if type(place) is not int and not isinstance(place, slice):
        raise NotHere(f"a layer is read by its number, as in `net[0]`, not by {describe(place)}")
    layer: nn.Module = net[place]
    return layer


def _set_parameter(state: State, span: Span, layer: nn.Module, name: str, value: Any) -> None:
    """`layer.weight = nn.Parameter(…)`, or None; torch itself raises TypeError for anything else."""
    if name not in _PARAMETERS or name not in layer._parameters:
        raise refused(f"`.{name}` of a module cannot be assigned to here; assign to a name instead.", span)
    setattr(layer, name, value)


#: The methods of the layers that are derived from a class of torch.
_OF_KINDS: dict[type[nn.Module], dict[str, Function]] = {
    # On a GPU that puts the weights next to each other; here it changes nothing, as in torch.
    nn.RNNBase: {"flatten_parameters": Function("flatten_parameters", nn.RNNBase.flatten_parameters, 1)},
}


def _kind(class_: type[nn.Module], layer: Layer) -> Kind:
    call = _call_of(class_, layer)
    own = {name: one for kind, of in _OF_KINDS.items() if issubclass(class_, kind) for name, one in of.items()}
    return replace(
        _MODULE,
        derived=False,
        methods={**_METHODS, **own, "forward": call},
        attributes={name: _attribute(name) for name in ("training", *layer.readable.split())},
        call=call,
        set=_set_parameter,
        text=plain_text,
    )


_MODULE = Kind(says="a module", inside=tensors_of, derived=True)
_SEQUENTIAL = _kind(nn.Sequential, _OTHER)

KINDS: dict[type, Kind] = {
    nn.Module: _MODULE,
    **{class_: _kind(class_, layer) for class_, layer in _BY_CLASS.items()},
    **containers.kinds(replace(_kind(nn.Module, _OTHER), call=None)),
    **keeping.KINDS,
    nn.Sequential: replace(
        _SEQUENTIAL,
        methods={**_SEQUENTIAL.methods, "append": Function("Sequential.append", _append, 2)},
        get=_named_layer,
        index=_layer_at,
        store=_put_layer,
        iterate=lambda state, span, net: list(net),
    ),
}
