"""Lists and dicts of modules and parameters: `nn.ModuleList`, `nn.ModuleDict`, `nn.ParameterList`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from viz.errors import LimitReached
from viz.frames.plain import Span
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.kinds import Kind, describe, plain_text
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.modules.registering import check_name, check_nesting

#: The most entries of a list or a dict of modules.
_MOST = 100
_ENTRIES: dict[type[nn.Module], type] = {
    nn.ModuleList: nn.Module,
    nn.ModuleDict: nn.Module,
    nn.ParameterList: torch.Tensor,
    nn.ParameterDict: torch.Tensor,
}


def _checked(owner: Any, entries: Iterable[Any]) -> list[Any]:
    """The entries, which may become those of a list or a dict of modules."""
    found, wanted = list(entries), _ENTRIES[type(owner)]
    if len(owner) + len(found) > _MOST:
        raise LimitReached(f"A list of modules or parameters has at most {_MOST} entries here.")
    for one in found:
        if not isinstance(one, wanted):
            raise NotHere(f"`nn.{type(owner).__name__}` does not take {describe(one)}")
        if isinstance(one, nn.Module):
            check_nesting(owner, one)
    return found


def _in_list(class_: Callable[..., Any]) -> Any:
    """`nn.ModuleList(…)` or `nn.ParameterList(…)`."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        made = class_()
        for one in (*args, *options.values()):
            made.extend(_checked(made, listed(state, span, one)))
        return made

    return run


def _in_dict(class_: Callable[..., Any]) -> Any:
    """`nn.ModuleDict(…)` or `nn.ParameterDict(…)`."""

    def run(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
        made = class_()
        for one in (*args, *options.values()):
            _update(made, one)
        return made

    return run


def _update(owner: Any, entries: Any) -> None:
    if not isinstance(entries, dict):
        raise NotHere(f"`nn.{type(owner).__name__}` takes a dict, not {describe(entries)}")
    for name in entries:
        check_name(name)
    _checked(owner, entries.values())
    owner.update(entries)


def _extend(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Any:
    owner, entries = args
    return owner.extend(_checked(owner, listed(state, span, entries)))


def _insert(owner: Any, index: Any, module: Any) -> None:
    owner.insert(index, *_checked(owner, [module]))


def _at(state: State, span: Span, owner: Any, place: Any) -> Any:
    """`owner[place]` of a list."""
    if type(place) is not int and not isinstance(place, slice):
        raise NotHere(f"an entry is read by its number, as in `layers[0]`, not by {describe(place)}")
    return owner[place]


def _put_at(state: State, span: Span, owner: Any, place: Any, value: Any) -> None:
    """`owner[place] = value` of a list."""
    if type(place) is not int:
        raise NotHere("an entry is replaced by its number, as in `layers[0] = nn.Linear(2, 1)`")
    owner[place] = _checked(owner, [value])[0]


def _named(state: State, span: Span, owner: Any, name: Any) -> Any:
    """`owner[name]` of a dict."""
    if not isinstance(name, str):
        raise NotHere(f"an entry is read by its name, not by {describe(name)}")
    return owner[name]


def _put_named(state: State, span: Span, owner: Any, name: Any, value: Any) -> None:
    """`owner[name] = value` of a dict."""
    check_name(name)
    owner[name] = _checked(owner, [value])[0]


def _pop(owner: Any, key: Any) -> Any:
    if not isinstance(key, str):
        raise NotHere("`pop` takes the name of an entry")
    return owner.pop(key)


def _itself(state: State, span: Span, owner: Any) -> Iterable[Any]:
    return list(owner)


def _class(class_: type[nn.Module], made: Any, keyword: str) -> Function:
    name = f"torch.nn.{class_.__name__}"
    return Function(name, class_, 1, frozenset({keyword}), keeps=True, runs=made)


CLASSES: dict[str, Function] = {
    "ModuleList": _class(nn.ModuleList, _in_list(nn.ModuleList), "modules"),
    "ParameterList": _class(nn.ParameterList, _in_list(nn.ParameterList), "values"),
    "ModuleDict": _class(nn.ModuleDict, _in_dict(nn.ModuleDict), "modules"),
    "ParameterDict": _class(nn.ParameterDict, _in_dict(nn.ParameterDict), "parameters"),
}
_LIST = {
    "append": Function("append", lambda owner, one: owner.append(*_checked(owner, [one])), 2),
    "extend": Function("extend", nn.ModuleList.extend, 2, keeps=True, runs=_extend),
}
_DICT = {
    "keys": Function("keys", lambda owner: owner.keys(), 1),
    "values": Function("values", lambda owner: owner.values(), 1),
    "items": Function("items", lambda owner: owner.items(), 1),
    "pop": Function("pop", _pop, 2),
    "update": Function("update", _update, 2, keeps=True),
}


def kinds(module: Kind) -> dict[type, Kind]:
    """The kinds of the containers, which have what every `module` has."""
    of_list = replace(module, index=_at, store=_put_at, iterate=_itself, text=plain_text)
    of_dict = replace(module, index=_named, store=_put_named, iterate=_itself, text=plain_text)
    insert = {"insert": Function("insert", _insert, 3)}
    return {
        nn.ModuleList: replace(of_list, methods={**module.methods, **_LIST, **insert}),
        nn.ParameterList: replace(of_list, methods={**module.methods, **_LIST}),
        nn.ModuleDict: replace(of_dict, methods={**module.methods, **_DICT}),
        nn.ParameterDict: replace(of_dict, methods={**module.methods, **_DICT}),
    }
