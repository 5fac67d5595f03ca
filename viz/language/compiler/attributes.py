"""Attribute access: reading an attribute of an object, and storing one."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from viz.frames.plain import Span
from viz.language.compiler.calls import is_own
from viz.language.compiler.protocols import Compiler
from viz.language.compiler.scope import Scope
from viz.language.runtime.entries import Attribute, Library
from viz.language.runtime.problems import refused
from viz.language.runtime.state import State
from viz.language.vocabulary.kinds import KINDS, describe, kind_of
from viz.pytorch.storages import same_memory

#: Reads an attribute of an object that was evaluated already.
Read = Callable[[State, Any], Any]
#: Stores a value in an attribute of an object that was evaluated already.
Write = Callable[[State, Any, Any], None]


def reading(compiler: Compiler, node: ast.Attribute) -> Read:
    """How `owner.name` is read."""
    name, span, scope = node.attr, compiler.span(node), compiler.scope
    scope.check_attribute(name, span)
    known: dict[type, Attribute] = {}

    def attribute_of(owner: object) -> Attribute:
        attribute = kind_of(owner).attributes.get(name)
        if attribute is None:
            raise scope.no_attribute(owner, name, span)
        if type(owner) in KINDS:  # a class of a run's own ends with the run
            known[type(owner)] = attribute
        return attribute

    def read(state: State, owner: Any) -> Any:
        state.span = span
        attribute = known.get(type(owner))
        if attribute is None:
            get = kind_of(owner).get
            result = NotImplemented if get is None else get(state, span, owner, name)
            if result is not NotImplemented:
                return result
            attribute = attribute_of(owner)
        result = attribute.read(owner)
        if attribute.shares:
            state.meter.count_tensor(result)
            state.observer.shares(result)
        if type(result) is torch.Tensor and not isinstance(owner, nn.Module):  # a module has its tensors already
            state.observer.operation(span, result, (owner,) if attribute.makes else ())
        return result

    return read


def writing(compiler: Compiler, node: ast.Attribute) -> Write:
    """How a value is stored in `owner.name`."""
    name, span, scope = node.attr, compiler.span(node), compiler.scope
    scope.check_attribute(name, span)

    def write(state: State, owner: Any, value: Any) -> None:
        state.span = span
        kind = kind_of(owner)
        setting = kind.settable.get(name)
        if setting is None:
            if kind.set is None:
                raise _not_settable(scope, owner, name, span)
            kind.set(state, span, owner, name, value)
            return
        if callable(value) or is_own(value):
            raise refused(f"`.{name}` takes no {describe(value)} here.", span)
        if setting.check is not None:
            setting.check(owner, value)
        if setting.shares and same_memory(owner, value):
            return  # as `w.data -= 1` sets what it wrote into
        if setting.shares:
            state.observer.shares(owner)
        with state.observer.changing(owner, setting.what):
            setattr(owner, name, value)

    if name not in KINDS.settable and name not in scope.attributes:
        raise compiler.refused(node, f"`.{name}` cannot be assigned to; assign to a name instead.")
    return write


def _not_settable(scope: Scope, owner: Any, name: str, span: Span) -> Exception:
    kind = kind_of(owner)
    if name in kind.attributes or name in kind.methods:
        return refused(f"`.{name}` cannot be assigned to; assign to a name instead.", span)
    if isinstance(owner, Library):
        return refused(f"`{owner}.{name}` cannot be assigned to; assign to a name instead.", span)
    return scope.no_attribute(owner, name, span)
