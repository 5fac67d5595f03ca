"""What a program may do with its own classes and their objects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from viz.frames.plain import Span
from viz.language.runtime.callback import Callback
from viz.language.runtime.entries import Attribute, Base, Function
from viz.language.runtime.kinds import Kind, plain_text, quoted
from viz.language.runtime.problems import NotHere, refused
from viz.language.runtime.program_class import (
    Bound,
    Instance,
    ModuleInstance,
    Parent,
    ProgramClass,
    Property,
    Static,
    bound,
)
from viz.language.runtime.state import State
from viz.language.vocabulary import layers
from viz.language.vocabulary.classes.derived_layers import LayerInstance
from viz.language.vocabulary.modules.registering import OF_MODULES, check_nesting


class Inherited(Callback):
    """A method that a class of the program has from Python or torch, with its object: `super().__init__`."""

    __slots__ = ("_call", "_name", "_owner")

    def __init__(self, name: str, call: Any, owner: Any) -> None:
        self._name = name
        self._call = call
        self._owner = owner

    @property
    def holds(self) -> tuple[Any, ...]:
        """The object."""
        return (self._owner,)

    def __str__(self) -> str:
        return self._name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the method with the object before the other arguments."""
        return self._call(self._owner, *args, **options)


def _of_object(state: State, span: Span, thing: Any, name: str) -> Any:
    """An attribute of an object of the program: its own, or one of its class."""
    kind = type(thing)
    found = kind.find(name)
    if found is not None and isinstance(found[1], Property):
        return bound(found[1], thing, kind)
    if name in vars(thing) and name not in OF_MODULES:
        return vars(thing)[name]
    if found is not None:
        return bound(found[1], thing, kind)
    return kind if name == "__class__" else NotImplemented


def _of_plain(state: State, span: Span, thing: Instance, name: str) -> Any:
    found = _of_object(state, span, thing, name)
    if found is NotImplemented:
        raise AttributeError(f"{type(thing).__name__!r} object has no attribute {name!r}")
    return found


def _of_module(state: State, span: Span, thing: ModuleInstance, name: str) -> Any:
    """An attribute of a module of the program, or one of its parameters, buffers and modules."""
    found = _of_object(state, span, thing, name)
    if found is not NotImplemented:
        return found
    for held in _registered(thing):
        if name in held:
            return held[name]
    kind = _MODULE
    if name in kind.attributes or name in kind.methods:
        return NotImplemented
    raise AttributeError(f"{type(thing).__name__!r} object has no attribute {name!r}")


def _registered(module: nn.Module) -> tuple[dict[str, Any], ...]:
    """What torch keeps of a module, by name; nothing before `super().__init__()` ran."""
    if "_modules" not in vars(module):
        return ()
    return module._parameters, module._buffers, module._modules


def _set_plain(state: State, span: Span, thing: Any, name: str, value: Any) -> None:
    """`thing.name = value`, of an object or a class of the program."""
    found = (thing if isinstance(thing, ProgramClass) else type(thing)).find(name)
    if found is not None and isinstance(found[1], Property) and not isinstance(thing, ProgramClass):
        if found[1].set is None:
            raise AttributeError(f"property {name!r} of {type(thing).__name__!r} object has no setter")
        found[1].set(thing, value)
        return
    (thing.members if isinstance(thing, ProgramClass) else vars(thing))[name] = value


def _set_in_module(state: State, span: Span, module: ModuleInstance, name: str, value: Any) -> None:
    """`module.name = value`: torch registers a Parameter and a module, and keeps a buffer one."""
    if name in OF_MODULES:
        raise refused(f"`.{name}` belongs to every module of PyTorch; choose another name.", span)
    kinds = ((nn.Parameter, "parameters", "_parameters"), (nn.Module, "module", "_modules"))
    for kind, said, place in kinds:
        if isinstance(value, kind):
            if "_modules" not in vars(module):
                raise AttributeError(f"cannot assign {said} before Module.__init__() call")
            if isinstance(value, nn.Module):
                check_nesting(module, value)
            for held in (vars(module), *_registered(module)):
                if held is not getattr(module, place):
                    held.pop(name, None)
            getattr(module, place)[name] = value
            return
    registered = [one for one in _registered(module) if name in one]
    if not registered:
        _set_plain(state, span, module, name, value)
        return
    (held,) = registered
    if value is not None and not (held is module._buffers and isinstance(value, torch.Tensor)):
        what = next(what for what, place in _EXPECTED.items() if held is vars(module)[place])
        raise TypeError(f"cannot assign '{torch.typename(value)}' as {what.format(name)} or None expected)")
    held[name] = value


#: How torch names what a module keeps, and what it expects there.
_EXPECTED = {
    "parameter '{}' (torch.nn.Parameter": "_parameters",
    "buffer '{}' (torch.Tensor, torch._dynamo.external_utils.FakeBackwardCFunction": "_buffers",
    "child module '{}' (torch.nn.Module": "_modules",
}


def _of_class(state: State, span: Span, thing: ProgramClass, name: str) -> Any:
    """An attribute of a class of the program."""
    found = thing.find(name)
    if found is not None:
        return bound(found[1], None, thing)
    if name in _CLASS_ATTRIBUTES:
        return NotImplemented
    raise AttributeError(f"type object {thing.__name__!r} has no attribute {name!r}")


def _of_parent(state: State, span: Span, parent: Parent, name: str) -> Any:
    """`super().name`."""
    found = parent.kind.find(name, parent.after)
    if found is not None:
        return bound(found[1], parent.owner, parent.kind)
    is_module = issubclass(parent.kind, nn.Module)
    if name == "forward" and issubclass(parent.kind, LayerInstance):
        return Inherited(name, LayerInstance.forward_of_torch, parent.owner)
    method = _MODULE.methods.get(name) if is_module else None
    if method is not None:
        return Inherited(f"Module.{name}", method.call, parent.owner)
    base: Any = LayerInstance if issubclass(parent.kind, LayerInstance) else nn.Module if is_module else Instance
    if name == "__init__":
        return Inherited(name, base.__init__, parent.owner)
    if name == "__repr__":
        return Inherited(name, base.__repr__, parent.owner)
    raise AttributeError(f"'super' object has no attribute {name!r}")


def _inside(thing: Any) -> Iterable[Any]:
    return [one for name, one in vars(thing).items() if name not in OF_MODULES]


def _entries(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """What Python's `iter` gives for an object of the program."""
    entries: Iterable[Any] = iter(thing)
    return entries


def _part(state: State, span: Span, thing: Any, key: Any) -> Any:
    """`thing[key]`, where the class has `__getitem__`."""
    return thing[key] if hasattr(type(thing), "__getitem__") else NotImplemented


def _store(state: State, span: Span, thing: Any, key: Any, value: Any) -> Any:
    """`thing[key] = value`, where the class has `__setitem__`."""
    if not hasattr(type(thing), "__setitem__"):
        return NotImplemented
    thing[key] = value
    return None


def _init_module(module: Any) -> None:
    """`nn.Module.__init__(self)`."""
    if not isinstance(module, ModuleInstance):
        raise NotHere("`nn.Module.__init__` takes `self` in the `__init__` of a class of the program")
    nn.Module.__init__(module)


#: The base of the program's modules.
MODULE = Base(
    "torch.nn.Module", ModuleInstance, {"__init__": Function("Module.__init__", _init_module, 1, keeps=True)}
)
_CLASS_ATTRIBUTES = {"__name__": Attribute("__name__", lambda thing: thing.__name__)}
_MODULE = layers.KINDS[nn.Sequential]
_OBJECT = Kind(
    says=lambda thing: f"an object of the class `{type(thing).__name__}`",
    inside=_inside,
    get=_of_plain,
    set=_set_plain,
    index=_part,
    store=_store,
    iterate=_entries,
    text=plain_text,
    own=True,
    derived=True,
)

KINDS: dict[type, Kind] = {
    Instance: _OBJECT,
    ModuleInstance: Kind(
        says=lambda thing: f"a module of the class `{type(thing).__name__}`",
        inside=lambda module: [*_inside(module), *module.parameters(), *module.buffers()],
        methods=_MODULE.methods,
        attributes={"training": _MODULE.attributes["training"]},
        settable=_MODULE.settable,
        get=_of_module,
        set=_set_in_module,
        index=_part,
        store=_store,
        iterate=_entries,
        text=plain_text,
        derived=True,
    ),
    ProgramClass: Kind(
        says=lambda thing: f"the class `{thing.__name__}`",
        inside=lambda thing: thing.members.values(),
        attributes=_CLASS_ATTRIBUTES,
        get=_of_class,
        set=_set_plain,
        text=plain_text,
        own=True,
    ),
    type: Kind(
        says=lambda thing: f"the class `{thing.__name__}`",
        inside=lambda thing: (),
        attributes=_CLASS_ATTRIBUTES,
        text=plain_text,
        own=True,
        derived=True,
    ),
    Parent: Kind(says="`super()`", inside=lambda parent: (parent.owner,), get=_of_parent, own=True),
    Static: Kind(says="a static method", inside=lambda static: (static.function,), own=True),
    Property: Kind(says="a property", inside=lambda one: (one.get, one.set), own=True),
    Bound: Kind(says=quoted, inside=lambda method: method.holds, own=True),
    Inherited: Kind(says=quoted, inside=lambda method: method.holds, own=True),
}
