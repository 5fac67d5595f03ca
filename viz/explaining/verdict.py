"""The verdict on all the gradients of a moment, in words."""

from __future__ import annotations

from collections.abc import Sequence

#: How a count of one and of several gradients goes on, by what the check found: they agree, they do not, or it
#: could not decide.
_WORDS = {
    True: ("agrees", "agree"),
    False: ("does not agree", "do not agree"),
    None: ("cannot be judged", "cannot be judged"),
}


class Verdict:
    """The verdict on several gradients, of which each agrees, does not agree, or cannot be judged (None)."""

    def __init__(self, found: Sequence[bool | None]) -> None:
        self._all = len(found)
        self._counts = {outcome: found.count(outcome) for outcome in _WORDS}

    @property
    def agrees(self) -> bool | None:
        """True if every gradient agrees, False if one does not, and None otherwise."""
        if self._counts[False]:
            return False
        return True if self._all and self._counts[True] == self._all else None

    @property
    def brief(self) -> str:
        """The verdict for a button: `All 5 gradients agree`, `2 agree, 1 cannot be judged`."""
        if not self.agrees:
            return self._counted
        few = {1: "The gradient agrees", 2: "Both gradients agree"}
        return few.get(self._all, f"All {self._all} gradients agree")

    @property
    def details(self) -> str:
        """The verdict in sentences, with what it compares."""
        said = f"Compared with central differences in float64: {self.brief[0].lower()}{self.brief[1:]}."
        return said if self.agrees else f"{said} Select a box to read why."

    @property
    def _counted(self) -> str:
        """How many gradients have each outcome that occurs."""
        occur = [(count, _WORDS[outcome]) for outcome, count in self._counts.items() if count]
        return ", ".join([f"{count} {words[count != 1]}" for count, words in occur]) or "No gradient to check"
