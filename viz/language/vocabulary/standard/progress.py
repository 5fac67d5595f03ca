"""`tqdm`: a progress bar is its iterable here; the page shows how far a run is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from viz.frames.plain import Span
from viz.language.runtime.entries import Function, Library
from viz.language.runtime.iterating import check_iterable, entries_of
from viz.language.runtime.kinds import Kind, describe
from viz.language.runtime.problems import NotHere
from viz.language.runtime.state import State
from viz.language.vocabulary.builtins import make_range
from viz.watching.stand_in import StandIn


class Progress(StandIn):
    """A bar around an iterable; what a program writes on it is shown nowhere."""

    __slots__ = ("iterable",)

    def __init__(self, iterable: Any) -> None:
        self.iterable = iterable

    @property
    def text(self) -> str:
        """What the page shows of it."""
        return "a progress bar, which is not drawn here"

    def __len__(self) -> int:
        return len(self.iterable)


Progress.__name__ = "tqdm"  # what Python calls it, on the page and in its messages


def _bar(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Progress:
    """`tqdm(iterable, …)`."""
    iterable = args[0] if args else options.get("iterable", ())
    check_iterable(span, iterable)
    return Progress(iterable)


def _range(state: State, span: Span, args: Sequence[Any], options: Mapping[str, Any]) -> Progress:
    """`trange(…)`."""
    return Progress(make_range(span, args))


def _entries(state: State, span: Span, bar: Progress) -> Iterable[Any]:
    return entries_of(state, span, bar.iterable)


def _nothing(bar: Progress, *args: Any, **options: Any) -> None:
    """Write on the bar, which is shown nowhere."""
    if not isinstance(bar, Progress):
        raise NotHere(f"this is a method of a progress bar, not of {describe(bar)}")


_MEMBERS: dict[str, Any] = {
    "tqdm": Function("tqdm.tqdm", Progress, 2, every_name=True, keeps=True, runs=_bar),
    "trange": Function("tqdm.trange", Progress, 3, every_name=True, runs=_range),
}
#: The names by which a program imports it.
LIBRARIES = tuple(Library(name, _MEMBERS) for name in ("tqdm", "tqdm.auto", "tqdm.notebook"))
_WRITING = (
    *("set_description", "set_description_str", "set_postfix", "set_postfix_str"),
    *("update", "refresh", "close"),
)
KINDS: dict[type, Kind] = {
    Progress: Kind(
        says="a progress bar",
        inside=lambda bar: (bar.iterable,),
        methods={name: Function(f"tqdm.{name}", _nothing, 5, every_name=True, keeps=True) for name in _WRITING},
        iterate=_entries,
        own=True,
    )
}
