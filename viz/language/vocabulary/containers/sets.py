"""Sets: their methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.by_signature import by_signature
from viz.language.runtime.entries import Function
from viz.language.runtime.iterating import listed
from viz.language.runtime.sizes import check_keys
from viz.language.runtime.state import State
from viz.language.vocabulary.containers.changing import changing
from viz.language.vocabulary.containers.keys import check_element

#: The methods that take one element, those that take several iterables, and of both those that change the set.
_OF_ONE = ("add", "remove", "discard")
_COMBINING = (
    "union",
    "intersection",
    "difference",
    "symmetric_difference",
    "issubset",
    "issuperset",
    "isdisjoint",
)
_UPDATING = ("update", "intersection_update", "difference_update", "symmetric_difference_update")


def elements(state: State, span: Span, thing: Any) -> list[Any]:
    """The elements for a set, each checked."""
    entries = listed(state, span, thing)
    check_keys(entries)
    return [check_element(one) for one in entries]


def _of_one(name: str) -> Function:
    def run(state: State, span: Span, owner: set[Any], element: Any, /) -> Any:
        check_element(element)
        with changing(state, owner):
            return getattr(owner, name)(element)

    return by_signature(f"set.{name}", run)


def _combining(name: str) -> Function:
    def run(state: State, span: Span, owner: Any, /, *others: Any) -> Any:
        return getattr(owner, name)(*[elements(state, span, one) for one in others])

    return by_signature(f"set.{name}", run)


def _updating(name: str) -> Function:
    def run(state: State, span: Span, owner: set[Any], /, *others: Any) -> None:
        given = [elements(state, span, one) for one in others]
        with changing(state, owner):
            getattr(owner, name)(*given)

    return by_signature(f"set.{name}", run)


def _plain(name: str) -> Function:
    def run(state: State, span: Span, owner: set[Any], /) -> Any:
        with changing(state, owner):
            return getattr(owner, name)()

    return by_signature(f"set.{name}", run)


_COPY: Callable[..., Any] = lambda owner: owner.copy()  # noqa: E731
FROZEN_METHODS: dict[str, Function] = {
    **{name: _combining(name) for name in _COMBINING},
    "copy": Function("set.copy", _COPY, 1),
}
METHODS: dict[str, Function] = {
    **FROZEN_METHODS,
    **{name: _of_one(name) for name in _OF_ONE},
    **{name: _updating(name) for name in _UPDATING},
    **{name: _plain(name) for name in ("pop", "clear")},
}
