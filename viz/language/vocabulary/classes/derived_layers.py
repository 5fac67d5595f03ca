"""The bases of classes that a program derives from a layer of torch: `class Scaled(nn.Linear)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Any

from torch import nn

from viz.language.runtime.entries import Function
from viz.language.runtime.problems import refused
from viz.language.runtime.program_class import ModuleInstance, ProgramClass
from viz.language.runtime.state import State
from viz.language.vocabulary import layers
from viz.language.vocabulary.hearing import heard, tensors_in, told
from viz.language.vocabulary.making.devices import without_device
from viz.pytorch.inference import may_infer
from viz.pytorch.parameters import layers as layers_of


class LayerInstance(ModuleInstance):
    """What the objects of such classes have from torch: its `__init__` and its `forward`, within the limits."""

    #: The layer of torch, and what a program writes to make one.
    of_torch: type[nn.Module]
    entry: Function

    def __init__(self, *args: Any, **options: Any) -> None:
        state, kind = _state(self), type(self)
        wrong = kind.entry.misuse(len(args), list(options))
        if wrong is not None:
            raise refused(wrong, state.span)
        options = dict(without_device(options))
        layers.check_arguments(kind.of_torch, args, options)
        with state.draws.turn():
            kind.of_torch.__init__(self, *args, **options)

    def forward(self, *args: Any, **options: Any) -> Any:
        """Call the program's `forward`, or torch's where the program has none."""
        if type(self).find("forward") is not None:
            return super().forward(*args, **options)
        return self.forward_of_torch(*args, **options)

    def forward_of_torch(self, *args: Any, **options: Any) -> Any:
        """What torch computes in such a layer, operation by operation."""
        state, of_torch = _state(self), type(self).of_torch
        if issubclass(of_torch, nn.Sequential):
            return _in_order(state, self, args, options)
        layers.check_output(of_torch, self, (*args, *options.values()))
        call = partial(of_torch.forward, self, *args, **options)
        if may_infer(self):
            return told(state, state.span, call, list(tensors_in((*args, *options.values()))), draws=True)
        return call() if state.hearing is not None else heard(state, state.span, call, draws=True)

    def extra_repr(self) -> str:
        """What `print` shows of the layer."""
        own = type(self).find("extra_repr") is not None
        return super().extra_repr() if own else str(type(self).of_torch.extra_repr(self))


def _state(layer: LayerInstance) -> State:
    state = type(layer).state
    assert isinstance(state, State)
    return state


def _in_order(state: State, net: Any, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call the layers of a Sequential one after the other; what hears its caller hears them too."""
    given = args
    for child in net._modules.values():
        if state.hearing is None:
            given = (layers.call_layer(state, state.span, [child, *given], options),)
        else:
            for _, layer in layers_of(child):
                layers.check_output(type(layer), layer, (*given, *options.values()))
                given, options = (layer(*given, **options),), {}
        options = {}
    return given[0] if len(given) == 1 else given


@cache
def base_of(entry: Function) -> ProgramClass | None:
    """The class that stands for a layer as a base; None for anything else."""
    of_torch = layers.class_of(entry)
    if of_torch is None:
        return None
    name = of_torch.__name__
    return ProgramClass(name, (LayerInstance, of_torch), {"members": {}, "of_torch": of_torch, "entry": entry})
