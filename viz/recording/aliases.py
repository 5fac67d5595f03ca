"""What a program holds of memory that tensors share without sharing a version: `x` and `x.data`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import torch

from viz.frames.plain import Value
from viz.pytorch.storages import Unversioned, storage_of
from viz.recording.comparison import Difference
from viz.recording.held import Held, changed_names
from viz.recording.paths import reached
from viz.recording.reading.values import Values, dtype_name

#: A tensor that no name holds, its path, and what a write changed of it.
Rewritten: TypeAlias = "tuple[torch.Tensor, str, Difference]"


class Aliases:
    """Reads tensors again where something was written that did not raise their versions.

    `tensors` are the names' tensors. A name whose tensor was written into counts as changed (`outdate`); one whose
    tensor may have changed is read again.
    """

    def __init__(self, values: Values, tensors: Mapping[str, Held]) -> None:
        self.shared = Unversioned()
        self._values = values
        self._tensors = tensors
        self._reread = False

    def torch_wrote(self) -> None:
        """Record that a backward, a step or `zero_grad` ran."""
        if self.shared:
            self._values.forget(self.shared.addresses())
            self._reread = True

    def changed(self) -> list[str]:
        """Return the names whose tensor, or whose `.grad`, changed or may have changed since the last call."""
        names = changed_names(self._tensors)
        if self._reread:
            self._reread, shared = False, self.shared.addresses()
            names += [name for name, held in self._tensors.items() if _is_in(held, shared) and name not in names]
        return names

    def watch(self, tensor: torch.Tensor, visible: Mapping[str, object]) -> Callable[[], list[Rewritten]]:
        """Return the function to call after a write to a shared tensor; it returns what no name holds."""
        storage, read = storage_of(tensor), self._values.read
        held = [one for row in self._tensors.values() for one in (row.thing, row.grad) if one is not None]
        named = {id(one) for one in held}
        rows = [
            (one, path, read(one), dtype_name(one.dtype))
            for path, one in reached(visible)
            if isinstance(one, torch.Tensor) and id(one) not in named and storage_of(one) == storage
        ]

        def written() -> list[Rewritten]:
            now = storage_of(tensor)
            self._values.forget({storage, now})
            if now == storage:
                self._outdate(storage)
                return [(one, path, Difference("", "value", before, read(one))) for one, path, before, _ in rows]
            # `x.data = …` gave it other memory, and wrote into none
            self.shared.add(tensor)
            for row in self._tensors.values():
                if row.thing is tensor:
                    row.version = -1
            return [(one, path, self._set(one, before, was)) for one, path, before, was in rows if one is tensor]

        return written

    def _set(self, tensor: torch.Tensor, before: Value, was: str) -> Difference:
        """The difference of a tensor whose `.data` was set."""
        dtype = dtype_name(tensor.dtype)
        if dtype != was:
            return Difference("", "dtype", was, dtype)
        return Difference("", "value", before, self._values.read(tensor))

    def _outdate(self, storage: int) -> None:
        """Make what names hold of a storage count as changed, though its versions are the same."""
        for one in self._tensors.values():
            if storage_of(one.thing) == storage:
                one.version = -1
            if one.grad is not None and storage_of(one.grad) == storage:
                one.grad_version = -2  # -1 is that of a missing `.grad`


def _is_in(held: Held, storages: set[int]) -> bool:
    return storage_of(held.thing) in storages or (held.grad is not None and storage_of(held.grad) in storages)
