"""Changes lists, dicts and sets in place: the observer hears of it, and a change past a limit is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from viz.errors import LimitReached
from viz.language.runtime.sizes import check_list
from viz.language.runtime.state import State


@contextmanager
def changing(state: State, owner: Any) -> Iterator[None]:
    """Change the entries of a value inside, which an optimizer may not keep."""
    state.groups.check_change(owner)
    with state.observer.changing(owner, "entries"), undone(owner, owner.copy()):
        yield
        check_list(owner)


@contextmanager
def undone(owner: Any, before: Any) -> Iterator[None]:
    """Undo what happens to `owner` inside if it is past a limit afterwards, as a list is that holds itself."""
    try:
        yield
    except LimitReached:
        owner.clear()
        (owner.update if isinstance(owner, (dict, set)) else owner.extend)(before)
        raise


def put(owner: Any, key: Any, value: Any) -> None:
    """`owner[key] = value`; raises LimitReached, and changes nothing, if the list or dict would be too large."""
    with undone(owner, owner.copy()):
        owner[key] = value
        check_list(owner)
