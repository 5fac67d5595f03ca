"""A statement that was executed, as whoever runs the program tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping

from viz.frames import Event, Problem, plain


@plain
class Executed:
    """A statement is over; with `error` set it raised, and the run is over too.

    `variables` is what every name holds now, the same mapping as long as the same names can be seen: in a function
    it is another. `event` is what the statement did, unless it did something that a recorder saw itself. `seconds`
    and `printed` are as in a Frame.
    """

    line: int
    variables: Mapping[str, object]
    event: Event
    seconds: float
    error: Problem | None = None
    printed: str = ""
