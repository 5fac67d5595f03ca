"""Copies all that a program's names hold, and lets another run of the program hold it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from sys import getsizeof
from typing import Any, TypeAlias

import numpy as np
import torch

from viz.language.checkpoints.forms import PLAIN, Form, NotCopied, form_of
from viz.language.runtime.meter import TENSOR

#: Values that one copy has at most, besides plain ones: walking through more takes too long.
_MANY = 20_000
#: Items in one piece: a list that grew shares the others with the copy before.
_PIECE = 1_024
#: Bytes of the place of a value in a copy, of a value, and of one of its items.
_PLACE, _VALUE, _ITEM = 100, 150, 8
#: Where a tensor or an array has its numbers.
_Place: TypeAlias = tuple[Any, ...]


class _Number:
    """The number of a value that a copy has."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at


@dataclass(slots=True, eq=False)
class _Copied:
    """One value of a copy: its form, what it holds besides others, and these, in pieces."""

    form: Form
    state: Any
    items: Sequence[tuple[Any, ...]]


class Known:
    """The values that a run had when its loop began, by their numbers: they are the same in each run."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.things: list[Any] = []
        #: What their types are called.
        self.kinds: tuple[str, ...] = ()
        #: The addresses of the storages that tensors shared without sharing a version in the first iteration.
        self.unversioned: frozenset[int] = frozenset()
        self._numbers: dict[int, _Number] = {}
        self._places: list[_Place] = []
        pending: list[Any] = [names]
        while pending and len(self.things) < _MANY:
            thing = pending.pop()
            if type(thing) in PLAIN or id(thing) in self._numbers:
                continue
            try:
                form = form_of(thing)
                items = () if form is None else form.items(thing)
            except NotCopied:
                items = ()
            self._numbers[id(thing)] = _Number(len(self.things))
            self._places.append(_place(thing))
            self.things.append(thing)
            if not _is_plain(items):
                pending.extend(items)
        self.kinds = tuple([type(one).__qualname__ for one in self.things])

    def number_of(self, thing: Any) -> _Number | None:
        """Return the number of a value; None if it was made later."""
        found = self._numbers.get(id(thing))
        return found if found is not None and self.things[found.at] is thing else None

    def moved(self, number: int) -> bool:
        """Whether a tensor or an array has its numbers in another place than when the loop began."""
        return self._places[number] != _place(self.things[number])

    def forget_others(self, numbers: Mapping[int, object]) -> None:
        """Let go of the values without one of these numbers."""
        for number, thing in enumerate(self.things):
            if thing is not None and number not in numbers:
                del self._numbers[id(thing)]
                self.things[number] = None


class Copy:
    """What the names of a program hold, without the names that are `left_out`; shares what it can with `before`.

    `unversioned` are the addresses of the storages that tensors share without sharing a version.

    Raises NotCopied if a run that goes on from the copy might differ from the program's own.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        left_out: frozenset[str],
        known: Known,
        before: Copy | None,
        unversioned: frozenset[int],
        room: float,
    ) -> None:
        #: The names in their order, those left out included.
        self.names = tuple(names)
        #: Bytes that it does not share with the copy before.
        self.bytes = 0
        self._known = known
        self._unversioned = unversioned
        self._before = {} if before is None else before.values
        self.values: dict[int, _Copied] = {}
        self._new: dict[int, tuple[Any, _Number]] = {}  # with the value, which keeps its id
        self._memory: list[tuple[int, int, int]] = []
        self._pending: list[Any] = []
        self._count = len(known.things)
        self._names = [(name, self._encoded(one)) for name, one in names.items() if name not in left_out]
        while self._pending:
            self._copy(self._pending.pop())
            if self.bytes > room or len(self.values) > _MANY:
                raise NotCopied
        self._check_memory()
        self._new, self._before, self._memory = {}, {}, []
        del self._known

    def put(self, names: dict[str, Any], known: Known) -> None:
        """Let the `names` of another run hold what the copy has; `known` are the values of that run.

        Raises NotCopied if that is not possible; the run cannot go on then.
        """
        things: dict[int, Any] = {}
        for number in self.values:
            if number < len(known.things):
                things[number] = known.things[number]
                if known.moved(number):
                    raise NotCopied
        for number in self.values:
            self._make(number, things)
        for number, one in self.values.items():
            one.form.write(things[number], one.state, self._decoded(one, things))
        names.clear()
        names.update((name, _decoded(one, things)) for name, one in self._names)

    def measured(self, seen: set[int]) -> int:
        """Return how many bytes it takes besides what is `seen`; add the ids of what it has to that."""
        total = _PLACE * len(self.values)
        for one in self.values.values():
            parts = [(one, _VALUE), *[(piece, _size(piece)) for piece in one.items]]
            if isinstance(one.state, tuple) and hasattr(one.state[0], "nbytes"):
                parts.append((one.state[0], one.state[0].nbytes + TENSOR))
            total += sum(size for part, size in parts if id(part) not in seen)
            seen.update(id(part) for part, _ in parts)
        return total

    def _make(self, number: int, things: dict[int, Any]) -> None:
        """Make the value with this number, if the run has none; a tuple after those inside it."""
        pending = [number]
        while pending:
            at = pending[-1]
            if at in things:
                pending.pop()
                continue
            one = self.values[at]
            if one.form is not _TUPLE:
                things[at] = one.form.make(one.state)
                continue
            inside = [each.at for piece in one.items for each in piece if type(each) is _Number]
            missing = [each for each in inside if each not in things]
            if missing:
                pending.extend(missing)
            else:
                things[at] = self._decoded(one, things)

    def _decoded(self, one: _Copied, things: Mapping[int, Any]) -> tuple[Any, ...]:
        return tuple([_decoded(each, things) for piece in one.items for each in piece])

    def _encoded(self, thing: Any) -> Any:
        """Return a plain value as it is, the number of any other; what has none yet is to be copied."""
        if type(thing) in PLAIN:
            return thing
        number = self._known.number_of(thing)
        if number is None:
            form = form_of(thing)
            if form is None:
                return thing
            if not form.makes:
                raise NotCopied
            made = self._new.get(id(thing))
            if made is None:
                made = self._new[id(thing)] = thing, _Number(self._count)
                self._count += 1
                self._pending.append(thing)
            return made[1]
        if number.at not in self.values:
            self.values[number.at] = _NOT_YET
            self._pending.append(thing)
        return number

    def _copy(self, thing: Any) -> None:
        known = self._known.number_of(thing)
        number = self._new[id(thing)][1] if known is None else known
        form = form_of(thing)
        assert form is not None, "it has a number"
        before = self._before.get(number.at) if known is not None else None
        state = form.state(thing)
        items = form.items(thing)
        if isinstance(thing, (torch.Tensor, np.ndarray)):
            self._place(thing, number.at, known is None)
            numbers, *others = state
            shared = self._shared(numbers, None if before is None else before.state[0])
            unchanged = before is not None and _are_same((shared, *others), before.state)
            state = before.state if before is not None and unchanged else (shared, *others)
        if not _is_plain(items):
            items = [one if type(one) in PLAIN else self._encoded(one) for one in items]
        pieces = self._pieces(items, () if before is None else before.items)
        same = before is not None and _are_same((state, *pieces), (before.state, *before.items))
        self.values[number.at] = before if before is not None and same else _Copied(form, state, pieces)
        self.bytes += _PLACE if same else _PLACE + _VALUE

    def _pieces(self, items: Sequence[Any], before: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """Return the items in pieces: those of the copy before where they are the same."""
        pieces = []
        for place, start in enumerate(range(0, len(items), _PIECE)):
            piece = tuple(items[start : start + _PIECE])
            old = before[place] if place < len(before) else ()
            if _are_same(piece, old):
                piece = old
            else:
                self.bytes += _size(piece)
            pieces.append(piece)
        return pieces

    def _shared(self, numbers: Any, before: Any) -> Any:
        """Return the numbers of a tensor or an array: those of the copy before if each bit is the same."""
        if before is not None and _same(numbers, before):
            return before
        self.bytes += numbers.nbytes + TENSOR
        return numbers

    def _place(self, thing: Any, number: int, new: bool) -> None:
        """Remember whose memory it is. Raises NotCopied if it is not its own, and was not so at the beginning."""
        if not new:
            if self._known.moved(number):
                raise NotCopied
        elif isinstance(thing, np.ndarray):
            if thing.base is not None:
                raise NotCopied
        elif thing.numel() * thing.element_size() != thing.untyped_storage().nbytes():
            raise NotCopied
        self._memory.append((*_stretch(thing), number))

    def _check_memory(self) -> None:
        """Raise NotCopied if a value that was made in the loop shares its memory with another one."""
        first = len(self._known.things)
        latest, reached = -1, 0  # of the values before: the largest number, and where their memory ends
        for start, end, number in sorted(self._memory):
            if start in self._unversioned and (number >= first or start not in self._known.unversioned):
                raise NotCopied  # a recorder that has not seen it would not read it again
            if start >= reached:
                latest = -1
            latest = max(latest, number)
            if start < reached and latest >= first:
                raise NotCopied
            reached = max(reached, end)


def _size(piece: tuple[Any, ...]) -> int:
    return getsizeof(piece) + _ITEM * len(piece)


def _decoded(one: Any, things: Mapping[int, Any]) -> Any:
    return things[one.at] if type(one) is _Number else one


def _are_same(some: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether these are the very same values, one by one."""
    return len(some) == len(others) and all(map(is_, some, others))


def _is_plain(items: Sequence[Any]) -> bool:
    return set(map(type, items)) <= PLAIN


def _place(thing: Any) -> _Place:
    """Return where a tensor or an array has its numbers, and how; empty for any other value."""
    if isinstance(thing, torch.Tensor):
        if thing.layout is not torch.strided:
            return ()
        return thing.data_ptr(), thing.shape, thing.stride(), thing.dtype
    if isinstance(thing, np.ndarray):
        return thing.__array_interface__["data"], thing.shape, thing.strides, thing.dtype
    return ()


def _stretch(thing: Any) -> tuple[int, int]:
    """Return where the memory of a tensor or an array begins and ends."""
    if isinstance(thing, np.ndarray):
        return np.lib.array_utils.byte_bounds(thing)
    storage = thing.untyped_storage()
    return storage.data_ptr(), storage.data_ptr() + storage.nbytes()


def _same(one: Any, other: Any) -> bool:
    """Whether two tensors, or two arrays, have the same bits in the same order."""
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        return False
    if isinstance(one, torch.Tensor):
        return one.stride() == other.stride() and _bits(one) == _bits(other)
    return bool(one.strides == other.strides) and bool(one.tobytes() == other.tobytes())


def _bits(numbers: torch.Tensor) -> bytes:
    return numbers.contiguous().view(-1).view(torch.uint8).numpy().tobytes()


_TUPLE = form_of(())
_NOT_YET: Any = None
