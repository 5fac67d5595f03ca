"""What is beside lines that run between iterations, in loops around them: it stays until they run again."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from viz.frames.frame import Frame
from viz.frames.tape import LetGo, Taped
from viz.slots import line_slot
from viz.writing.line_values import code_text

#: The text beside a line, and its meaning, as `code_text` returns them.
Beside = tuple[str, str]


class OuterLines:
    """What is beside these lines at the beginning of each iteration of a tape, which is read once, in order."""

    def __init__(self) -> None:
        self._read = 0  # iterations
        self._numbers: list[int] = []  # the iterations before which a line ran
        self._states: list[dict[str, Beside]] = []

    def before(self, tape: Taped, number: int) -> dict[str, Beside]:
        """Return what is beside the lines before an iteration, by their slots; without those that it runs itself.

        Raises LetGo if the iteration was let go.
        """
        frames = tape.iteration(number)
        if not frames or not frames[0].address:
            return {}
        self.read(tape, number)
        place = bisect_right(self._numbers, number) - 1
        own = {line_slot(frame.line) for frame in frames if not _is_outer(frame, frames)}
        return {slot: one for slot, one in self._states[place].items() if slot not in own} if place >= 0 else {}

    def read(self, tape: Taped, until: int) -> None:
        """Read the iterations before this one, except those that were let go."""
        for number in range(self._read, until):
            try:
                frames = tape.remains(number)
            except LetGo:
                continue
            outer = {line_slot(one.line): code_text(one) for one in frames if _is_outer(one, frames)}
            if outer:
                self._numbers.append(number + 1)
                self._states.append({**(self._states[-1] if self._states else {}), **outer})
        self._read = max(self._read, until)


def _is_outer(frame: Frame, frames: Sequence[Frame]) -> bool:
    """Whether a statement ran after the loop whose pass its iteration is, in a loop around that."""
    return len(frame.address) < len(frames[0].address)
