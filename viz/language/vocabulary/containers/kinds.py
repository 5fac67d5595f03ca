"""The kinds of containers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import torch
from torch.torch_version import TorchVersion

from viz.frames.plain import Span
from viz.language.runtime.kinds import Kind, Text, nothing, plain_text
from viz.language.runtime.state import State
from viz.language.vocabulary.containers import dicts, lists, sets, strings
from viz.text import with_article


def type_name(thing: object) -> str:
    """How a message names a value whose type has a name of Python's own: "a zip"."""
    return with_article(type(thing).__name__)


def itself(state: State, span: Span, thing: Any) -> Iterable[Any]:
    """Return the value itself: Python iterates over it as it is."""
    return thing  # type: ignore[no-any-return]  # each kind that has this handler is one of Python's iterables


TUPLE = Kind(
    says="a tuple",
    inside=iter,
    methods=lists.TUPLE_METHODS,
    index=lists.entry,
    iterate=itself,
    text=lambda thing: Text(parts=thing),
)
LIST = replace(TUPLE, says="a list", methods=lists.METHODS, store=lists.store, delete=lists.delete)
DICT = Kind(
    says="a dict",
    inside=dicts.items,
    methods=dicts.METHODS,
    index=dicts.value,
    store=dicts.store,
    delete=dicts.delete,
    iterate=itself,
    text=lambda thing: Text(parts=dicts.items(thing)),
)
_SET = Kind(says="a set", inside=iter, methods=sets.METHODS, iterate=itself, text=lambda thing: Text(parts=thing))
_STRING = Kind(
    says="a string", inside=nothing, methods=strings.METHODS, index=lists.entry, iterate=itself, text=plain_text
)
#: What `d.keys()`, `d.values()` and `d.items()` return: views that follow changes of the dict.
VIEWS: tuple[Iterable[Any], ...] = ({}.keys(), {}.values(), {}.items())
_VIEW = Kind(says=type_name, inside=iter, iterate=itself, text=lambda thing: Text(parts=thing))

KINDS: dict[type, Kind] = {
    list: LIST,
    tuple: TUPLE,
    torch.Size: replace(TUPLE, says="a shape"),
    dict: DICT,
    set: _SET,
    frozenset: replace(_SET, says="a frozenset", methods=sets.FROZEN_METHODS),
    str: _STRING,
    TorchVersion: _STRING,
    range: replace(_STRING, says="a range", methods={}),
    **{type(one): _VIEW for one in VIEWS},
}
